//! What the staff do.

/// As the table beside, for somebody of the staff with every role: `$HOUSEHOLD` stands for a household, `$PERSON` for its owner, `$POSTING` for an adjustment of
/// its points, `$APPROVAL` for an act that somebody else proposed, `$STAFF` for somebody of the staff, `$COMMUNITY` for a community, `$DRAFT`
/// for a study that is not open yet.
pub(super) const INPUTS: &[(&str, &str)] = &[
    ("advanceStudy", r#"{"studyId":"$DRAFT","step":"OPEN","reason":"asked","idempotencyKey":"0123456789abcdef"}"#),
    (
        "adjustPoints",
        r#"{"householdId":"$HOUSEHOLD","adjustment":"CREDIT","points":5,"reason":"late","idempotencyKey":"0123456789abcdef"}"#,
    ),
    ("callOffGathering", r#"{"perkId":"pk_00000000000000000000000000000000","expectedVersion":1,"reason":"no gas"}"#),
    ("checkInSeat", r#"{"code":"00"}"#),
    (
        "defineSlot",
        r#"{"perkCode":"slotted","community":"玉兰里社区","startsAt":"2099-01-02T08:00:00Z","endsAt":"2099-01-02T10:00:00Z","cutOffAt":"2099-01-02T00:00:00Z","capacity":3,"isOpen":true}"#,
    ),
    ("settleBooking", r#"{"orderRef":"O-1","outcome":"KEPT"}"#),
    (
        "defineGathering",
        r#"{"code":"tea","nameZh":"茶","nameEn":"Tea","termsZh":"茶","termsEn":"Tea","placeZh":"院子","placeEn":"Yard","price":1,"seats":1,"seatsPerHousehold":1,"startsAt":"2099-01-02T00:00:00Z","endsAt":"2099-01-03T00:00:00Z","fullReturnUntil":"2099-01-01T00:00:00Z","partReturnUntil":"2099-01-02T00:00:00Z","partReturnPercent":50,"opensAt":"2026-01-01T00:00:00Z","minAge":1,"isOpen":true}"#,
    ),
    (
        "changeStaffRoles",
        r#"{"staffId":"$STAFF","roles":["PERKS"],"reason":"moved","idempotencyKey":"0123456789abcdef"}"#,
    ),
    (
        "changeStaffAccess",
        r#"{"staffId":"$STAFF","change":"CLOSE","reason":"left","idempotencyKey":"0123456789abcdef"}"#,
    ),
    ("replaceAuthenticator", r#"{"currentPassword":"twelve letters","code":"000000"}"#),
    ("changeStaffPassword", r#"{"currentPassword":"twelve letters","code":"000000","newPassword":"twelve others"}"#),
    ("decideApproval", r#"{"approvalId":"$APPROVAL","verdict":"APPROVE","idempotencyKey":"0123456789abcdef"}"#),
    ("findPersonsByContact", r#"{"contact":"13800138000","reason":"call 17"}"#),
    (
        "recordDeath",
        r#"{"personId":"$PERSON","diedOn":"2020-02-29","version":"$DEATH","reason":"call 17","idempotencyKey":"0123456789abcdef"}"#,
    ),
    ("readHealthTags", r#"{"householdId":"$HOUSEHOLD","personId":"$PERSON","reason":"call 17"}"#),
    (
        "reverseAdjustment",
        r#"{"householdId":"$HOUSEHOLD","postingId":"$POSTING","reason":"late","idempotencyKey":"0123456789abcdef"}"#,
    ),
    ("appointLeader", r#"{"communityId":"$COMMUNITY","personId":"$PERSON","reason":"new here"}"#),
    ("changeCommunity", r#"{"householdId":"$HOUSEHOLD","communityId":"$COMMUNITY","reason":"moved"}"#),
    ("endLeader", r#"{"communityId":"$COMMUNITY","personId":"$PERSON","reason":"gone"}"#),
    ("addWebhook", r#"{"url":"https://shop.example/hooks","eventTypes":[]}"#),
    ("changeWebhook", r#"{"webhookId":"wh_00000000000000000000000000000000","eventTypes":[],"expectedVersion":"0"}"#),
    ("disableWebhook", r#"{"webhookId":"wh_00000000000000000000000000000000"}"#),
    ("issueEventKey", "null"),
    ("redeliver", r#"{"deliveryId":"de_00000000000000000000000000000000"}"#),
    ("revokeEventKey", r#"{"eventKeyId":"ek_00000000000000000000000000000000"}"#),
    ("rotateWebhookKey", r#"{"webhookId":"wh_00000000000000000000000000000000","expectedVersion":"0"}"#),
];
