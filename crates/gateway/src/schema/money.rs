use async_graphql::{Context, Enum, Object};
use kernel::Locale;

use super::{scalars::BigInt, session::session};

pub(super) struct Money(kernel::Money);

/// ISO 4217 currency codes.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum CurrencyCode {
    /// 人民币, the yuan: 100 fen.
    Cny,
}

/// The languages Hearth speaks.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum Language {
    /// 简体中文.
    ZhCn,
    /// English.
    En,
}

impl From<kernel::Money> for Money {
    fn from(money: kernel::Money) -> Self {
        Self(money)
    }
}

/// An amount of money.
#[Object]
impl Money {
    /// The amount in the currency's minor unit; for the yuan that is the fen (分).
    async fn amount_minor(&self) -> BigInt {
        BigInt(self.0.minor())
    }

    /// The currency.
    async fn currency(&self) -> CurrencyCode {
        match self.0.currency() {
            kernel::Currency::Cny => CurrencyCode::Cny,
        }
    }

    /// The amount for people, with the currency's sign as the language writes it: `¥128.60`, in English `CN¥128.60`.
    async fn formatted(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which language; that of `Accept-Language` when left out.")] locale: Option<Language>,
    ) -> String {
        let locale = match locale {
            Some(Language::ZhCn) => Locale::ZhCn,
            Some(Language::En) => Locale::En,
            None => session(ctx).locale(),
        };
        match locale {
            Locale::ZhCn => self.0.to_string(),
            // English has yen too: it writes the country before the sign.
            Locale::En => format!("CN{}", self.0),
        }
    }
}
