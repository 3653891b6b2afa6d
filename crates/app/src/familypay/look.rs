use ::familypay::{
    PayLink, PayRequestBook, PayRequestState, PaymentAttempt, Settled,
    store::{self, NotedPayment, RequestPlace, StoredRefund},
};
use kernel::{Fault, Id, Label, Timestamp, kinds};

use super::pay::PayDoor;
use crate::{App, Principal, StaffPrincipal, ledger::HOUSEHOLD_VIEWERS, staff::NotAllowed};

/// Most requests in one list.
const MAX_REQUESTS: u64 = 50;

/// A request as somebody sees it who may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayRequestShown {
    /// The request with its lines and payers.
    pub book: PayRequestBook,
    /// What is so now, whether or not the clockwork has come by.
    pub state: PayRequestState,
    /// The senior, by name.
    pub asked_by_name: Label,
    /// Its payers by name, in their order.
    pub payer_names: Vec<Label>,
    /// Who paid it, once somebody did.
    pub paid_by: Option<Id<kinds::Person>>,
}

/// What a link shows: nothing of the household but what is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayRequestByLink {
    /// The request.
    pub shown: PayRequestShown,
    /// Whose link it is.
    pub payer: Id<kinds::Person>,
    /// The same, by name: to be confirmed the first time.
    pub payer_name: Label,
    /// Whether the payer has confirmed who they are.
    pub is_confirmed: bool,
    /// Whether it is this payer's turn, or was: later payers see nothing to pay yet.
    pub is_asked: bool,
    /// What came in from this payer and goes back, whole.
    pub surplus: Vec<StoredRefund>,
}

/// A request with its whole story, for staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayRequestStory {
    /// The request.
    pub shown: PayRequestShown,
    /// Each try to pay.
    pub attempts: Vec<PaymentAttempt>,
    /// Each payment and what became of it.
    pub payments: Vec<NotedPayment>,
    /// What went back.
    pub refunds: Vec<StoredRefund>,
}

/// All money of family payments in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentsInBalance {
    /// How many payments were told.
    pub payments: u64,
    /// How many of them nobody here knew.
    pub unknown: u64,
    /// How many refunds were decided.
    pub refunds: u64,
    /// How many of them are over, with the money back.
    pub refunds_done: u64,
}

impl App {
    /// What a link shows. Changes nothing, and a link that leads nowhere shows nothing.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn view_pay_request(&self, link: &PayLink) -> Result<Option<PayRequestByLink>, Fault> {
        let Some((place, payer)) = store::find_link(&self.reader(), link).await? else { return Ok(None) };
        self.view_as_payer(place.request, payer).await
    }

    /// As [`App::view_pay_request`], by either door.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn view_pay_request_by(&self, door: &PayDoor) -> Result<Option<PayRequestByLink>, Fault> {
        match door {
            PayDoor::Link(link) => self.view_pay_request(link).await,
            PayDoor::Member(principal, request) => self.view_as_payer(*request, principal.person).await,
        }
    }

    async fn view_as_payer(
        &self,
        request: Id<kinds::PayRequest>,
        payer: Id<kinds::Person>,
    ) -> Result<Option<PayRequestByLink>, Fault> {
        let reader = self.reader();
        let Some(book) = store::find_request(&reader, request).await? else { return Ok(None) };
        let Some(turn) = book.request.payers().iter().position(|person| *person == payer) else { return Ok(None) };
        let is_asked = turn <= book.request.declined_count();
        let is_confirmed = store::is_payer_confirmed(&reader, book.request.asked_by(), payer).await?;
        let refunds = store::list_refunds_of_request(&reader, request).await?;
        let own = |refund: &StoredRefund| refund.is_surplus() && refund.origin.is_some_and(|it| it.payer == payer);
        let surplus = refunds.into_iter().filter(own).collect();
        let shown = self.shown(book).await?;
        let payer_name = shown.payer_names[turn].clone();
        Ok(Some(PayRequestByLink { shown, payer, payer_name, is_confirmed, is_asked, surplus }))
    }

    /// The link of a payer who is signed in to a request of theirs; none for anybody else.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_pay_link(
        &self,
        principal: &Principal,
        request: Id<kinds::PayRequest>,
    ) -> Result<Option<PayLink>, Fault> {
        let book = store::find_request(&self.reader(), request).await?;
        let book = book.filter(|book| book.request.payers().contains(&principal.person));
        Ok(book.map(|_| PayLink::of(self.secret().bytes(), request, principal.person)))
    }

    /// The newest requests one made, or may pay, or that were made for one's own household.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_pay_requests(&self, principal: &Principal) -> Result<Vec<PayRequestShown>, Fault> {
        let reader = self.reader();
        let mut books = store::list_requests_of_senior(&reader, principal.person, MAX_REQUESTS).await?;
        books.extend(store::list_requests_of_payer(&reader, principal.person, MAX_REQUESTS).await?);
        books.sort_by_key(|book| std::cmp::Reverse(book.request.id()));
        books.dedup_by_key(|book| book.request.id());
        books.truncate(usize::try_from(MAX_REQUESTS).unwrap_or(usize::MAX));
        let mut shown = Vec::with_capacity(books.len());
        for book in books {
            shown.push(self.shown(book).await?);
        }
        Ok(shown)
    }

    /// The newest requests one made oneself.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_asked_pay_requests(&self, principal: &Principal) -> Result<Vec<PayRequestShown>, Fault> {
        let mut shown = Vec::new();
        for book in store::list_requests_of_senior(&self.reader(), principal.person, MAX_REQUESTS).await? {
            shown.push(self.shown(book).await?);
        }
        Ok(shown)
    }

    /// A request one made, may pay, or that was made for one's own household. `None` for any other: not yours answers like not there.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_pay_request(
        &self,
        principal: &Principal,
        request: Id<kinds::PayRequest>,
    ) -> Result<Option<PayRequestShown>, Fault> {
        let Some(book) = store::find_request(&self.reader(), request).await? else { return Ok(None) };
        let household = self.current_household(book.request.household()).await?;
        let is_own = book.request.asked_by() == principal.person
            || book.request.payers().contains(&principal.person)
            || principal.belongs_to(household);
        if is_own { self.shown(book).await.map(Some) } else { Ok(None) }
    }

    /// The newest requests of all households, for staff who see postings; with `before`, those older than it.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_pay_requests_for_staff(
        &self,
        staff: &StaffPrincipal,
        before: Option<Id<kinds::PayRequest>>,
    ) -> Result<Result<Vec<PayRequestShown>, NotAllowed>, Fault> {
        if !may_read(staff) {
            return Ok(Err(NotAllowed));
        }
        let mut shown = Vec::new();
        for book in store::list_requests(&self.reader(), before, MAX_REQUESTS).await? {
            shown.push(self.shown(book).await?);
        }
        Ok(Ok(shown))
    }

    /// A request with its whole story, for staff.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_pay_request_story(
        &self,
        staff: &StaffPrincipal,
        request: Id<kinds::PayRequest>,
    ) -> Result<Result<Option<PayRequestStory>, NotAllowed>, Fault> {
        if !may_read(staff) {
            return Ok(Err(NotAllowed));
        }
        let reader = self.reader();
        let Some(book) = store::find_request(&reader, request).await? else { return Ok(Ok(None)) };
        let place = RequestPlace { household: book.request.household(), request };
        Ok(Ok(Some(PayRequestStory {
            attempts: store::list_attempts_of_request(&reader, place).await?,
            payments: store::list_payments_of_request(&reader, request).await?,
            refunds: store::list_refunds_of_request(&reader, request).await?,
            shown: self.shown(book).await?,
        })))
    }

    /// All money of family payments in figures, for staff.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn balance_payments(
        &self,
        staff: &StaffPrincipal,
    ) -> Result<Result<PaymentsInBalance, NotAllowed>, Fault> {
        if !may_read(staff) {
            return Ok(Err(NotAllowed));
        }
        let (payments, unknown) = store::count_payments(&self.reader()).await?;
        let (refunds, refunds_done) = store::count_refunds(&self.reader()).await?;
        Ok(Ok(PaymentsInBalance { payments, unknown, refunds, refunds_done }))
    }

    async fn shown(&self, book: PayRequestBook) -> Result<PayRequestShown, Fault> {
        let reader = self.reader();
        let mut people = book.request.payers().to_vec();
        people.push(book.request.asked_by());
        let names = ::accounts::store::find_names(&reader, &people).await?;
        let name = |person| names.get(&person).cloned().ok_or_else(|| Fault::inconsistent("find a name of a request"));
        let place = RequestPlace { household: book.request.household(), request: book.request.id() };
        let paid_with = store::find_paid_with(&reader, place).await?;
        let paid_by = paid_with.filter(|noted| noted.settled == Settled::Pays).and_then(|noted| noted.origin);
        let now: Timestamp = self.db().clock().now();
        Ok(PayRequestShown {
            state: book.request.state_at(now),
            asked_by_name: name(book.request.asked_by())?,
            payer_names: book.request.payers().iter().map(|payer| name(*payer)).collect::<Result<_, _>>()?,
            paid_by: paid_by.map(|origin| origin.payer),
            book,
        })
    }
}

/// Who of the staff reads what families paid: those who may read what a household has.
pub(super) fn may_read(staff: &StaffPrincipal) -> bool {
    staff.roles.has_any(&HOUSEHOLD_VIEWERS)
}
