use ::entitlements::Stock;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use kernel::Locale;

use super::Gathering;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::{Instant, points},
    session::{app, session},
};

pub(in crate::schema) struct Perk {
    perk: ::entitlements::Perk,
    stock: Stock,
}

/// How much of a perk there is.
#[derive(SimpleObject)]
struct PerkStock {
    /// All that was ever put on the shelf.
    total: u32,
    /// How many can still be redeemed, by anybody: none while others wait.
    left: u32,
    /// How many households wait for one: see `joinWaitingList`.
    waiting: u32,
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
        PerkStock { total: self.stock.total, left: self.stock.free(), waiting: self.stock.waiting }
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
    async fn is_open(&self, ctx: &Context<'_>) -> bool {
        app(ctx).is_on_offer(&self.perk)
    }

    /// From when on it can be redeemed; null when it always could.
    async fn opens_at(&self) -> Option<Instant> {
        self.perk.window.opens_at.map(Instant)
    }

    /// From when on it cannot be redeemed any more; null when that is not in sight.
    async fn closes_at(&self) -> Option<Instant> {
        self.perk.window.closes_at.map(Instant)
    }

    /// The only community whose households may redeem it; null when all may.
    async fn community(&self, ctx: &Context<'_>) -> Nullable<String> {
        nullable(async {
            let Some(community) = self.perk.audience.community else { return Ok(None) };
            Ok(app(ctx).find_community_name(community).await?.map(|name| name.to_string()))
        })
        .await
    }

    /// How many years whoever redeems it must be; null when it does not matter.
    async fn min_age(&self) -> Option<u32> {
        self.perk.audience.min_age
    }

    /// Whether it is redeemed by booking one of its delivery slots, with `bookSlot`.
    async fn has_slots(&self) -> bool {
        self.perk.has_slots
    }

    /// The gathering that a grant of it is a seat at; null when it is none.
    async fn gathering(&self) -> Option<Gathering> {
        self.perk.gathering.clone().map(Gathering::from)
    }
}
