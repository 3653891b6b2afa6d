//! What we kept of payments and refunds, held against what the provider says of a day.

use std::collections::BTreeMap;

use kernel::Money;

use crate::ProviderRef;

#[cfg(test)]
mod tests;

/// Payments by the provider's number, refunds by ours, with their amounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoneyMoved {
    /// What came in.
    pub payments: BTreeMap<ProviderRef, Money>,
    /// What went back.
    pub refunds: BTreeMap<String, Money>,
}

/// Something the two sides do not agree on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyDifference {
    /// Only the provider has it: money nobody here knows, which goes back.
    #[error("{number} of {amount} is not known here")]
    Unknown {
        /// The number of the payment or refund.
        number: String,
        /// How much.
        amount: Money,
    },
    /// Only we have it: told, but not in the provider's books.
    #[error("{number} of {amount} is not in the provider's books")]
    Missing {
        /// The number of the payment or refund.
        number: String,
        /// How much.
        amount: Money,
    },
    /// Both have it, with other amounts.
    #[error("{number} is {ours} here and {theirs} in the provider's books")]
    Amount {
        /// The number of the payment or refund.
        number: String,
        /// What we kept.
        ours: Money,
        /// What the provider says.
        theirs: Money,
    },
}

/// A day's books compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// How many payments the provider has.
    pub payments_count: usize,
    /// How many refunds the provider has.
    pub refunds_count: usize,
    /// What has to be looked at; nothing on a good day.
    pub differences: Vec<MoneyDifference>,
}

impl MoneyMoved {
    /// Compares what we kept with what the provider says of the same time.
    #[must_use]
    pub fn reconcile(&self, theirs: &Self) -> Reconciliation {
        let by_text = |moved: &Self| -> BTreeMap<String, Money> {
            moved.payments.iter().map(|(number, amount)| (number.as_str().to_owned(), *amount)).collect()
        };
        let mut differences = compared(&by_text(self), &by_text(theirs));
        differences.extend(compared(&self.refunds, &theirs.refunds));
        Reconciliation { payments_count: theirs.payments.len(), refunds_count: theirs.refunds.len(), differences }
    }
}

fn compared(ours: &BTreeMap<String, Money>, theirs: &BTreeMap<String, Money>) -> Vec<MoneyDifference> {
    let told = theirs.iter().filter_map(|(number, &amount)| match ours.get(number) {
        None => Some(MoneyDifference::Unknown { number: number.clone(), amount }),
        Some(&kept) if kept != amount => {
            Some(MoneyDifference::Amount { number: number.clone(), ours: kept, theirs: amount })
        }
        Some(_) => None,
    });
    let kept = ours.iter().filter(|(number, _)| !theirs.contains_key(*number));
    told.chain(kept.map(|(number, &amount)| MoneyDifference::Missing { number: number.clone(), amount })).collect()
}
