use ::accounts::Relation;
use app::accounts::KinSide as Side;
use async_graphql::{Enum, SimpleObject};

use super::Person;
use crate::schema::scalars::Instant;

/// What a relative is to a senior.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum KinRelation {
    /// The senior's daughter.
    Daughter,
    /// The senior's son.
    Son,
    /// The senior's daughter-in-law.
    DaughterInLaw,
    /// The senior's son-in-law.
    SonInLaw,
    /// The senior's grandchild.
    Grandchild,
    /// Somebody else the senior trusts.
    Other,
}

impl From<Relation> for KinRelation {
    fn from(relation: Relation) -> Self {
        match relation {
            Relation::Daughter => Self::Daughter,
            Relation::Son => Self::Son,
            Relation::DaughterInLaw => Self::DaughterInLaw,
            Relation::SonInLaw => Self::SonInLaw,
            Relation::Grandchild => Self::Grandchild,
            Relation::Other => Self::Other,
        }
    }
}

impl From<KinRelation> for Relation {
    fn from(relation: KinRelation) -> Self {
        match relation {
            KinRelation::Daughter => Self::Daughter,
            KinRelation::Son => Self::Son,
            KinRelation::DaughterInLaw => Self::DaughterInLaw,
            KinRelation::SonInLaw => Self::SonInLaw,
            KinRelation::Grandchild => Self::Grandchild,
            KinRelation::Other => Self::Other,
        }
    }
}

/// One of the two sides of a kin link.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum KinSide {
    /// The senior (长辈).
    Senior,
    /// The relative.
    Relative,
}

impl From<KinSide> for Side {
    fn from(side: KinSide) -> Self {
        match side {
            KinSide::Senior => Self::Senior,
            KinSide::Relative => Self::Relative,
        }
    }
}

/// Somebody you are linked to, usually of another household. Both of you agreed.
#[derive(SimpleObject)]
pub(super) struct KinLink {
    /// Who.
    person: Person,
    /// The name: shown to you across households, because you are linked.
    name: String,
    /// Which side of the link the other one is.
    side: KinSide,
    /// What the relative is to the senior.
    relation: KinRelation,
    /// Since when.
    linked_at: Instant,
}

impl From<::accounts::KinView> for KinLink {
    fn from(kin: ::accounts::KinView) -> Self {
        Self {
            person: Person::new(kin.person),
            name: kin.name.to_string(),
            side: if kin.is_senior { KinSide::Senior } else { KinSide::Relative },
            relation: kin.relation.into(),
            linked_at: Instant(kin.linked_at),
        }
    }
}
