use db::outbox::Event;

/// The types of events webhooks may hear of, as `crates/gateway/WEBHOOKS.md` documents each: ids and few values, never a phone, a
/// name or a health tag.
pub const PUBLISHED: &[&str] = &[
    ::accounts::events::HouseholdFounded::KIND,
    ::accounts::events::HouseholdDivided::KIND,
    ::accounts::events::HouseholdsMerged::KIND,
    ::accounts::events::MemberJoined::KIND,
    ::accounts::events::MemberLeft::KIND,
    ::accounts::events::MergeUndone::KIND,
    ::accounts::events::SplitUndone::KIND,
    ::cocreation::events::StudyLaunched::KIND,
    ::entitlements::events::GatheringCalledOff::KIND,
    ::entitlements::events::GrantCancelled::KIND,
    ::entitlements::events::GrantUsed::KIND,
    ::entitlements::events::PerkRedeemed::KIND,
    ::entitlements::events::PlaceEnded::KIND,
    ::entitlements::events::PlaceOffered::KIND,
    ::entitlements::events::SeatsReturned::KIND,
    ::entitlements::events::SlotBooked::KIND,
    ::entitlements::events::SlotMissed::KIND,
    ::entitlements::events::WaitingListJoined::KIND,
    ::familypay::events::PayAtPickUpChosen::KIND,
    ::familypay::events::PayRequestAsked::KIND,
    ::familypay::events::PayRequestCancelled::KIND,
    ::familypay::events::PayRequestDeclined::KIND,
    ::familypay::events::PayRequestExpired::KIND,
    ::familypay::events::PayRequestPaid::KIND,
    ::familypay::events::PayRequestReminded::KIND,
    ::familypay::events::PaymentRefundSucceeded::KIND,
    ::ledger::events::EarnRuleClosed::KIND,
    ::ledger::events::LapseNoticed::KIND,
    ::ledger::events::PointsPosted::KIND,
    ::orders::events::OrderCancelled::KIND,
    ::orders::events::OrderRecorded::KIND,
    ::orders::events::OrderRefundRecorded::KIND,
];

/// Events that stay inside, each with its reason.
pub const UNPUBLISHED: &[(&str, &str)] = &[
    (::accounts::events::SignInCodeRequested::KIND, "nobody outside needs to know who is about to sign in"),
    (::accounts::events::InvitationMade::KIND, FAMILY),
    (::accounts::events::InvitationAnswered::KIND, FAMILY),
    (::accounts::events::KinLinked::KIND, FAMILY),
    (::accounts::events::KinUnlinked::KIND, FAMILY),
    (::accounts::events::MemberRemoved::KIND, FAMILY),
    (::accounts::events::OwnershipOffered::KIND, FAMILY),
    (::accounts::events::OwnershipHandedOver::KIND, FAMILY),
    (::accounts::events::SpendRightSet::KIND, FAMILY),
    (::accounts::events::SplitOffered::KIND, FAMILY),
    (
        ::cocreation::events::BallotAccepted::KIND,
        "whether a household votes is its own; the turnout stands on the study",
    ),
    (::cocreation::events::BallotThanked::KIND, "whether a household votes is its own"),
    (::familypay::events::MandateAttemptBegun::KIND, "familypay.pay_request_paid.v1 tells that it is paid, and how"),
    (::familypay::events::MandateGiven::KIND, FAMILY),
    (::familypay::events::MandateRevoked::KIND, FAMILY),
    (::familypay::events::PaymentRefundDue::KIND, "familypay.payment_refund_succeeded.v1 tells that the money is back"),
    (::ledger::events::HeldPointsLapsed::KIND, "ledger.points_posted.v1 tells of the same lapse"),
];

const FAMILY: &str = "what a family settles among itself is for its members, who hear of it by mail and in their app";
