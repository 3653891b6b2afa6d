/// The kinds of events a household's members are told of, and the fields of each that name things a member may look up.
///
/// All members read one feed, so nothing may stand here that one member may keep from another: a consent, a health tag, a
/// sign-in.
pub const TOLD: &[(&str, &[&str])] = &[
    ("accounts.household_founded.v1", &[]),
    ("accounts.household_split.v1", &[]),
    ("accounts.households_merged.v1", &["merged_household_id"]),
    ("accounts.member_joined.v1", &["person_id"]),
    ("accounts.member_left.v1", &[]),
    ("accounts.merge_undone.v1", &[]),
    ("accounts.ownership_handed_over.v1", &["to_person_id"]),
    ("accounts.split_undone.v1", &["founded_household_id"]),
    ("cocreation.ballot_accepted.v1", &["study_id"]),
    ("cocreation.ballot_thanked.v1", &["study_id"]),
    ("entitlements.grant_cancelled.v1", &["grant_id", "perk_id"]),
    ("entitlements.grant_used.v1", &["grant_id", "perk_id"]),
    ("entitlements.perk_redeemed.v1", &["grant_id", "perk_id"]),
    ("entitlements.place_ended.v1", &["perk_id"]),
    ("entitlements.place_offered.v1", &["perk_id"]),
    ("entitlements.seats_returned.v1", &["perk_id"]),
    ("entitlements.slot_booked.v1", &["grant_id", "perk_id"]),
    ("entitlements.slot_missed.v1", &["grant_id", "perk_id"]),
    ("entitlements.waiting_list_joined.v1", &["perk_id"]),
    ("familypay.mandate_attempt_begun.v1", &["pay_request_id"]),
    ("familypay.pay_at_pick_up_chosen.v1", &["pay_request_id"]),
    ("familypay.pay_request_asked.v1", &["pay_request_id"]),
    ("familypay.pay_request_cancelled.v1", &["pay_request_id"]),
    ("familypay.pay_request_declined.v1", &["pay_request_id"]),
    ("familypay.pay_request_expired.v1", &["pay_request_id"]),
    ("familypay.pay_request_paid.v1", &["pay_request_id"]),
    ("familypay.pay_request_reminded.v1", &["pay_request_id"]),
    ("familypay.payment_refund_succeeded.v1", &["pay_request_id"]),
    ("ledger.held_points_lapsed.v1", &[]),
    ("ledger.lapse_noticed.v1", &[]),
    ("ledger.points_posted.v1", &["posting_id"]),
    ("orders.order_cancelled.v1", &[]),
    ("orders.order_recorded.v1", &[]),
    ("orders.refund_recorded.v1", &[]),
];

/// The kinds they are not told of, and why.
pub const UNTOLD: &[(&str, &str)] = &[
    ("accounts.invitation_answered.v1", "of whoever invited and whoever was invited"),
    ("accounts.invitation_made.v1", "of whoever invited and whoever was invited"),
    ("accounts.kin_linked.v1", "of two persons, in whatever households"),
    ("accounts.kin_unlinked.v1", "of two persons, in whatever households"),
    ("accounts.member_removed.v1", "between the owner and the one it is about; all hear that somebody left"),
    ("accounts.ownership_offered.v1", "between the owner and the one it was offered to"),
    ("accounts.split_offered.v1", "between the owner and the one it was offered to"),
    ("accounts.spend_right_set.v1", "between the owner and the one it is about"),
    ("accounts.sign_in_code_requested.v1", "one person's own, and of no household"),
    ("cocreation.study_launched.v1", "of no household: each that took part is told by ballot_thanked"),
    (
        "entitlements.gathering_called_off.v1",
        "of no household: each that has a seat or waits is told by seats_returned",
    ),
    ("familypay.mandate_given.v1", "between two persons, in whatever households"),
    ("familypay.mandate_revoked.v1", "between two persons, in whatever households"),
    ("familypay.payment_refund_due.v1", "of no household alone; payment_refund_succeeded tells that the money is back"),
    ("ledger.earn_rule_closed.v1", "the operator's own, and of no household"),
];

/// Whether members are told of events of this kind. Of one that stands nowhere they are not.
#[must_use]
pub fn is_told(kind: &str) -> bool {
    TOLD.iter().any(|(told, _)| *told == kind)
}

/// The ids an event names, in the order of its row in [`TOLD`].
pub(super) fn subjects(kind: &str, payload: &str) -> Vec<String> {
    let Some((_, fields)) = TOLD.iter().find(|(told, _)| *told == kind) else { return Vec::new() };
    let Ok(payload) = serde_json::from_str::<serde_json::Value>(payload) else { return Vec::new() };
    fields.iter().filter_map(|field| payload.get(field)?.as_str().map(str::to_owned)).collect()
}
