//! What entitlements tell others: additive only, ids and few values.

use db::outbox::Event;
use kernel::{Id, Points, kinds};
use serde::{Deserialize, Serialize};

use crate::Grant;

/// A household redeemed points for a perk and holds the grant.
#[derive(Debug, Serialize, Deserialize)]
pub struct PerkRedeemed {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the grant.
    pub grant_id: String,
    /// Text id of the perk.
    pub perk_id: String,
    /// Text id of the member who redeemed.
    pub redeemed_by: String,
    /// What it cost.
    pub price_points: i64,
    /// The last day on which it stands, `YYYY-MM-DD`.
    pub expires_on: String,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

/// A grant was cancelled: its points went back.
#[derive(Debug, Serialize)]
pub struct GrantCancelled {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the grant.
    pub grant_id: String,
    /// Text id of the perk.
    pub perk_id: String,
    /// How many points went back.
    pub restored_points: i64,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl GrantCancelled {
    /// The event of a cancelled grant.
    #[must_use]
    pub fn of(grant: &Grant, restored: Points) -> Self {
        Self {
            household_id: grant.household.to_string(),
            grant_id: grant.id.to_string(),
            perk_id: grant.perk.to_string(),
            restored_points: restored.get(),
            household: Some(grant.household),
        }
    }
}

impl Event for GrantCancelled {
    const KIND: &'static str = "entitlements.grant_cancelled.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

impl PerkRedeemed {
    /// The event of a grant.
    #[must_use]
    pub fn of(grant: &Grant) -> Self {
        Self {
            household_id: grant.household.to_string(),
            grant_id: grant.id.to_string(),
            perk_id: grant.perk.to_string(),
            redeemed_by: grant.redeemed_by.to_string(),
            price_points: grant.price.get(),
            expires_on: grant.expires_on.to_string(),
            household: Some(grant.household),
        }
    }
}

impl Event for PerkRedeemed {
    const KIND: &'static str = "entitlements.perk_redeemed.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}
