//! The rows of what the staff do: each refused to whoever is a member. Which role may what is in `access_staff.rs`.

use super::Meets::{self, No, Yes};

/// As the table beside.
pub(super) const FIELDS: &[(&str, &str, [Meets; 4])] = &[
    ("Query.householdAccount", "{ f: householdAccount(householdId: \"$H\") { available } }", [No, No, No, Yes]),
    (
        "Query.growthShares",
        "{ f: growthShares(communityId: \"$H\", leaderId: \"$P\", month: \"2026-11\") { shareFen } }",
        [No, No, No, Yes],
    ),
    ("Query.communities", "{ f: communities(first: 1) { nodes { id name leaderIds } } }", [No, No, No, Yes]),
    // Who may, with a community that is there, is tried in `access_staff.rs`.
    (
        "Mutation.appointLeader",
        "mutation { f: appointLeader(input: { communityId: \"$H\", personId: \"$P\", reason: \"x\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.changeCommunity",
        "mutation { f: changeCommunity(input: { householdId: \"$H\", communityId: \"$H\", reason: \"x\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.endLeader",
        "mutation { f: endLeader(input: { communityId: \"$H\", personId: \"$P\", reason: \"x\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    ("Query.approvals", "{ f: approvals(first: 1) { nodes { id } } }", [No, No, No, Yes]),
    ("Query.staffMembers", "{ f: staffMembers(first: 1) { nodes { id } } }", [No, No, No, Yes]),
    ("Query.auditLines", "{ f: auditLines(first: 1) { nodes { id } } }", [No, No, No, Yes]),
    (
        "Mutation.adjustPoints",
        "mutation { f: adjustPoints(input: { householdId: \"$H\", adjustment: CREDIT, points: 1, reason: \"x\", idempotencyKey: \
         \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, No, No, Yes],
    ),
    (
        "Mutation.reverseAdjustment",
        "mutation { f: reverseAdjustment(input: { householdId: \"$H\", postingId: \"$L\", reason: \"x\", idempotencyKey: \
         \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.decideApproval",
        "mutation { f: decideApproval(input: { approvalId: \"$H\", verdict: APPROVE, idempotencyKey: \"0123456789abcdef\" }) { \
         userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.advanceStudy",
        "mutation { f: advanceStudy(input: { studyId: \"$H\", step: OPEN, reason: \"x\", idempotencyKey: \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.changeStaffRoles",
        "mutation { f: changeStaffRoles(input: { staffId: \"$H\", roles: [PERKS], reason: \"x\", idempotencyKey: \
         \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.readHealthTags",
        "mutation { f: readHealthTags(input: { householdId: \"$H\", personId: \"$P\", reason: \"r\" }) { userErrors { code } } }",
        [No, No, No, Yes],
    ),
    (
        "Mutation.findPersonsByContact",
        "mutation { f: findPersonsByContact(input: { contact: \"13800138000\", reason: \"r\" }) { userErrors { code } } }",
        [No, No, No, Yes],
    ),
    ("Query.previewDeath", "{ f: previewDeath(personId: \"$P\", reason: \"r\") { version } }", [No, No, No, Yes]),
    // By no version that is: what a role may is tried in `access_staff.rs`.
    (
        "Mutation.recordDeath",
        "mutation { f: recordDeath(input: { personId: \"$P\", diedOn: \"2020-02-29\", version: \"0\", reason: \"x\", idempotencyKey: \
         \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.changeStaffPassword",
        "mutation { f: changeStaffPassword(input: { currentPassword: \"x\", code: \"1\", newPassword: \"twelve letters\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.changeStaffAccess",
        "mutation { f: changeStaffAccess(input: { staffId: \"$H\", change: CLOSE, reason: \"x\", idempotencyKey: \
         \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.replaceAuthenticator",
        "mutation { f: replaceAuthenticator(input: { currentPassword: \"x\", code: \"1\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    ("Query.webhooks", "{ f: webhooks(first: 1) { nodes { id } } }", [No, No, No, Yes]),
    ("Query.webhookDeliveries", "{ f: webhookDeliveries(first: 1) { nodes { id } } }", [No, No, No, Yes]),
    ("Query.eventKeys", "{ f: eventKeys { id } }", [No, No, No, Yes]),
    // That a webhook, a delivery or a key that is there is changed by admins alone is tried in `journeys/webhooks_by_staff.rs`.
    (
        "Mutation.addWebhook",
        "mutation { f: addWebhook(input: { url: \"https://shop.example/hooks\" }) { userErrors { code } } }",
        [No, No, No, Yes],
    ),
    (
        "Mutation.changeWebhook",
        "mutation { f: changeWebhook(input: { webhookId: \"wh_00000000000000000000000000000000\", eventTypes: [], expectedVersion: \"0\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.rotateWebhookKey",
        "mutation { f: rotateWebhookKey(input: { webhookId: \"wh_00000000000000000000000000000000\", expectedVersion: \"0\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.disableWebhook",
        "mutation { f: disableWebhook(input: { webhookId: \"wh_00000000000000000000000000000000\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.redeliver",
        "mutation { f: redeliver(input: { deliveryId: \"de_00000000000000000000000000000000\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    ("Mutation.issueEventKey", "mutation { f: issueEventKey { userErrors { code } } }", [No, No, No, Yes]),
    (
        "Mutation.revokeEventKey",
        "mutation { f: revokeEventKey(input: { eventKeyId: \"ek_00000000000000000000000000000000\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
];

/// As the table beside.
pub(super) const TYPES: &[(&str, &str)] = &[
    ("AdjustPointsUserError", "caller"),
    ("AdjustPointsPayload", "caller"),
    ("AdjustmentReversal", "staff"),
    ("AppointLeaderUserError", "caller"),
    ("AppointLeaderPayload", "caller"),
    ("ChangeCommunityUserError", "caller"),
    ("ChangeCommunityPayload", "caller"),
    ("Community", "staff"),
    ("CommunityConnection", "staff"),
    ("CommunityEdge", "staff"),
    ("EndLeaderUserError", "caller"),
    ("EndLeaderPayload", "caller"),
    ("AdvanceStudyUserError", "caller"),
    ("AdvanceStudyPayload", "caller"),
    ("StudyAdvance", "staff"),
    ("Approval", "staff"),
    ("ApprovalConnection", "staff"),
    ("ApprovalEdge", "staff"),
    ("AuditLine", "staff"),
    ("AuditLineConnection", "staff"),
    ("AuditLineEdge", "staff"),
    ("ChangeStaffAccessUserError", "caller"),
    ("ChangeStaffAccessPayload", "caller"),
    ("ReplaceAuthenticatorUserError", "caller"),
    ("ReplaceAuthenticatorPayload", "caller"),
    ("StaffAccessChange", "staff"),
    ("ChangeStaffPasswordUserError", "caller"),
    ("ChangeStaffPasswordPayload", "caller"),
    ("ChangeStaffRolesUserError", "caller"),
    ("ChangeStaffRolesPayload", "caller"),
    ("DeathHousehold", "staff"),
    ("DeathPreview", "staff"),
    ("DeathRecord", "staff"),
    ("DecideApprovalUserError", "caller"),
    ("DecideApprovalPayload", "caller"),
    ("FindPersonsByContactUserError", "caller"),
    ("FindPersonsByContactPayload", "staff: support"),
    ("FoundPerson", "staff: support"),
    ("HouseholdAccount", "staff"),
    ("PointsAdjustment", "staff"),
    ("ReadHealthTagsUserError", "caller"),
    ("ReadHealthTagsPayload", "staff: support"),
    ("RecordDeathUserError", "caller"),
    ("RecordDeathPayload", "caller"),
    ("ReverseAdjustmentUserError", "caller"),
    ("ReverseAdjustmentPayload", "caller"),
    ("StaffMemberConnection", "staff"),
    ("StaffMemberEdge", "staff"),
    ("StaffRolesChange", "staff"),
    ("AddWebhookUserError", "caller"),
    ("AddWebhookPayload", "caller"),
    ("ChangeWebhookUserError", "caller"),
    ("ChangeWebhookPayload", "caller"),
    ("DisableWebhookUserError", "caller"),
    ("DisableWebhookPayload", "caller"),
    ("EventKey", "staff"),
    ("IssueEventKeyUserError", "caller"),
    ("IssueEventKeyPayload", "caller"),
    ("RedeliverUserError", "caller"),
    ("RedeliverPayload", "caller"),
    ("RevokeEventKeyUserError", "caller"),
    ("RevokeEventKeyPayload", "caller"),
    ("RotateWebhookKeyUserError", "caller"),
    ("RotateWebhookKeyPayload", "caller"),
    ("Webhook", "staff"),
    ("WebhookAttempt", "staff"),
    ("WebhookConnection", "staff"),
    ("WebhookDelivery", "staff"),
    ("WebhookDeliveryConnection", "staff"),
    ("WebhookDeliveryEdge", "staff"),
    ("WebhookEdge", "staff"),
];
