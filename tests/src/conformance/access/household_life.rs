//! The rows of a household's life: invitations, kin, spend rights, leaving and handing over.

use super::Meets::{self, No, Nothing, Yes};

/// As the table beside; `$I` stands for an invitation of the household.
pub(super) const FIELDS: &[(&str, &str, [Meets; 4])] = &[
    ("Query.invitation", "{ f: invitation(token: \"0\") { kind } }", [Nothing, Nothing, Nothing, Nothing]),
    (
        "Query.previewMerge",
        "{ f: previewMerge(token: \"0123-4567-89ab-cdef-0123-4567-89ab-cdef\") { version } }",
        [No, Nothing, Nothing, No],
    ),
    ("Query.previewSplit", "{ f: previewSplit { version } }", [No, Nothing, Nothing, No]),
    ("Query.previewLeave", "{ f: previewLeave { obstacle } }", [No, Yes, Yes, No]),
    ("Query.previewOwnership", "{ f: previewOwnership { version } }", [No, Nothing, Nothing, No]),
    (
        "Mutation.inviteMember",
        "mutation { f: inviteMember(input: { address: \"x@y.cn\", name: \"x\", role: ADULT }) { userErrors { code } } }",
        [No, Yes, Yes, No],
    ),
    (
        "Mutation.inviteKin",
        "mutation { f: inviteKin(input: { address: \"z@y.cn\", name: \"z\", invites: SENIOR, relation: SON }) { userErrors { code } } }",
        [No, Yes, Yes, No],
    ),
    (
        "Mutation.inviteHousehold",
        "mutation { f: inviteHousehold(input: { address: \"h@y.cn\", name: \"h\" }) { userErrors { code } } }",
        [No, Yes, Yes, No],
    ),
    // Both are of two owners: tried where the rule is.
    (
        "Mutation.mergeHouseholds",
        "mutation { f: mergeHouseholds(input: { token: \"0123-4567-89ab-cdef-0123-4567-89ab-cdef\", version: \"0\", \
         idempotencyKey: \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.undoMerge",
        "mutation { f: undoMerge(input: { householdId: \"$H\", idempotencyKey: \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.offerSplit",
        "mutation { f: offerSplit(input: { ownerId: \"$P\", memberIds: [] }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.splitHousehold",
        "mutation { f: splitHousehold(input: { version: \"0\", idempotencyKey: \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.undoSplit",
        "mutation { f: undoSplit(input: { householdId: \"$H\", idempotencyKey: \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.acceptInvitation",
        "mutation { f: acceptInvitation(input: { token: \"0123-4567-89ab-cdef-0123-4567-89ab-cdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.declineInvitation",
        "mutation { f: declineInvitation(input: { token: \"0123-4567-89ab-cdef-0123-4567-89ab-cdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.withdrawInvitation",
        "mutation { f: withdrawInvitation(input: { invitationId: \"$I\" }) { userErrors { code } } }",
        [No, Yes, No, No],
    ),
    (
        "Mutation.endKinLink",
        "mutation { f: endKinLink(input: { personId: \"$P\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    // An owner owns already; that another may be offered is tried where the rule is.
    (
        "Mutation.offerOwnership",
        "mutation { f: offerOwnership(input: { personId: \"$P\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.acceptOwnership",
        "mutation { f: acceptOwnership(input: { version: \"0\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.leaveHousehold",
        "mutation { f: leaveHousehold(input: { version: \"0\", idempotencyKey: \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    ("Query.previewRemoval", "{ f: previewRemoval(personId: \"$P\") { obstacle } }", [No, Yes, Nothing, No]),
    // Nobody removes themselves; that an owner removes another is tried where the rule is.
    (
        "Mutation.removeMember",
        "mutation { f: removeMember(input: { personId: \"$P\", version: \"0\", idempotencyKey: \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.setSpendRight",
        "mutation { f: setSpendRight(input: { personId: \"$P\", kind: UNLIMITED }) { userErrors { code } } }",
        [No, Yes, No, No],
    ),
];

/// As the table beside.
pub(super) const TYPES: &[(&str, &str)] = &[
    ("AcceptInvitationUserError", "caller"),
    ("AcceptInvitationPayload", "caller"),
    ("AcceptOwnershipUserError", "caller"),
    ("AcceptOwnershipPayload", "caller"),
    ("Contribution", "household"),
    ("DeclineInvitationUserError", "caller"),
    ("DeclineInvitationPayload", "caller"),
    ("EndKinLinkUserError", "caller"),
    ("EndKinLinkPayload", "caller"),
    ("Invitation", "household"),
    ("InvitationSeen", "whoever has the link"),
    ("InviteHouseholdUserError", "caller"),
    ("InviteHouseholdPayload", "caller"),
    ("InviteKinUserError", "caller"),
    ("InviteKinPayload", "caller"),
    ("InviteMemberUserError", "caller"),
    ("InviteMemberPayload", "caller"),
    ("KinLink", "caller"),
    ("LeaveHouseholdUserError", "caller"),
    ("LeaveHouseholdPayload", "caller"),
    ("LeavePreview", "caller"),
    ("MergeHouseholdsUserError", "caller"),
    ("MergeHouseholdsPayload", "caller"),
    ("MergePreview", "caller"),
    ("MovingPoints", "caller"),
    ("OfferOwnershipUserError", "caller"),
    ("OfferOwnershipPayload", "caller"),
    ("OfferSplitUserError", "caller"),
    ("OfferSplitPayload", "caller"),
    ("OwnershipPreview", "caller"),
    ("RemoveMemberUserError", "caller"),
    ("RemoveMemberPayload", "caller"),
    ("SetSpendRightUserError", "caller"),
    ("SetSpendRightPayload", "caller"),
    ("SpendRight", "household"),
    ("SplitHouseholdUserError", "caller"),
    ("SplitHouseholdPayload", "caller"),
    ("SplitPreview", "caller"),
    ("UndoMergeUserError", "caller"),
    ("UndoMergePayload", "caller"),
    ("UndoSplitUserError", "caller"),
    ("UndoSplitPayload", "caller"),
    ("WithdrawInvitationUserError", "caller"),
    ("WithdrawInvitationPayload", "caller"),
];
