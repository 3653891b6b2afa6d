use chrono::TimeDelta;
use kernel::{Id, Money, Timestamp, kinds};

mod state;
#[cfg(test)]
mod tests;

pub use state::PayRequestState;

/// The longest a request waits for an answer.
pub const REQUEST_LIFE: TimeDelta = TimeDelta::hours(24);
/// So long before the cut-off it ends at the latest, while the senior can still choose to pay at pick-up.
pub const BEFORE_CUT_OFF: TimeDelta = TimeDelta::minutes(30);
/// So long a payer who opened the cashier has it alone.
pub const CLAIM_LIFE: TimeDelta = TimeDelta::minutes(5);
/// Most payers of one request.
pub const MAX_PAYERS: usize = 8;

/// A senior's wish that one of her relatives pays an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayRequest {
    pub(crate) id: Id<kinds::PayRequest>,
    pub(crate) household: Id<kinds::Household>,
    pub(crate) asked_by: Id<kinds::Person>,
    pub(crate) amount: Money,
    /// In the order the senior set; nobody twice.
    pub(crate) payers: Vec<Id<kinds::Person>>,
    /// How many of them have passed it on.
    pub(crate) declined_count: usize,
    pub(crate) state: PayRequestState,
    pub(crate) cut_off: Timestamp,
    pub(crate) asked_at: Option<Timestamp>,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) reminded_at: Option<Timestamp>,
    pub(crate) refunded: Money,
}

/// A request as it is drafted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayRequest {
    /// Its id.
    pub id: Id<kinds::PayRequest>,
    /// The household that receives.
    pub household: Id<kinds::Household>,
    /// The senior.
    pub asked_by: Id<kinds::Person>,
    /// What the order costs.
    pub amount: Money,
    /// Who is asked, in this order.
    pub payers: Vec<Id<kinds::Person>>,
    /// When the order closes.
    pub cut_off: Timestamp,
}

/// Why nobody is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskRefusal {
    /// It was asked before, or ended.
    #[error("the request is no draft any more")]
    NotADraft,
    /// There is nobody to ask.
    #[error("there is nobody to ask")]
    NoPayers,
    /// More than [`MAX_PAYERS`], or one of them twice.
    #[error("a request has at most {MAX_PAYERS} payers, each once")]
    BadPayers,
    /// It costs nothing.
    #[error("there is nothing to pay")]
    NothingToPay,
    /// Less than half an hour is left before the cut-off.
    #[error("the order closes too soon to ask anybody")]
    TooLate,
}

/// Why a payer cannot open the cashier, or pass it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayRefusal {
    /// Not one who may pay it.
    #[error("there is no such request")]
    NotYours,
    /// Another payer is at the cashier.
    #[error("somebody else is paying until {until}")]
    ClaimedByAnother {
        /// Until when.
        until: Timestamp,
    },
    /// It has been paid.
    #[error("it has been paid")]
    AlreadyPaid,
    /// Its time is over.
    #[error("its time is over")]
    Expired,
    /// It ended otherwise: cancelled, declined, to be paid at pick-up.
    #[error("it is not to be paid any more")]
    Ended,
}

/// Why the senior cannot end a request so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndRefusal {
    /// Paid orders are refunded, not called off.
    #[error("it has been paid")]
    AlreadyPaid,
    /// It ended before.
    #[error("it has ended")]
    Ended,
}

/// What a decline leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declined {
    /// The next payer is asked.
    PassedOn {
        /// Who.
        to: Id<kinds::Person>,
    },
    /// Nobody is left; the senior is told, kindly.
    NobodyLeft,
}

impl PayRequest {
    /// A draft: read back, waiting for one yes.
    #[must_use]
    pub fn draft(new: NewPayRequest) -> Self {
        Self {
            id: new.id,
            household: new.household,
            asked_by: new.asked_by,
            amount: new.amount,
            payers: new.payers,
            declined_count: 0,
            state: PayRequestState::Draft,
            cut_off: new.cut_off,
            asked_at: None,
            deadline: None,
            reminded_at: None,
            refunded: Money::ZERO,
        }
    }

    /// Asks the first payer.
    ///
    /// # Errors
    /// [`AskRefusal`]; nothing changed.
    pub fn ask(&mut self, now: Timestamp) -> Result<Id<kinds::Person>, AskRefusal> {
        if self.state != PayRequestState::Draft {
            return Err(AskRefusal::NotADraft);
        }
        if self.amount == Money::ZERO {
            return Err(AskRefusal::NothingToPay);
        }
        let Some(&first) = self.payers.first() else { return Err(AskRefusal::NoPayers) };
        let is_twice = self.payers.iter().enumerate().any(|(at, payer)| self.payers[..at].contains(payer));
        if self.payers.len() > MAX_PAYERS || is_twice {
            return Err(AskRefusal::BadPayers);
        }
        let deadline = (now + REQUEST_LIFE).min(self.cut_off - BEFORE_CUT_OFF);
        if deadline <= now {
            return Err(AskRefusal::TooLate);
        }
        self.state = PayRequestState::Asked;
        self.asked_at = Some(now);
        self.deadline = Some(deadline);
        Ok(first)
    }

    /// A payer opens the cashier, and has it alone for a while. Who was asked and those before may: all of them had the link.
    ///
    /// # Errors
    /// [`PayRefusal`]; nothing changed.
    pub fn claim(&mut self, by: Id<kinds::Person>, now: Timestamp) -> Result<Timestamp, PayRefusal> {
        self.check_open(by, now)?;
        let until = now + CLAIM_LIFE;
        self.state = PayRequestState::Claimed { by, until };
        Ok(until)
    }

    /// A mandate pays it: its payer has the cashier to itself until the money came, or the claim is over.
    pub fn claim_by_mandate(&mut self, by: Id<kinds::Person>, now: Timestamp) {
        self.state = PayRequestState::Claimed { by, until: now + CLAIM_LIFE };
    }

    /// The payer who is asked passes it on to the next.
    ///
    /// # Errors
    /// [`PayRefusal`]; nothing changed.
    pub fn decline(&mut self, by: Id<kinds::Person>, now: Timestamp) -> Result<Declined, PayRefusal> {
        self.check_open(by, now)?;
        // Whoever passed it on before has nothing more to pass.
        if self.current_payer() != Some(by) {
            return Err(PayRefusal::NotYours);
        }
        self.declined_count += 1;
        match self.current_payer() {
            Some(to) => {
                self.state = PayRequestState::Asked;
                Ok(Declined::PassedOn { to })
            }
            None => {
                self.state = PayRequestState::Declined;
                Ok(Declined::NobodyLeft)
            }
        }
    }

    /// Whether it ends now because nobody answered; true once.
    pub fn expire(&mut self, now: Timestamp) -> bool {
        let is_due = self.is_waiting() && self.deadline.is_some_and(|deadline| deadline <= now);
        if is_due {
            self.state = PayRequestState::Expired;
        }
        is_due
    }

    /// Whether the one reminder is due: at half the time, if nobody is at the cashier; true once.
    pub fn remind(&mut self, now: Timestamp) -> bool {
        let (Some(asked_at), Some(deadline), None) = (self.asked_at, self.deadline, self.reminded_at) else {
            return false;
        };
        let is_due = self.state_at(now) == PayRequestState::Asked && asked_at + (deadline - asked_at) / 2 <= now;
        if is_due {
            self.reminded_at = Some(now);
        }
        is_due
    }

    /// The senior calls it off. Money that is on its way goes back when it comes.
    ///
    /// # Errors
    /// [`EndRefusal`]; nothing changed.
    pub fn cancel(&mut self) -> Result<(), EndRefusal> {
        self.end(PayRequestState::Cancelled)
    }

    /// The senior pays when she picks it up: her way out whenever nobody has paid.
    ///
    /// # Errors
    /// [`EndRefusal`]; nothing changed.
    pub fn pay_at_pick_up(&mut self) -> Result<(), EndRefusal> {
        self.end(PayRequestState::PayAtPickUp)
    }

    fn end(&mut self, state: PayRequestState) -> Result<(), EndRefusal> {
        match self.state {
            PayRequestState::Draft
            | PayRequestState::Asked
            | PayRequestState::Claimed { .. }
            | PayRequestState::Declined
            | PayRequestState::Expired => {
                self.state = state;
                Ok(())
            }
            PayRequestState::Paid | PayRequestState::RefundedPartly | PayRequestState::Refunded => {
                Err(EndRefusal::AlreadyPaid)
            }
            PayRequestState::Cancelled | PayRequestState::PayAtPickUp => Err(EndRefusal::Ended),
        }
    }

    fn check_open(&self, by: Id<kinds::Person>, now: Timestamp) -> Result<(), PayRefusal> {
        let asked = self.payers.iter().take(self.declined_count + 1);
        if !asked.copied().any(|payer| payer == by) {
            return Err(PayRefusal::NotYours);
        }
        match self.state_at(now) {
            PayRequestState::Asked => {}
            PayRequestState::Claimed { by: other, until } if other != by => {
                return Err(PayRefusal::ClaimedByAnother { until });
            }
            PayRequestState::Claimed { .. } => {}
            PayRequestState::Paid | PayRequestState::RefundedPartly | PayRequestState::Refunded => {
                return Err(PayRefusal::AlreadyPaid);
            }
            PayRequestState::Expired => return Err(PayRefusal::Expired),
            PayRequestState::Draft
            | PayRequestState::Declined
            | PayRequestState::Cancelled
            | PayRequestState::PayAtPickUp => return Err(PayRefusal::Ended),
        }
        Ok(())
    }

    /// What is so at an instant, whether or not the clockwork has come by: a claim that was walked away from is over, and so is a
    /// request past its deadline.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> PayRequestState {
        if self.is_waiting() && self.deadline.is_some_and(|deadline| deadline <= now) {
            return PayRequestState::Expired;
        }
        match self.state {
            PayRequestState::Claimed { until, .. } if until <= now => PayRequestState::Asked,
            state => state,
        }
    }

    fn is_waiting(&self) -> bool {
        matches!(self.state, PayRequestState::Asked | PayRequestState::Claimed { .. })
    }

    /// Who is asked now; nobody once all have declined.
    #[must_use]
    pub fn current_payer(&self) -> Option<Id<kinds::Person>> {
        self.payers.get(self.declined_count).copied()
    }

    /// Who may pay it, in the order they are asked.
    #[must_use]
    pub fn payers(&self) -> &[Id<kinds::Person>] {
        &self.payers
    }

    /// How many of them have passed it on.
    #[must_use]
    pub fn declined_count(&self) -> usize {
        self.declined_count
    }

    /// When the first of them was asked, once one was.
    #[must_use]
    pub fn asked_at(&self) -> Option<Timestamp> {
        self.asked_at
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> Id<kinds::PayRequest> {
        self.id
    }

    /// The household that receives.
    #[must_use]
    pub fn household(&self) -> Id<kinds::Household> {
        self.household
    }

    /// The senior.
    #[must_use]
    pub fn asked_by(&self) -> Id<kinds::Person> {
        self.asked_by
    }

    /// What it asks for.
    #[must_use]
    pub fn amount(&self) -> Money {
        self.amount
    }

    /// When the order closes.
    #[must_use]
    pub fn cut_off(&self) -> Timestamp {
        self.cut_off
    }

    /// Until when it waits, once somebody was asked.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }

    /// What went back of the payment that counts.
    #[must_use]
    pub fn refunded(&self) -> Money {
        self.refunded
    }

    /// Notes that it is paid.
    pub(crate) fn paid(&mut self) {
        self.state = PayRequestState::Paid;
    }

    /// Notes what went back in all.
    pub(crate) fn refunded_in_all(&mut self, refunded: Money) {
        self.refunded = refunded;
        self.state = if refunded == self.amount { PayRequestState::Refunded } else { PayRequestState::RefundedPartly };
    }
}
