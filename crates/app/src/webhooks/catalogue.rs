use db::outbox::Event;

/// The types of events webhooks may hear of, as `crates/gateway/WEBHOOKS.md` documents each: ids and few values, never a phone, a
/// name or a health tag.
pub const PUBLISHED: &[&str] = &[
    ::accounts::events::MemberJoined::KIND,
    ::entitlements::events::GrantCancelled::KIND,
    ::entitlements::events::PerkRedeemed::KIND,
    ::ledger::events::EarnRuleClosed::KIND,
    ::ledger::events::LapseNoticed::KIND,
    ::ledger::events::PointsPosted::KIND,
    ::orders::events::OrderCancelled::KIND,
    ::orders::events::OrderRecorded::KIND,
];

/// Events that stay inside, each with its reason.
pub const UNPUBLISHED: &[(&str, &str)] =
    &[(::accounts::events::SignInCodeRequested::KIND, "nobody outside needs to know who is about to sign in")];
