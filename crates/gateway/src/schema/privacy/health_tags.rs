use std::collections::BTreeSet;

use async_graphql::{Context, Enum, Object, SimpleObject};

use crate::schema::{
    accounts::Person,
    nullable::{Nullable, nullable},
    session::{app, session},
};

/// What somebody eats or does not eat (健康标签).
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema) enum HealthTag {
    /// 低糖.
    LowSugar,
    /// 低盐.
    LowSalt,
    /// 低脂.
    LowFat,
    /// 软食: easy to chew and swallow.
    SoftFood,
    /// 不含花生.
    NoPeanuts,
    /// 不含坚果.
    NoNuts,
    /// 不含麸质.
    NoGluten,
    /// 不含乳糖.
    NoLactose,
    /// 不含鸡蛋.
    NoEggs,
    /// 不含海鲜.
    NoSeafood,
    /// 不含大豆.
    NoSoy,
    /// 素食.
    Vegetarian,
    /// 清真.
    Halal,
}

/// Each of our words for a tag beside the domain's.
macro_rules! tags {
    ($($tag:ident),*) => {
        impl From<::accounts::HealthTag> for HealthTag {
            fn from(tag: ::accounts::HealthTag) -> Self {
                match tag { $(::accounts::HealthTag::$tag => Self::$tag,)* }
            }
        }

        impl From<HealthTag> for ::accounts::HealthTag {
            fn from(tag: HealthTag) -> Self {
                match tag { $(HealthTag::$tag => Self::$tag,)* }
            }
        }
    };
}

tags!(
    LowSugar, LowSalt, LowFat, SoftFood, NoPeanuts, NoNuts, NoGluten, NoLactose, NoEggs, NoSeafood, NoSoy, Vegetarian,
    Halal
);

/// A member's health tags, as far as you may see them.
#[derive(SimpleObject)]
struct MemberHealthTags {
    /// Whose.
    person: Person,
    /// Which; never empty.
    tags: Vec<HealthTag>,
}

#[derive(Default)]
pub(in crate::schema) struct HealthTagsQuery;

#[Object]
impl HealthTagsQuery {
    /// Your own health tags. Kept encrypted, and only while your consent to `HEALTH_TAGS` stands.
    async fn my_health_tags(&self, ctx: &Context<'_>) -> Nullable<Vec<HealthTag>> {
        nullable(async {
            let principal = session(ctx).signed_in()?;
            Ok(Some(written(app(ctx).my_health_tags(principal).await?)))
        })
        .await
    }

    /// The health tags in your household that you may see: your own; as owner or adult also those of members who agreed to
    /// `FAMILY_VIEW`; as guardian those of children under fourteen. A senior sees the senior's own.
    async fn household_health_tags(&self, ctx: &Context<'_>) -> Nullable<Vec<MemberHealthTags>> {
        nullable(async {
            let principal = session(ctx).signed_in()?;
            let seen = app(ctx).household_health_tags(principal).await?.into_iter();
            let of = |seen: app::privacy::PersonHealthTags| MemberHealthTags {
                person: Person::new(seen.person),
                tags: written(seen.tags),
            };
            Ok(Some(seen.map(of).collect()))
        })
        .await
    }
}

pub(super) fn written(tags: BTreeSet<::accounts::HealthTag>) -> Vec<HealthTag> {
    tags.into_iter().map(HealthTag::from).collect()
}
