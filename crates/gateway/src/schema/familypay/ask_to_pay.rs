use ::familypay::{AskRefusal, understand::Quantity};
use app::familypay::{AskToPay, AskToPayRefusal, AskedLine, MAX_ASKED_LINES};
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use kernel::{Currency, Locale};

use super::PayRequest;
use crate::schema::{
    money::Money,
    nullable::{Nullable, nullable},
    scalars::BigInt,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct AskToPayMutation;

/// A draft that was said yes to.
#[derive(InputObject)]
struct AskToPayInput {
    /// What was said yes to: 1 to 50 lines, each of another product.
    lines: Vec<AskToPayLineInput>,
    /// What was read out as the whole price, in fen.
    price_minor: BigInt,
    /// Where it will be picked up, 1 to 120 characters.
    pick_up: Option<String>,
    /// Names this very act: 16 to 64 visible ASCII characters, new for each order.
    idempotency_key: String,
}

/// One thing that was said yes to.
#[derive(InputObject)]
struct AskToPayLineInput {
    /// The operator's number of the product, as the draft has it.
    product_ref: String,
    /// How much of it, in the unit it is sold by: a decimal such as `1.5`, at most three places.
    quantity: String,
}

impl AskToPayInput {
    fn read(&self) -> Result<AskToPay, Code> {
        // Before anything is read of them: no more than an order may have.
        if self.lines.is_empty() || self.lines.len() > MAX_ASKED_LINES {
            return Err(Code::BadLines);
        }
        let line = |line: &AskToPayLineInput| {
            let product_ref = line.product_ref.parse().map_err(|_| Code::BadLines)?;
            Ok(AskedLine { product_ref, quantity: read_quantity(&line.quantity).ok_or(Code::BadLines)? })
        };
        let pick_up = self.pick_up.as_ref().map(|text| text.parse().map_err(|_| Code::BadPickUp));
        Ok(AskToPay {
            lines: self.lines.iter().map(line).collect::<Result<_, Code>>()?,
            price: kernel::Money::from_minor(self.price_minor.0, Currency::Cny).ok_or(Code::BadPrice)?,
            pick_up: pick_up.transpose()?,
            key: self.idempotency_key.parse().map_err(|_| Code::BadIdempotencyKey)?,
        })
    }
}

/// A plain decimal with at most three places.
fn read_quantity(text: &str) -> Option<Quantity> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(part) || whole.len() > 6 || part.len() > 3 {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let thousandths: i64 = format!("{part:0<3}").parse().ok()?;
    Quantity::from_thousandths(whole * 1_000 + thousandths)
}

/// What became of asking.
#[derive(SimpleObject, Default)]
struct AskToPayPayload {
    /// The request as it is now; null when refused.
    pay_request: Option<PayRequest>,
    /// What it costs now, when the price has changed; null otherwise.
    price: Option<Money>,
    /// The product at fault, where one is; null otherwise.
    product_ref: Option<String>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<AskToPayUserError>,
}

user_error! {
    /// Why nothing was done.
    AskToPayUserError(AskToPayErrorCode)
}

/// The refusals of `askToPay`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AskToPayErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used for another order.
    IdempotencyKeyReused,
    /// You belong to no household.
    NoHousehold,
    /// The operator has set up no way for relatives to pay.
    NoProvider,
    /// No line, too many, a product twice, or a quantity that is none.
    BadLines,
    /// A product is not on offer: `productRef`.
    NotOnOffer,
    /// A product is not sold in this quantity: `productRef`.
    NotSoldSo,
    /// There is not enough left of a product: `productRef`.
    SoldOut,
    /// It costs something else by now: `price`. Read it out again.
    PriceChanged,
    /// The price is no amount of money.
    BadPrice,
    /// The place of pick-up is not 1 to 120 characters that can be seen.
    BadPickUp,
    /// Five of your requests wait already.
    TooManyOpen,
    /// No relative is linked to you who could be asked.
    NoPayers,
    /// The order closes in less than half an hour.
    TooLate,
}

use AskToPayErrorCode as Code;

#[Object]
impl AskToPayMutation {
    /// Asks your relatives to pay a draft you said yes to, one after another in the order you set, or pays it at once by a mandate one of
    /// them gave. Prices, stock and the time the order closes are judged again: send the price that was read out.
    async fn ask_to_pay(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A draft that was said yes to.")] input: AskToPayInput,
    ) -> Nullable<AskToPayPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let asked = match input.read() {
                Ok(asked) => asked,
                Err(code) => return Ok(Some(AskToPayPayload::refused(code, locale))),
            };
            match app(ctx).ask_to_pay(principal, &asked).await? {
                Ok(asked) => {
                    if asked.is_replay {
                        session.note_replay();
                    }
                    let shown = app(ctx).find_pay_request(principal, asked.request).await?;
                    Ok(Some(AskToPayPayload { pay_request: shown.map(PayRequest::from), ..Default::default() }))
                }
                Err(refusal) => Ok(Some(AskToPayPayload::explain(refusal, locale))),
            }
        })
        .await
    }
}

impl AskToPayPayload {
    /// A refusal with what helps the next step.
    fn explain(refusal: AskToPayRefusal, locale: Locale) -> Self {
        let refused = |code| Self::refused(code, locale);
        let of_product =
            |code, product: kernel::ExternalRef| Self { product_ref: Some(product.to_string()), ..refused(code) };
        match refusal {
            AskToPayRefusal::NoHousehold => refused(Code::NoHousehold),
            AskToPayRefusal::NoProvider => refused(Code::NoProvider),
            AskToPayRefusal::BadLines => refused(Code::BadLines),
            AskToPayRefusal::NotOnOffer { product } => of_product(Code::NotOnOffer, product),
            AskToPayRefusal::NotSoldSo { product } => of_product(Code::NotSoldSo, product),
            AskToPayRefusal::SoldOut { product } => of_product(Code::SoldOut, product),
            AskToPayRefusal::PriceChanged { price } => {
                Self { price: Some(price.into()), ..refused(Code::PriceChanged) }
            }
            AskToPayRefusal::TooManyOpen => refused(Code::TooManyOpen),
            AskToPayRefusal::IdempotencyKeyReused => refused(Code::IdempotencyKeyReused),
            AskToPayRefusal::NotAsked(AskRefusal::NoPayers) => refused(Code::NoPayers),
            AskToPayRefusal::NotAsked(AskRefusal::TooLate) => refused(Code::TooLate),
            AskToPayRefusal::NotAsked(AskRefusal::NotADraft | AskRefusal::BadPayers | AskRefusal::NothingToPay) => {
                refused(Code::BadLines)
            }
        }
    }

    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field, retryable) = explained(code);
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = AskToPayUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads in Chinese and in English, the field at fault, and whether the very same request may succeed later.
const fn explained(code: Code) -> (&'static str, &'static str, Option<&'static str>, bool) {
    match code {
        Code::BadIdempotencyKey => {
            ("这次操作的编号不对。", "The idempotency key is not well-formed.", Some("idempotencyKey"), false)
        }
        Code::IdempotencyKeyReused => {
            ("这个编号已经用过。", "The idempotency key was used for another order.", Some("idempotencyKey"), false)
        }
        Code::NoHousehold => ("您还没有加入家庭户。", "You do not belong to a household yet.", None, false),
        Code::NoProvider => ("现在还不能请家人付款。", "Relatives cannot pay here yet.", None, true),
        Code::BadLines => ("请检查要买的东西。", "Please check what is ordered.", Some("lines"), false),
        Code::NotOnOffer => ("有一样东西今天没有。", "Something is not on offer today.", Some("lines"), true),
        Code::NotSoldSo => ("有一样东西不能这样称。", "Something is not sold in this quantity.", Some("lines"), false),
        Code::SoldOut => ("有一样东西不够了。", "There is not enough left of something.", Some("lines"), true),
        Code::PriceChanged => {
            ("价钱变了,请再听一遍。", "The price has changed. Please hear it again.", Some("priceMinor"), false)
        }
        Code::BadPrice => ("价钱不对。", "The price is no amount of money.", Some("priceMinor"), false),
        Code::BadPickUp => ("取货地点不对。", "The place of pick-up cannot be read.", Some("pickUp"), false),
        Code::TooManyOpen => ("已经有五笔在等家人付款了。", "Five of your requests wait already.", None, true),
        Code::NoPayers => ("还没有可以请来付款的家人。", "There is no relative to ask yet.", None, true),
        Code::TooLate => {
            ("快截单了,来不及问家人,您可以取货时付。", "The order closes too soon to ask anybody.", None, true)
        }
    }
}
