use ::entitlements::Stock;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use kernel::Locale;

use crate::schema::{ids, scalars::points, session::session};

pub(in crate::schema) struct Perk {
    perk: ::entitlements::Perk,
    stock: Stock,
}

/// How much of a perk there is.
#[derive(SimpleObject)]
struct PerkStock {
    /// All that was ever put on the shelf.
    total: u32,
    /// How many can still be redeemed, by anybody.
    left: u32,
}

impl From<(::entitlements::Perk, Stock)> for Perk {
    fn from((perk, stock): (::entitlements::Perk, Stock)) -> Self {
        Self { perk, stock }
    }
}

/// A right that points buy, such as priority delivery.
#[Object]
impl Perk {
    /// The perk's id.
    pub(in crate::schema) async fn id(&self) -> ID {
        ids::write(self.perk.id)
    }

    /// The operator's short name for it, which never changes.
    async fn code(&self) -> &str {
        self.perk.code.as_str()
    }

    /// What it is called, in Chinese, or in English when `Accept-Language` asks for it.
    async fn name(&self, ctx: &Context<'_>) -> &str {
        match session(ctx).locale() {
            Locale::ZhCn => self.perk.name_zh.as_str(),
            Locale::En => self.perk.name_en.as_str(),
        }
    }

    /// What it gives and how it is used, in the same language as the name.
    async fn terms(&self, ctx: &Context<'_>) -> &str {
        match session(ctx).locale() {
            Locale::ZhCn => self.perk.terms_zh.as_str(),
            Locale::En => self.perk.terms_en.as_str(),
        }
    }

    /// How many points one grant of it costs.
    async fn price(&self) -> Result<i32> {
        points(self.perk.price)
    }

    /// How many there are. May have changed by the time you redeem.
    async fn stock(&self) -> PerkStock {
        PerkStock { total: self.stock.total, left: self.stock.left() }
    }

    /// How many grants of it one household may ever have.
    async fn limit_per_household(&self) -> u32 {
        self.perk.limit_per_household
    }

    /// How many days a grant of it stands after the day it is redeemed.
    async fn valid_days(&self) -> u32 {
        self.perk.valid_days
    }

    /// Whether it can be redeemed now.
    async fn is_open(&self) -> bool {
        self.perk.is_open
    }
}
