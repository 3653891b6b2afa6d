//! One row of each kind, falsified in each way that anything can show.

use super::one_row::Lie;

pub(super) const fn lie(
    table: &'static str,
    which: &'static str,
    change: &'static str,
    row: (&'static str, &'static str),
    said: &'static str,
) -> Lie {
    Lie { table, which, change, row, said }
}

pub(super) const WALLET: (&str, &str) = ("wallet", "");
const LOT: (&str, &str) = ("lot lt_", "id");
const POSTING: (&str, &str) = ("posting po_", "id");
const OF_POSTING: (&str, &str) = ("posting po_", "posting_id");
const HOLD: (&str, &str) = ("hold ho_", "id");
const OF_HOLD: (&str, &str) = ("hold ho_", "hold_id");
const GRANT: (&str, &str) = ("grant gr_", "id");

const OF_WANG: &str = "household_id = (SELECT household_id FROM households WHERE external_ref = 'H-WANG')";
const EARN_OF_CHEN: &str =
    "kind = 'earn' AND household_id = (SELECT household_id FROM households WHERE external_ref = 'H-CHEN')";
const LAPSED_LOT: &str = "expires_on < '2026-06-01'";
const REDEMPTION_OF_ZHAO: &str =
    "kind = 'redeem' AND household_id = (SELECT household_id FROM households WHERE external_ref = 'H-ZHAO')";
const BROKEN_CHAIN: &str = "its hash is not that of its fields after the posting before it";
const OF_FIRST_DRAW_OF_ZHAO: &str = "seq = 1 AND posting_id = (SELECT id FROM postings WHERE kind = 'redeem' AND household_id = \
     (SELECT household_id FROM households WHERE external_ref = 'H-ZHAO'))";
const OF_LAPSE_OF_OLD: &str = "posting_id IN (SELECT id FROM postings WHERE kind = 'lapse' AND points = 70)";
const SPEND_LATER_LOT: &str = "SET from_lot_id = (SELECT other.from_lot_id FROM transfers other \
     WHERE other.posting_id = transfers.posting_id AND other.seq = 2)";
const OF_OPEN_HOLD: &str = "hold_id = (SELECT id FROM holds WHERE owner = 'open')";
const GRANT_OF_CHEN: &str = "household_id = (SELECT household_id FROM households WHERE external_ref = 'H-CHEN')";
const A_LOT: (&str, &str) = ("lot lt_", "");
const STOCK: (&str, &str) = ("stock of perk pk_", "perk_id");
pub(super) const UNEXPLAINED: &str = "is neither a grant of the household, nor its order, nor a hold it captured";
const OF_EARN_OF_CHEN: &str = "to_account = 'lot' AND posting_id IN (SELECT id FROM postings WHERE kind = 'earn') AND \
     household_id = (SELECT household_id FROM households WHERE external_ref = 'H-CHEN')";
const KEY_OF_CHEN: &str = "key = 'key-of-chen-0123456789'";
const KEY: (&str, &str) = ("idempotency key key-of-chen-0123456789", "");
const STANDING_NO_MORE: &str = "cancelled_at IS NOT NULL";
const ANSWER_OF_SECOND_KEY: &str =
    "SET answer = (SELECT other.answer FROM idempotency_keys other WHERE other.key = 'key-of-wang-2-0123456789')";

const REFUND_OF_CHEN: &str = "order_id = (SELECT order_id FROM order_refs WHERE external_ref = 'E-H-CHEN')";
const REFUND_TOLD: (&str, &str) = ("idempotency key ev-refund-of-chen", "");
const PICK_UP_TOLD: (&str, &str) = ("idempotency key ev-pick-up-of-wang", "");
const TOLD_OF_NOTHING: &str = "no order, pick-up or refund is what it was accepted for";

pub(super) const WALLETS_AND_LOTS: &[Lie] = &[
    lie("wallets", OF_WANG, "SET balance = balance + 1", WALLET, "the balance 489, recomputed 488"),
    lie("wallets", OF_WANG, "SET owed = 5", WALLET, "the debt 5, recomputed 0"),
    lie("wallets", OF_WANG, "SET last_no = 99", WALLET, "the number of the newest posting 99, recomputed 13"),
    lie("wallets", OF_WANG, "SET head = {no hash}", WALLET, "its head is not the hash of its newest posting"),
    lie("wallets", OF_WANG, "SET head = NULL", WALLET, "its head is not the hash of its newest posting"),
    lie(
        "wallets",
        OF_WANG,
        "SET next_lapse_on = '2099-01-01'",
        WALLET,
        "its next lapse is 2099-01-01, that of its lots",
    ),
    lie("wallets", OF_WANG, "SET next_lapse_on = NULL", WALLET, "its next lapse is never, that of its lots"),
    lie("wallets", OF_WANG, "SET sealed_no = 3", WALLET, "the number of the newest sealed posting 3, recomputed 13"),
    lie("wallets", OF_WANG, "SET household_id = {no id}", WALLET, "its household is not there"),
    lie("wallets", OF_WANG, "DELETE", WALLET, "it is not there, but lots, postings or transfers of it are"),
    lie("wallets", OF_WANG, "DELETE", ("household", ""), "it has no wallet"),
    lie("households", OF_WANG, "DELETE", WALLET, "its household is not there"),
    lie("lots", LAPSED_LOT, "SET remaining = 7", LOT, "what remains 7, recomputed 0"),
    lie("lots", LAPSED_LOT, "SET held = 7", LOT, "what is held 7, recomputed 0"),
    lie("lots", LAPSED_LOT, "SET held = 7", LOT, "7 of its points are held, and 0 remain"),
    lie("lots", LAPSED_LOT, "SET remaining = -7", LOT, "what remains -7, recomputed 0"),
    lie("lots", LAPSED_LOT, "SET expires_on = {no day}", LOT, "its expires_on cannot be read"),
    lie("lots", LAPSED_LOT, "DELETE", LOT, "transfers name it and it is not there"),
    lie(
        "lots",
        LAPSED_LOT,
        "SET household_id = {no id}",
        WALLET,
        "it is not there, but lots, postings or transfers of it are",
    ),
];

pub(super) const POSTINGS: &[Lie] = &[
    lie("postings", EARN_OF_CHEN, "SET points = 201", POSTING, "the sum of its transfers 201, recomputed 200"),
    lie("postings", EARN_OF_CHEN, "SET points = 201", POSTING, "the sum of its lines 201, recomputed 200"),
    lie("postings", EARN_OF_CHEN, "SET balance_after = 199", POSTING, "the balance after it 199, recomputed 200"),
    lie("postings", EARN_OF_CHEN, "SET owed_after = 1", POSTING, "the debt after it 1, recomputed 0"),
    lie("postings", EARN_OF_CHEN, "SET points = -1", POSTING, "the sum of its transfers -1, recomputed 200"),
    lie("postings", EARN_OF_CHEN, "SET no = 99", POSTING, "its number 99, recomputed 4"),
    lie("postings", EARN_OF_CHEN, "SET kind = 'lapse'", POSTING, "lapse never moves points from issued to a lot"),
    lie("postings", EARN_OF_CHEN, "SET kind = 'gift'", POSTING, "could not read a posting: a column is out of range"),
    lie("postings", EARN_OF_CHEN, "SET reference = 'another'", POSTING, BROKEN_CHAIN),
    lie("postings", EARN_OF_CHEN, "SET actor_kind = 'system'", POSTING, BROKEN_CHAIN),
    lie("postings", EARN_OF_CHEN, "SET posted_at = posted_at + 1", POSTING, BROKEN_CHAIN),
    lie("postings", EARN_OF_CHEN, "SET business_date = '2026-06-01'", POSTING, BROKEN_CHAIN),
    lie("postings", EARN_OF_CHEN, "SET rule_version = 2", POSTING, BROKEN_CHAIN),
    lie("postings", EARN_OF_CHEN, "SET basis_minor = 1", POSTING, BROKEN_CHAIN),
    lie("postings", EARN_OF_CHEN, "SET business_date = {no day}", POSTING, "its business_date cannot be read"),
    lie("postings", EARN_OF_CHEN, "SET rule_id = NULL", POSTING, "earn without a rule and a basis"),
    lie("postings", EARN_OF_CHEN, "SET lines = '[[1,199]]'", POSTING, "the sum of its lines 200, recomputed 199"),
    lie("postings", EARN_OF_CHEN, "SET hash = {no hash}", POSTING, BROKEN_CHAIN),
    lie(
        "postings",
        "kind = 'clawback' AND counterpart_id IS NULL AND points = 50",
        "SET hash = NULL",
        POSTING,
        "it has no hash, and the posting before it has one",
    ),
    lie("postings", EARN_OF_CHEN, "DELETE", POSTING, "transfers name it and it is not there"),
    lie("postings", "kind = 'forgive'", "SET reason = 'another'", POSTING, BROKEN_CHAIN),
    lie("postings", "kind = 'forgive'", "SET reason = NULL", POSTING, "forgive without a reason"),
    lie("postings", "kind = 'forgive'", "DELETE", WALLET, "the number of the newest posting 4, recomputed 3"),
    lie("postings", "kind = 'schedule'", "SET corrects_id = NULL", POSTING, "schedule without the earn it corrects"),
    lie(
        "postings",
        "kind = 'schedule'",
        "SET corrects_id = {no id}",
        POSTING,
        "the earn it corrects, po_0102030405060708090a0b0c0d0e0f10, is not there",
    ),
    lie(
        "postings",
        "kind = 'restore' AND points = 180",
        "SET corrects_id = {no id}",
        POSTING,
        "the redeem it corrects, po_0102030405060708090a0b0c0d0e0f10, is not there",
    ),
    lie(
        "postings",
        "kind = 'restore' AND points = 180",
        "SET points = 200",
        POSTING,
        "the sum of its transfers 200, recomputed 180",
    ),
    lie(
        "postings",
        "kind = 'lapse' AND points = 70",
        "SET business_date = '2026-03-31'",
        POSTING,
        "lapses on 2026-03-31, before its last day 2026-03-31 is over",
    ),
    lie("postings", REDEMPTION_OF_ZHAO, "SET reference = 'another'", POSTING, UNEXPLAINED),
    lie(
        "postings",
        REDEMPTION_OF_ZHAO,
        "SET business_date = '2026-03-01'",
        POSTING,
        "is spent on 2026-03-01, but it is for",
    ),
    lie(
        "postings",
        "kind = 'move_out' AND reference LIKE 'key-of-move-2%'",
        "SET counterpart_id = NULL",
        POSTING,
        "move_out without the other household",
    ),
    lie(
        "postings",
        "kind = 'move_out' AND reference LIKE 'key-of-move-2%'",
        "SET reference = 'another'",
        POSTING,
        BROKEN_CHAIN,
    ),
    lie(
        "postings",
        "kind = 'clawback' AND counterpart_id IS NOT NULL",
        "SET corrects_id = {no id}",
        POSTING,
        "is not there",
    ),
];

pub(super) const TRANSFERS: &[Lie] = &[
    lie("transfers", OF_EARN_OF_CHEN, "SET points = 199", OF_POSTING, "the sum of its transfers 200, recomputed 199"),
    lie("transfers", OF_EARN_OF_CHEN, "SET points = 199", OF_POSTING, "the balance after it 200, recomputed 199"),
    lie("transfers", OF_EARN_OF_CHEN, "SET points = 199", OF_POSTING, BROKEN_CHAIN),
    lie("transfers", OF_EARN_OF_CHEN, "SET points = 0", OF_POSTING, "one of its transfers moves nothing"),
    lie(
        "transfers",
        OF_EARN_OF_CHEN,
        "SET points = -5",
        OF_POSTING,
        "could not read points from a row: they are negative",
    ),
    lie(
        "transfers",
        OF_EARN_OF_CHEN,
        "SET from_account = 'adjusted'",
        OF_POSTING,
        "earn never moves points from adjusted to a lot",
    ),
    lie(
        "transfers",
        OF_EARN_OF_CHEN,
        "SET from_account = 'nowhere'",
        OF_POSTING,
        "could not read a transfer: no such account",
    ),
    lie(
        "transfers",
        OF_EARN_OF_CHEN,
        "SET posting_id = {no id}",
        ("posting po_0102030405060708090a0b0c0d0e0f10", ""),
        "transfers name it and it is not there",
    ),
    lie(
        "transfers",
        OF_EARN_OF_CHEN,
        "SET household_id = {no id}",
        WALLET,
        "it is not there, but lots, postings or transfers of it are",
    ),
    lie(
        "transfers",
        OF_EARN_OF_CHEN,
        "SET to_lot_id = {no id}",
        ("lot lt_0102030405060708090a0b0c0d0e0f10", ""),
        "transfers name it and it is not there",
    ),
    lie("transfers", OF_EARN_OF_CHEN, "DELETE", OF_POSTING, "the sum of its transfers 200, recomputed 0"),
    lie("transfers", OF_LAPSE_OF_OLD, "SET points = 60", ("lot lt_", "from_lot_id"), "what remains 0, recomputed 10"),
    lie("transfers", OF_LAPSE_OF_OLD, "SET points = 80", OF_POSTING, "it takes more than there was"),
    lie("transfers", OF_FIRST_DRAW_OF_ZHAO, SPEND_LATER_LOT, OF_POSTING, "it takes more than there was"),
    lie("transfers", OF_FIRST_DRAW_OF_ZHAO, "SET points = 90", OF_POSTING, "has points"),
    lie(
        "transfers",
        OF_LAPSE_OF_OLD,
        "SET from_lot_id = {no id}",
        ("lot lt_", "from_lot_id"),
        "what remains 0, recomputed 70",
    ),
    lie(
        "transfers",
        "to_account = 'moved' AND household_id = (SELECT household_id FROM households WHERE external_ref = 'H-WANG')",
        "SET points = 119",
        ("account moved", ""),
        "the sum over all households -1, recomputed 0",
    ),
];

pub(super) const HOLDS: &[Lie] = &[
    lie("holds", "owner = 'open'", "SET points = 21", HOLD, "the sum of its lots 21, recomputed 20"),
    lie("holds", "owner = 'open'", "SET state = 'released'", HOLD, "\"released\" does not fit when it ended"),
    lie("holds", "owner = 'released'", "SET ended_at = NULL", HOLD, "\"released\" does not fit when it ended"),
    lie(
        "holds",
        "owner = 'open'",
        "SET ends_at = 1780286400000",
        HOLD,
        "it is open, and its end was at 2026-06-01 04:00:00 UTC",
    ),
    lie("holds", "owner = 'open'", "DELETE", HOLD, "held lots name it and it is not there"),
    lie(
        "holds",
        "owner = 'released'",
        "SET state = 'captured'",
        HOLD,
        "it was captured, and no redemption of it is there",
    ),
    lie(
        "holds",
        "owner = 'released'",
        "SET ended_at = ends_at",
        HOLD,
        "it was released at 2026-06-01 04:10:00 UTC, and its end was at 2026-06-01 04:10:00 UTC",
    ),
    lie(
        "holds",
        "owner = 'lapsed'",
        "SET ended_at = ends_at + 1",
        HOLD,
        "it lapsed at 2026-06-01 04:10:00.001 UTC, and its end was at 2026-06-01 04:10:00 UTC",
    ),
    lie("holds", "owner = 'captured'", "SET state = 'lapsed', ended_at = ends_at", HOLD, "captured it"),
    lie("holds", "owner = 'released'", "SET state = 'open', ended_at = NULL", A_LOT, "what is held 20, recomputed 30"),
    lie("hold_lots", OF_OPEN_HOLD, "SET points = 19", OF_HOLD, "the sum of its lots 20, recomputed 19"),
    lie("hold_lots", OF_OPEN_HOLD, "SET points = 19", ("lot lt_", "lot_id"), "what is held 20, recomputed 19"),
    lie(
        "hold_lots",
        OF_OPEN_HOLD,
        "SET lot_id = {no id}",
        ("lot lt_0102030405060708090a0b0c0d0e0f10", ""),
        "holds name it and it is not there",
    ),
    lie("hold_lots", OF_OPEN_HOLD, "DELETE", OF_HOLD, "the sum of its lots 20, recomputed 0"),
    lie(
        "hold_lots",
        OF_OPEN_HOLD,
        "SET hold_id = {no id}",
        ("hold ho_0102030405060708090a0b0c0d0e0f10", ""),
        "held lots name it and it is not there",
    ),
];

pub(super) const RIGHTS: &[Lie] = &[
    lie("grants", GRANT_OF_CHEN, "SET price_points = 179", GRANT, "the price 179, recomputed 180"),
    lie("grants", GRANT_OF_CHEN, "SET cancelled_at = 1", GRANT, "what a cancelled grant gives back 180, recomputed 0"),
    lie("grants", GRANT_OF_CHEN, "SET posting_id = {no id}", GRANT, "paid for it"),
    lie("grants", GRANT_OF_CHEN, "SET paid_by_id = {no id}", GRANT, "no redemption paid for it"),
    lie(
        "grants",
        STANDING_NO_MORE,
        "SET cancelled_at = NULL",
        GRANT,
        "what a standing grant gave back 0, recomputed 180",
    ),
    lie("grants", STANDING_NO_MORE, "SET cancelled_at = NULL", STOCK, "how many are taken 3, recomputed 4"),
    lie(
        "grants",
        STANDING_NO_MORE,
        "SET returned_points = 1",
        GRANT,
        "what a cancelled grant gives back 1, recomputed 180",
    ),
    lie("grants", GRANT_OF_CHEN, "DELETE", ("posting po_", "posting_id"), UNEXPLAINED),
    lie("grants", GRANT_OF_CHEN, "DELETE", STOCK, "how many are taken 3, recomputed 2"),
    lie("grants", GRANT_OF_CHEN, "SET household_id = {no id}", GRANT, "its household is not there"),
    lie("grants", GRANT_OF_CHEN, "SET id = {no id}", ("grant gr_01020304", ""), "no redemption paid for it"),
    lie(
        "grants",
        GRANT_OF_CHEN,
        "SET redeemed_by = {no id}",
        KEY,
        "was redeemed by pe_0102030405060708090a0b0c0d0e0f10",
    ),
    lie("perk_stocks", "taken = 3", "SET taken = 4", STOCK, "how many are taken 4, recomputed 3"),
    lie("perk_stocks", "taken = 3", "SET offered = 1", STOCK, "how many are offered 1, recomputed 0"),
    lie("perk_stocks", "taken = 3", "SET waiting = 2", STOCK, "how many wait 2, recomputed 0"),
    lie("perk_stocks", "taken = 3", "DELETE", STOCK, "it is not there, and 3 grants stand"),
    lie("idempotency_keys", KEY_OF_CHEN, "SET answer = 'yes'", KEY, "it answers with no grant"),
    lie("idempotency_keys", KEY_OF_CHEN, "SET answer = 'gr_0102030405060708090a0b0c0d0e0f10'", KEY, "is not there"),
    lie(
        "idempotency_keys",
        KEY_OF_CHEN,
        "SET principal = 'pe_0102030405060708090a0b0c0d0e0f10'",
        KEY,
        "was redeemed by pe_",
    ),
    lie("idempotency_keys", KEY_OF_CHEN, "DELETE", ("grant gr_", ""), "no idempotency key answers with it"),
    lie("idempotency_keys", KEY_OF_CHEN, "SET input_hash = {no hash}", KEY, "its input is not pk_"),
    lie("idempotency_keys", "key = 'ev-refund-of-chen'", "SET input_hash = {no hash}", REFUND_TOLD, TOLD_OF_NOTHING),
    lie("refunds", REFUND_OF_CHEN, "DELETE", REFUND_TOLD, TOLD_OF_NOTHING),
    lie("order_refs", "external_ref = 'O-PICKED-UP'", "DELETE", PICK_UP_TOLD, TOLD_OF_NOTHING),
    lie("orders", "external_ref = 'O-PICKED-UP'", "SET picked_up_at = NULL", PICK_UP_TOLD, TOLD_OF_NOTHING),
    lie(
        "orders",
        "external_ref = 'O-PICKED-UP'",
        "SET household_id = {no id}",
        ("orders", ""),
        "their household is not there",
    ),
    lie("orders", "external_ref = 'O-PICKED-UP'", "DELETE", ("order O-PICKED-UP", ""), "it leads to no order"),
    lie("idempotency_keys", KEY_OF_CHEN, "SET operation = 'redeem'", KEY, "no use-case has its operation"),
    lie(
        "idempotency_keys",
        "key = 'key-of-wang-1-0123456789'",
        ANSWER_OF_SECOND_KEY,
        ("idempotency key key-of-wang", ""),
        "too",
    ),
    lie(
        "idempotency_keys",
        "key = 'ev-refund-of-chen'",
        "SET answer = 'refused'",
        ("idempotency key ev-refund-of-chen", ""),
        "it answers \"refused\"",
    ),
];
