use ::familypay::Provider;

/// Who moves the money of family payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentProvider {
    /// Nobody does: whoever tries the deployment plays the bank. Never real money.
    Sandbox,
    /// None is set up: nothing can be paid here, and the senior pays when she picks it up.
    None,
}

impl PaymentProvider {
    /// As the setting names it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::None => "none",
        }
    }

    /// Reads the setting.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Sandbox, Self::None].into_iter().find(|provider| provider.code() == code)
    }

    /// Where attempts are made; none: nowhere.
    pub(crate) const fn begins_at(self) -> Option<Provider> {
        match self {
            Self::Sandbox => Some(Provider::Sandbox),
            Self::None => None,
        }
    }

    /// Whether it takes money by a mandate, without the payer at the cashier.
    pub(crate) const fn charges_mandates(self) -> bool {
        match self {
            Self::Sandbox => true,
            Self::None => false,
        }
    }
}
