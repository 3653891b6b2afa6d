//! The rows of what the staff do: each refused to whoever is a member. Which role may what is in `access_staff.rs`.

use super::Meets::{self, No, Yes};

/// As the table beside.
pub(super) const FIELDS: &[(&str, &str, [Meets; 4])] = &[
    ("Query.householdAccount", "{ f: householdAccount(householdId: \"$H\") { available } }", [No, No, No, Yes]),
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
];

/// As the table beside.
pub(super) const TYPES: &[(&str, &str)] = &[
    ("AdjustPointsError", "caller"),
    ("AdjustPointsPayload", "caller"),
    ("AdjustmentReversal", "staff"),
    ("Approval", "staff"),
    ("ApprovalConnection", "staff"),
    ("ApprovalEdge", "staff"),
    ("AuditLine", "staff"),
    ("AuditLineConnection", "staff"),
    ("AuditLineEdge", "staff"),
    ("ChangeStaffRolesError", "caller"),
    ("ChangeStaffRolesPayload", "caller"),
    ("DecideApprovalError", "caller"),
    ("DecideApprovalPayload", "caller"),
    ("FindPersonsByContactError", "caller"),
    ("FindPersonsByContactPayload", "staff: support"),
    ("FoundPerson", "staff: support"),
    ("HouseholdAccount", "staff"),
    ("PointsAdjustment", "staff"),
    ("ReadHealthTagsError", "caller"),
    ("ReadHealthTagsPayload", "staff: support"),
    ("ReverseAdjustmentError", "caller"),
    ("ReverseAdjustmentPayload", "caller"),
    ("StaffMemberConnection", "staff"),
    ("StaffMemberEdge", "staff"),
    ("StaffRolesChange", "staff"),
];
