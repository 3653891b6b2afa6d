//! Use-cases about perks and grants.

mod cancel_grant;
mod change_perk;
mod define_perk;
mod find_grant;
mod list_grants;
mod list_perks;
mod mail_perk_redeemed;
mod redeem_lane;
mod redeem_perk;
mod restock_perk;

pub use cancel_grant::CancelGrantRefusal;
pub use change_perk::{ChangePerk, ChangePerkRefusal, PerkVersion};
pub use define_perk::{DefinePerk, DefinePerkRefusal};
pub(crate) use mail_perk_redeemed::MAIL_PERK_REDEEMED;
pub(crate) use redeem_lane::{RedeemPerks, redeem_hash};
pub use redeem_perk::{PerkRedeemed, RedeemPerk, RedeemPerkRefusal};
pub use restock_perk::RestockPerkRefusal;
