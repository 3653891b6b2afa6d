use std::collections::{BTreeMap, BTreeSet};

use ::familypay::{
    AskRefusal, MAX_PAYERS, MandateBook, NewPayRequest, PayLine, PayLink, PayRequest, PayRequestBook, Payer,
    PaymentAttempt,
    events::{MandateAttemptBegun, PayRequestAsked},
    store,
    understand::Quantity,
};
use ::orders::Offer;
use db::{
    AuditLine, Tx,
    idempotency::{self, InputHash, Known},
    outbox,
};
use kernel::{Currency, ExternalRef, Fault, Id, IdempotencyKey, Label, Money, Month, kinds};

use super::{
    draft_order_from_speech::spoken_product,
    goods::{cut_off, lock_goods, reserve},
};
use crate::{App, Principal};

const OPERATION: &str = "ask_to_pay";

/// Most lines of one request.
pub const MAX_ASKED_LINES: usize = 50;

/// Most requests of one senior that wait for a payer at the same time.
pub const MAX_OPEN_REQUESTS: usize = 5;

/// Most units of one product.
const MAX_QUANTITY: i64 = 1_000 * 1_000;

/// One thing of a draft the senior said yes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedLine {
    /// The operator's number of the product.
    pub product_ref: ExternalRef,
    /// How much of it.
    pub quantity: Quantity,
}

/// A draft the senior said yes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskToPay {
    /// What she said yes to.
    pub lines: Vec<AskedLine>,
    /// The price that was read out to her.
    pub price: Money,
    /// Where it will be picked up, in the operator's words.
    pub pick_up: Option<Label>,
    /// Names this very act.
    pub key: IdempotencyKey,
}

/// A request that waits for a payer, or is being paid by a mandate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedToPay {
    /// The request.
    pub request: Id<kinds::PayRequest>,
    /// Whether this answers an earlier act again.
    pub is_replay: bool,
}

/// Why nobody is asked. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskToPayRefusal {
    /// Orders are a household's.
    #[error("you belong to no household")]
    NoHousehold,
    /// No provider is set up: nobody could pay.
    #[error("nothing can be paid here")]
    NoProvider,
    /// No line, more than [`MAX_ASKED_LINES`], or a product twice.
    #[error("an order has 1 to {MAX_ASKED_LINES} lines, each of another product")]
    BadLines,
    /// A product that is not on offer.
    #[error("{product} is not on offer")]
    NotOnOffer {
        /// The product.
        product: ExternalRef,
    },
    /// It is not sold in this quantity.
    #[error("{product} is not sold in this quantity")]
    NotSoldSo {
        /// The product.
        product: ExternalRef,
    },
    /// There is not enough of it left.
    #[error("there is not enough of {product}")]
    SoldOut {
        /// The product.
        product: ExternalRef,
    },
    /// It costs something else by now: read it out again.
    #[error("it costs {price}")]
    PriceChanged {
        /// What it costs now.
        price: Money,
    },
    /// As many wait as may.
    #[error("{MAX_OPEN_REQUESTS} requests wait already")]
    TooManyOpen,
    /// The request says no.
    #[error(transparent)]
    NotAsked(#[from] AskRefusal),
    /// The key was used for another act.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
}

/// What the decision looks at, all of it locked.
struct Books {
    household: Id<kinds::Household>,
    payers: Vec<Id<kinds::Person>>,
    waiting: usize,
    mandates: Vec<MandateBook>,
    offers: Vec<Offer>,
}

/// What was decided.
struct Asked {
    book: PayRequestBook,
    first: Id<kinds::Person>,
    by_mandate: Option<(MandateBook, PaymentAttempt)>,
}

impl App {
    /// Asks the first of a senior's relatives to pay what she said yes to, or pays it by a mandate. Prices, stock and the cut-off are
    /// judged again by what is on offer now.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn ask_to_pay(
        &self,
        principal: &Principal,
        asked: &AskToPay,
    ) -> Result<Result<AskedToPay, AskToPayRefusal>, Fault> {
        db::retry_contention(async || self.ask_to_pay_once(principal, asked).await).await
    }

    async fn ask_to_pay_once(
        &self,
        principal: &Principal,
        asked: &AskToPay,
    ) -> Result<Result<AskedToPay, AskToPayRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let month = Month::of(self.settings().zone.date_of(tx.now()));
        let Some(mut books) = load(&mut tx, principal.person, asked, month).await? else {
            return Ok(Err(AskToPayRefusal::NoHousehold));
        };
        let (key, input) = key_of(principal, asked);
        let known = idempotency::list_kept(&mut tx, OPERATION, &[(key.principal.as_str(), key.key.as_str())]).await?;
        match known.into_values().next().map(|kept| kept.known(input)) {
            Some(Known::SameInput(answer)) => {
                let request = answer.parse().map_err(|_| Fault::inconsistent("read who was asked before"))?;
                return Ok(Ok(AskedToPay { request, is_replay: true }));
            }
            Some(Known::OtherInput) => return Ok(Err(AskToPayRefusal::IdempotencyKeyReused)),
            None => {}
        }

        let Asked { book, first, by_mandate } =
            match self.decide_to_ask(&tx, principal.person, &mut books, asked, month) {
                Ok(decided) => decided,
                Err(refusal) => return Ok(Err(refusal)),
            };

        let request = book.request.id();
        let link = |payer: &Payer| PayLink::of(self.secret().bytes(), request, payer.person);
        let links: Vec<PayLink> = book.payers.iter().map(link).collect();
        store::insert_request(&mut tx, &book, &links).await?;
        ::orders::store::update_stock(&mut tx, &books.offers).await?;
        match by_mandate {
            Some((mandate, attempt)) => {
                store::update_mandate_used(&mut tx, &mandate).await?;
                store::insert_attempt(&mut tx, books.household, &attempt).await?;
                outbox::append(&mut tx, &MandateAttemptBegun::of(books.household, &attempt));
            }
            None => outbox::append(&mut tx, &PayRequestAsked::of(&book.request, first, 1)),
        }
        let detail = format!("{} of {} payers", book.request.amount(), book.payers.len());
        let household = Some(books.household);
        tx.audit(AuditLine { action: OPERATION, household, subject: request.to_string(), detail });
        idempotency::insert_answers(&mut tx, vec![(key, input, request.to_string())]).await?;

        tx.commit().await?;
        Ok(Ok(AskedToPay { request, is_replay: false }))
    }

    fn decide_to_ask(
        &self,
        tx: &Tx,
        senior: Id<kinds::Person>,
        books: &mut Books,
        asked: &AskToPay,
        month: Month,
    ) -> Result<Asked, AskToPayRefusal> {
        if self.settings().payments.begins_at().is_none() {
            return Err(AskToPayRefusal::NoProvider);
        }
        let lines = priced(&asked.lines, &books.offers)?;
        let minor: i64 = lines.iter().map(|line| line.amount.minor()).sum();
        let Some(amount) = Money::from_minor(minor, Currency::Cny) else { return Err(AskToPayRefusal::BadLines) };
        if amount != asked.price {
            return Err(AskToPayRefusal::PriceChanged { price: amount });
        }
        if books.waiting >= MAX_OPEN_REQUESTS {
            return Err(AskToPayRefusal::TooManyOpen);
        }
        reserve(&mut books.offers, &lines).map_err(|product| AskToPayRefusal::SoldOut { product })?;
        let settings = self.settings();
        let cut_off = cut_off(&books.offers, settings.cut_off_minute, settings.zone, tx.now());
        let payers: Vec<Id<kinds::Person>> = books.payers.iter().copied().take(MAX_PAYERS).collect();
        let mut request = PayRequest::draft(NewPayRequest {
            id: tx.new_id(),
            household: books.household,
            asked_by: senior,
            amount,
            payers: payers.clone(),
            cut_off,
        });
        let first = request.ask(tx.now())?;

        let by_mandate = self.pay_by_mandate(tx, &mut request, &payers, &mut books.mandates, month);
        let book = PayRequestBook {
            request,
            lines,
            pick_up: asked.pick_up.clone(),
            payers: payers.into_iter().map(|person| Payer { person, declined: None }).collect(),
            is_reserved: true,
            mandate: by_mandate.as_ref().map(|(mandate, _)| (mandate.mandate().id, month)),
            version: 1,
            changed_at: tx.now(),
        };
        Ok(Asked { book, first, by_mandate })
    }

    /// The first payer's mandate that covers it, in the order they would be asked.
    fn pay_by_mandate(
        &self,
        tx: &Tx,
        request: &mut PayRequest,
        payers: &[Id<kinds::Person>],
        mandates: &mut Vec<MandateBook>,
        month: Month,
    ) -> Option<(MandateBook, PaymentAttempt)> {
        let provider = self.settings().payments.begins_at()?;
        if !self.settings().payments.charges_mandates() {
            return None;
        }
        let index = payers.iter().find_map(|payer| {
            let of_payer = mandates.iter_mut().enumerate().find(|(_, book)| book.mandate().payer == *payer)?;
            of_payer.1.use_for(request.amount()).ok().map(|()| of_payer.0)
        })?;
        let mandate = mandates.swap_remove(index);
        let payer = mandate.mandate().payer;
        let attempt = PaymentAttempt {
            id: tx.new_id(),
            request: request.id(),
            payer,
            amount: request.amount(),
            begun_at: tx.now(),
            provider,
            mandate: Some((mandate.mandate().id, month)),
        };
        request.claim_by_mandate(payer, tx.now());
        Some((mandate, attempt))
    }
}

async fn load(tx: &mut Tx, senior: Id<kinds::Person>, asked: &AskToPay, month: Month) -> Result<Option<Books>, Fault> {
    let Some((household, _)) = ::accounts::store::lock_membership(tx, senior).await? else { return Ok(None) };
    let relatives = ::accounts::store::lock_relatives(tx, senior).await?;
    let places = store::list_payer_places(tx, senior).await?;
    let waiting = store::lock_waiting_requests_of(tx, household, senior).await?;
    let now = tx.now();
    let waiting = waiting.iter().filter(|book| book.request.state_at(now).is_waiting()).count();
    let mandates = store::lock_mandates_for(tx, senior, month).await?;
    let offers = lock_goods(tx, asked.lines.iter().map(|line| &line.product_ref)).await?;
    Ok(Some(Books { household, payers: in_order(relatives, &places), waiting, mandates, offers }))
}

/// Relatives in the order the senior set; those without a place after them, the longest linked first.
pub(super) fn in_order(
    mut relatives: Vec<Id<kinds::Person>>,
    places: &BTreeMap<Id<kinds::Person>, u32>,
) -> Vec<Id<kinds::Person>> {
    relatives.sort_by_key(|relative| places.get(relative).copied().unwrap_or(u32::MAX));
    relatives
}

/// The lines with their prices of now.
fn priced(asked: &[AskedLine], offers: &[Offer]) -> Result<Vec<PayLine>, AskToPayRefusal> {
    let products: BTreeSet<&ExternalRef> = asked.iter().map(|line| &line.product_ref).collect();
    if asked.is_empty() || asked.len() > MAX_ASKED_LINES || products.len() < asked.len() {
        return Err(AskToPayRefusal::BadLines);
    }
    let line = |asked: &AskedLine| {
        let product = asked.product_ref.clone();
        let offer = offers.iter().find(|offer| offer.product_ref == product);
        let Some(offer) = offer else { return Err(AskToPayRefusal::NotOnOffer { product }) };
        let spoken = spoken_product(offer.clone());
        let thousandths = asked.quantity.thousandths();
        let is_sold_so = thousandths <= MAX_QUANTITY && (spoken.is_weighed() || thousandths % 1_000 == 0);
        let amount = spoken.amount(asked.quantity).filter(|amount| is_sold_so && *amount > Money::ZERO);
        let Some(amount) = amount else { return Err(AskToPayRefusal::NotSoldSo { product }) };
        let (name, unit, price) = (offer.name.clone(), offer.unit.clone(), offer.price);
        Ok(PayLine { product_ref: product, name, quantity: asked.quantity, unit, price, amount })
    };
    asked.iter().map(line).collect()
}

fn key_of(principal: &Principal, asked: &AskToPay) -> (idempotency::Key, InputHash) {
    let mut parts =
        vec![asked.price.minor().to_string(), asked.pick_up.as_ref().map_or(String::new(), Label::to_string)];
    for line in &asked.lines {
        parts.extend([line.product_ref.to_string(), line.quantity.thousandths().to_string()]);
    }
    let key =
        idempotency::Key { principal: principal.person.to_string(), operation: OPERATION, key: asked.key.to_string() };
    (key, InputHash::of(&parts.iter().map(String::as_str).collect::<Vec<_>>()))
}
