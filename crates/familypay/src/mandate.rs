use kernel::{Currency, Id, Money, Month, Timestamp, kinds};

#[cfg(test)]
mod tests;

/// A payer's word, given beforehand, to pay a senior's orders up to so much each and so much a calendar month (亲情额度).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    /// Its id.
    pub id: Id<kinds::Mandate>,
    /// Who pays.
    pub payer: Id<kinds::Person>,
    /// For whom.
    pub senior: Id<kinds::Person>,
    /// The most of one order.
    pub per_order: Money,
    /// The most of one calendar month of the operator's time zone.
    pub per_month: Money,
    /// When either side took it back; effective at once and for good.
    pub revoked_at: Option<Timestamp>,
}

/// A mandate with what was used of it in one month, locked: the book an order is decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MandateBook {
    mandate: Mandate,
    month: Month,
    used: Money,
}

/// Why an order has to be asked for all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MandateRefusal {
    /// Either side took it back.
    #[error("the mandate was revoked")]
    Revoked,
    /// More than one order may cost.
    #[error("an order of more than {limit} has to be asked for")]
    AboveOrder {
        /// The most of one order.
        limit: Money,
    },
    /// More than is left of the month.
    #[error("{left} are left of the month")]
    AboveMonth {
        /// What is left.
        left: Money,
    },
}

/// Why a mandate is not revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RevokeMandateRefusal {
    /// Neither the payer nor the senior.
    #[error("there is no such mandate")]
    NotYours,
    /// It was revoked before.
    #[error("the mandate was revoked")]
    AlreadyRevoked,
}

impl Mandate {
    /// Either side takes it back.
    ///
    /// # Errors
    /// [`RevokeMandateRefusal`]; nothing changed.
    pub fn revoke(&mut self, by: Id<kinds::Person>, now: Timestamp) -> Result<(), RevokeMandateRefusal> {
        if by != self.payer && by != self.senior {
            return Err(RevokeMandateRefusal::NotYours);
        }
        if self.revoked_at.is_some() {
            return Err(RevokeMandateRefusal::AlreadyRevoked);
        }
        self.revoked_at = Some(now);
        Ok(())
    }
}

impl MandateBook {
    /// A mandate, and what orders of the month have used of it less what went back of them.
    #[must_use]
    pub fn new(mandate: Mandate, month: Month, used: Money) -> Self {
        Self { mandate, month, used }
    }

    /// The mandate.
    #[must_use]
    pub fn mandate(&self) -> &Mandate {
        &self.mandate
    }

    /// The month it counts.
    #[must_use]
    pub fn month(&self) -> Month {
        self.month
    }

    /// What is used of the month.
    #[must_use]
    pub fn used(&self) -> Money {
        self.used
    }

    /// What is left of the month.
    #[must_use]
    pub fn left(&self) -> Money {
        let left = self.mandate.per_month.minor().saturating_sub(self.used.minor()).max(0);
        Money::from_minor(left, Currency::Cny).unwrap_or(Money::ZERO)
    }

    /// Pays an order of the month out of it, whole or not at all.
    ///
    /// # Errors
    /// [`MandateRefusal`]; nothing changed.
    pub fn use_for(&mut self, amount: Money) -> Result<(), MandateRefusal> {
        if self.mandate.revoked_at.is_some() {
            return Err(MandateRefusal::Revoked);
        }
        if amount > self.mandate.per_order {
            return Err(MandateRefusal::AboveOrder { limit: self.mandate.per_order });
        }
        if amount > self.left() {
            return Err(MandateRefusal::AboveMonth { left: self.left() });
        }
        self.used = Money::from_minor(self.used.minor() + amount.minor(), Currency::Cny)
            .expect("no more is used than a month allows");
        Ok(())
    }

    /// What went back of an order of this month can be used again, whether or not the mandate stands.
    pub fn restore(&mut self, refunded: Money) {
        let used = (self.used.minor() - refunded.minor()).max(0);
        self.used = Money::from_minor(used, Currency::Cny).unwrap_or(Money::ZERO);
    }
}
