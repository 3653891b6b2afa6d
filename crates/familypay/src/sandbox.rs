use kernel::{Id, Money, Timestamp, kinds};

use crate::{Payment, ProviderRef};

/// What whoever plays the bank lets happen to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SandboxOutcome {
    /// Paid, and told at once.
    Succeed,
    /// Not paid, and told so.
    Fail,
    /// Paid three minutes after the request ended, and told then.
    Late,
    /// Paid once, and told twice.
    Twice,
    /// Paid, and never told: it is known once the sandbox is asked.
    Never,
}

impl SandboxOutcome {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 5] = [Self::Succeed, Self::Fail, Self::Late, Self::Twice, Self::Never];

    /// The word as stored and sent by a form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Succeed => "succeed",
            Self::Fail => "fail",
            Self::Late => "late",
            Self::Twice => "twice",
            Self::Never => "never",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }
}

/// A payment as the sandbox keeps it, in a provider's stead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxPayment {
    /// The attempt.
    pub attempt: Id<kinds::PaymentAttempt>,
    /// The sandbox's number of it.
    pub provider_ref: ProviderRef,
    /// How much.
    pub amount: Money,
    /// What was chosen.
    pub outcome: SandboxOutcome,
    /// When it is paid; none: it failed.
    pub paid_at: Option<Timestamp>,
}

impl SandboxPayment {
    /// What the sandbox answers when it is asked, once it is paid.
    #[must_use]
    pub fn payment(&self, now: Timestamp) -> Option<Payment> {
        let paid_at = self.paid_at.filter(|at| *at <= now)?;
        Some(Payment { provider_ref: self.provider_ref.clone(), amount: self.amount, paid_at })
    }
}
