//! What points buy.

mod grant;
mod perk;
mod perks;
mod redeem_perk;

pub(super) use grant::Grant;
pub(super) use perk::Perk;
pub(super) use perks::PerksQuery;
pub(super) use redeem_perk::{RedeemPerkMutation, RedeemPerkUserError};
