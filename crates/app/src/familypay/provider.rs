use ::familypay::Provider;

/// Who moves the money of family payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentProvider {
    /// Nobody does: whoever tries the deployment plays the bank. Never real money.
    Sandbox,
    /// WeChat Pay, with the merchant's account of the settings.
    WeChatPay,
    /// None is set up: nothing can be paid here, and the senior pays when she picks it up.
    None,
}

impl PaymentProvider {
    /// As the setting names it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::WeChatPay => "wechat_pay",
            Self::None => "none",
        }
    }

    /// Reads the setting.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Sandbox, Self::WeChatPay, Self::None].into_iter().find(|provider| provider.code() == code)
    }

    /// Where attempts are made; none: nowhere.
    pub(crate) const fn begins_at(self) -> Option<Provider> {
        match self {
            Self::Sandbox => Some(Provider::Sandbox),
            Self::WeChatPay => Some(Provider::WeChatPay),
            Self::None => None,
        }
    }

    /// Whether it takes money by a mandate, without the payer at the cashier.
    pub(crate) const fn charges_mandates(self) -> bool {
        match self {
            Self::Sandbox => true,
            // That takes an agreement of each payer with WeChat, which is another interface.
            Self::WeChatPay | Self::None => false,
        }
    }
}
