//! Use-cases about perks, gatherings, waiting lists and grants.

mod call_off_gathering;
mod cancel_grant;
mod cancelling;
mod define_gathering;
mod define_perk;
mod find_grant;
mod give_back_grant;
mod join_waiting_list;
mod list_grants;
mod list_perks;
mod list_places;
mod mail_perk_redeemed;
mod mail_seats_returned;
mod offer_places;
mod redeem_lane;
mod redeem_perk;
mod restock_perk;
mod return_seats;

pub use call_off_gathering::{CallOffGathering, CallOffGatheringRefusal};
pub use cancel_grant::CancelGrantRefusal;
pub use define_gathering::{DefineGathering, DefineGatheringRefusal};
pub use define_perk::{DefinePerk, DefinePerkRefusal};
pub use give_back_grant::{GiveBackGrant, GiveBackRefusal, GrantGivenBack};
pub use join_waiting_list::{JoinWaitingListRefusal, LeaveWaitingListRefusal};
pub use list_places::PlaceInLine;
pub(crate) use mail_perk_redeemed::MAIL_PERK_REDEEMED;
pub(crate) use mail_seats_returned::{MAIL_PLACE_OFFERED, MAIL_SEATS_RETURNED};
pub(crate) use offer_places::OFFER_PLACES;
pub(crate) use redeem_lane::{RedeemPerks, redeem_hash};
pub use redeem_perk::{PerkRedeemed, RedeemPerk, RedeemPerkRefusal};
pub use restock_perk::RestockPerkRefusal;
pub(crate) use return_seats::RETURN_SEATS;
