//! The rows of perks that are waited for, given back and met at.

use super::Meets::{self, No, Yes};

/// As the table beside; `$G` stands for a grant of the household, `$K` for its perk, which is not sold out. That one waits, leaves and
/// gives a seat back is tried where the rule is.
pub(super) const FIELDS: &[(&str, &str, [Meets; 4])] = &[
    (
        "Mutation.joinWaitingList",
        "mutation { f: joinWaitingList(input: { perkId: \"$K\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.leaveWaitingList",
        "mutation { f: leaveWaitingList(input: { perkId: \"$K\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.giveBackGrant",
        "mutation { f: giveBackGrant(input: { grantId: \"$G\", expectedPoints: 0 }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    // A code is defined once: by whoever may, at the first try.
    (
        "Mutation.defineGathering",
        "mutation { f: defineGathering(input: { code: \"tea\", nameZh: \"x\", nameEn: \"x\", termsZh: \"x\", termsEn: \"x\", placeZh: \"x\", \
         placeEn: \"x\", price: 1, seats: 1, seatsPerHousehold: 1, startsAt: \"2099-01-02T00:00:00Z\", endsAt: \"2099-01-03T00:00:00Z\", \
         fullReturnUntil: \"2099-01-01T00:00:00Z\", partReturnUntil: \"2099-01-02T00:00:00Z\", partReturnPercent: 50 }) { userErrors { \
         code } } }",
        [No, No, No, Yes],
    ),
    // That a leader keeps a door is tried where the rule is.
    (
        "Mutation.checkInSeat",
        "mutation { f: checkInSeat(input: { code: \"00\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.callOffGathering",
        "mutation { f: callOffGathering(input: { perkId: \"$K\", expectedVersion: 1, reason: \"x\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    // That a member books one is tried where the rule is.
    (
        "Mutation.bookSlot",
        "mutation { f: bookSlot(input: { slotId: \"ds_00000000000000000000000000000000\", orderRef: \"O-1\", \
         idempotencyKey: \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    // Its perk is a seat at a gathering: refused for that, to whoever may.
    (
        "Mutation.defineSlot",
        "mutation { f: defineSlot(input: { perkCode: \"tea\", community: \"玉兰里社区\", startsAt: \"2099-01-02T08:00:00Z\", \
         endsAt: \"2099-01-02T10:00:00Z\", cutOffAt: \"2099-01-02T00:00:00Z\", capacity: 1 }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.settleBooking",
        "mutation { f: settleBooking(input: { orderRef: \"O-1\", outcome: KEPT }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    ("Query.deliverySlots", "{ f: deliverySlots { id } }", [No, Yes, Yes, No]),
];

/// As the table beside.
pub(super) const TYPES: &[(&str, &str)] = &[
    ("BookSlotUserError", "caller"),
    ("BookSlotPayload", "caller"),
    ("CallOffGatheringUserError", "caller"),
    ("CallOffGatheringPayload", "caller"),
    ("CheckInSeatUserError", "caller"),
    ("CheckInSeatPayload", "caller"),
    ("DefineGatheringUserError", "caller"),
    ("DefineGatheringPayload", "caller"),
    ("DefineSlotUserError", "caller"),
    ("DefineSlotPayload", "caller"),
    ("DeliverySlot", "public"),
    ("Gathering", "public"),
    ("GiveBackGrantUserError", "caller"),
    ("GiveBackGrantPayload", "caller"),
    ("JoinWaitingListUserError", "caller"),
    ("JoinWaitingListPayload", "caller"),
    ("LeaveWaitingListUserError", "caller"),
    ("LeaveWaitingListPayload", "caller"),
    ("SettleBookingUserError", "caller"),
    ("SettleBookingPayload", "caller"),
    ("SlotBooking", "household"),
    ("WaitingPlace", "household"),
];
