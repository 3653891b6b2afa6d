//! What points buy, who waits for it, and where neighbours meet.

mod book_slot;
mod call_off_gathering;
mod check_in_seat;
mod define_gathering;
mod define_slot;
mod delivery_slot;
mod gathering;
mod give_back_grant;
mod grant;
mod join_waiting_list;
mod leave_waiting_list;
mod perk;
mod perks;
mod redeem_perk;
mod settle_booking;
mod waiting_place;

use async_graphql::MergedObject;

use book_slot::BookSlotMutation;
pub(super) use book_slot::BookSlotUserError;
use call_off_gathering::CallOffGatheringMutation;
pub(super) use call_off_gathering::CallOffGatheringUserError;
use check_in_seat::CheckInSeatMutation;
pub(super) use check_in_seat::CheckInSeatUserError;
use define_gathering::DefineGatheringMutation;
pub(super) use define_gathering::DefineGatheringUserError;
use define_slot::DefineSlotMutation;
pub(super) use define_slot::DefineSlotUserError;
pub(super) use delivery_slot::DeliverySlotsQuery;
use delivery_slot::{DeliverySlot, SlotBooking};
use gathering::Gathering;
use give_back_grant::GiveBackGrantMutation;
pub(super) use give_back_grant::GiveBackGrantUserError;
pub(super) use grant::Grant;
use join_waiting_list::JoinWaitingListMutation;
pub(super) use join_waiting_list::JoinWaitingListUserError;
use leave_waiting_list::LeaveWaitingListMutation;
pub(super) use leave_waiting_list::LeaveWaitingListUserError;
pub(super) use perk::Perk;
pub(super) use perks::PerksQuery;
use redeem_perk::RedeemPerkMutation;
pub(super) use redeem_perk::RedeemPerkUserError;
use settle_booking::SettleBookingMutation;
pub(super) use settle_booking::SettleBookingUserError;
pub(super) use waiting_place::WaitingPlace;

/// What members do about perks.
#[derive(MergedObject, Default)]
pub(super) struct PerkMutations(
    RedeemPerkMutation,
    GiveBackGrantMutation,
    JoinWaitingListMutation,
    LeaveWaitingListMutation,
);

/// What the staff, and leaders at the door, do about gatherings.
#[derive(MergedObject, Default)]
pub(super) struct GatheringMutations(DefineGatheringMutation, CallOffGatheringMutation, CheckInSeatMutation);

/// What members and the staff do about delivery slots.
#[derive(MergedObject, Default)]
pub(super) struct SlotMutations(BookSlotMutation, DefineSlotMutation, SettleBookingMutation);
