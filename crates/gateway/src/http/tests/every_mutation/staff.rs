//! What the staff do.

/// As the table beside, for somebody of the staff with every role: `$HOUSEHOLD` stands for a household, `$PERSON` for its owner, `$POSTING` for an adjustment of
/// its points, `$APPROVAL` for an act that somebody else proposed, `$STAFF` for somebody of the staff, `$DRAFT` for a study that is not open yet.
pub(super) const INPUTS: &[(&str, &str)] = &[
    ("advanceStudy", r#"{"studyId":"$DRAFT","step":"OPEN","reason":"asked","idempotencyKey":"0123456789abcdef"}"#),
    (
        "adjustPoints",
        r#"{"householdId":"$HOUSEHOLD","adjustment":"CREDIT","points":5,"reason":"late","idempotencyKey":"0123456789abcdef"}"#,
    ),
    (
        "changeStaffRoles",
        r#"{"staffId":"$STAFF","roles":["PERKS"],"reason":"moved","idempotencyKey":"0123456789abcdef"}"#,
    ),
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
    ("addWebhook", r#"{"url":"https://shop.example/hooks","eventTypes":[]}"#),
    ("changeWebhook", r#"{"webhookId":"wh_00000000000000000000000000000000","eventTypes":[],"expectedVersion":"0"}"#),
    ("disableWebhook", r#"{"webhookId":"wh_00000000000000000000000000000000"}"#),
    ("issueEventKey", "null"),
    ("redeliver", r#"{"deliveryId":"de_00000000000000000000000000000000"}"#),
    ("revokeEventKey", r#"{"eventKeyId":"ek_00000000000000000000000000000000"}"#),
    ("rotateWebhookKey", r#"{"webhookId":"wh_00000000000000000000000000000000","expectedVersion":"0"}"#),
];
