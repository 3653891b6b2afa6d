use async_graphql::{Context, Object};
use kernel::Locale;

use crate::schema::{scalars::Instant, session::session};

pub(in crate::schema) struct Gathering(::entitlements::Gathering);

impl From<::entitlements::Gathering> for Gathering {
    fn from(gathering: ::entitlements::Gathering) -> Self {
        Self(gathering)
    }
}

/// When and where neighbours meet (社区活动). A grant of its perk is a seat.
#[Object]
impl Gathering {
    /// When it begins; from then on no seat is taken or given back.
    async fn starts_at(&self) -> Instant {
        Instant(self.0.starts_at)
    }

    /// When it is over.
    async fn ends_at(&self) -> Instant {
        Instant(self.0.ends_at)
    }

    /// Where, in Chinese, or in English when `Accept-Language` asks for it.
    async fn place(&self, ctx: &Context<'_>) -> &str {
        match session(ctx).locale() {
            Locale::ZhCn => self.0.place_zh.as_str(),
            Locale::En => self.0.place_en.as_str(),
        }
    }

    /// Up to and with then, a seat that is given back returns all its points.
    async fn full_return_until(&self) -> Instant {
        Instant(self.0.returns.full_until)
    }

    /// Up to and with then, it returns `partReturnPercent` of them; afterwards none.
    async fn part_return_until(&self) -> Instant {
        Instant(self.0.returns.part_until)
    }

    /// How many in a hundred of its points a seat returns that is given back late, rounded down.
    async fn part_return_percent(&self) -> u32 {
        self.0.returns.part.basis_points() / 100
    }

    /// When the operator called it off; null while it takes place.
    async fn called_off_at(&self) -> Option<Instant> {
        self.0.called_off_at.map(Instant)
    }

    /// How often it was changed, from 1 on: for `defineGathering` and `callOffGathering`.
    async fn version(&self) -> u32 {
        self.0.version
    }
}
