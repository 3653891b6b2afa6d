//! Persons, households, memberships, kin links, communities and their leaders, sign-in challenges, sessions, consents and health tags;
//! the operator's staff with their own sessions.
//!
//! Owns who is who, who belongs where, and what proves it. Knows nothing of points, orders or perks, and never sends
//! mail. Start reading at [`Role`] and [`Challenge`]; what an import of people may change is decided in [`judge_rows`].

mod books;
mod challenge;
mod consent;
mod contacts;
mod data_export;
mod death;
mod departure;
mod erasure;
pub mod events;
mod growth_share;
mod health_keys;
mod health_tag;
mod household;
mod household_merge;
mod household_row;
mod household_split;
mod invitation;
mod keyed_hash;
mod kin_link;
mod leader;
mod ownership_offer;
mod person;
mod policy;
mod role;
mod sealing;
mod session;
mod spend_right;
mod staff;
pub mod store;
mod voting_link;

pub use books::{Books, CommunityBook, HouseholdBook, Judged, PersonBook, RowIds, Standing, judge_rows};
pub use challenge::{
    AddressHash, CODE_LIFE, Challenge, ChallengeRefusal, Code, FLOOD_WINDOW, MAX_CODES_PER_WINDOW, MAX_FAILED_ATTEMPTS,
    TooManyCodes, check_flood,
};
pub use consent::{
    CONSENT_AGE_YEARS, Consent, ConsentChannel, GiveConsentRefusal, Party, Purpose, UnknownWord, check_consent,
    may_withdraw,
};
pub use contacts::{Contact, ContactHash, Contacts, MaskedContacts, masked_name};
pub use data_export::{
    DataExport, EXPORT_LIFE, ExportToken, MAX_DOWNLOADS, MAX_EXPORTS_PER_LIFE, PastMembership, TooManyExports,
};
pub use death::{LifeState, Succession, SuccessionRefusal, heirs, succession};
pub use departure::Departure;
pub use erasure::{
    ERASED_NAME, Erasure, ErasureBasis, ErasurePeriods, ErasureState, NothingToCancel, RequestErasureRefusal,
};
pub use growth_share::{
    CountedTime, GROWTH_COMPARED, GROWTH_KEPT, GrowthShare, GrowthShareOutOfRange, HouseholdMove, LeaderTerm, Stay,
    counted_times, stays,
};
pub use health_keys::{Binding, HealthKeys, InvalidHealthKeys, Sealed};
pub use health_tag::{HealthTag, TagUse};
pub use household::{HouseholdShown, HouseholdView, HouseholdsByRef, MemberView, VotingHousehold};
pub use household_merge::{HouseholdMerge, MERGE_UNDO_LIFE, PartRefusal, role_after_merge};
pub use household_row::{HouseholdField, HouseholdRow, ImportHouseholdRefusal, Imported, Kin, PersonField};
pub use household_split::{HouseholdSplit, OfferSplitRefusal, SplitOffer, check_split_offer};
pub use invitation::{
    AcceptRefusal, Acceptance, Accepting, INVITATION_LIFE, Invitation, InvitationAnswer, InvitationToken,
    InviteRefusal, InvitedAs, MAX_INVITATIONS_PER_DAY, MAX_OPEN_INVITATIONS, REJOIN_AFTER, judge_accept, judge_invite,
};
pub use kin_link::{Relation, UnknownRelation};
pub use leader::{CommunityFigures, CommunityView, LeaderRefusal, LedCommunity, LedHousehold, MIN_CELL, check_leader};
pub use ownership_offer::{KinView, Newcomer, OFFER_LIFE, OwnershipOffer, may_own};
pub use person::{PersonPlace, PersonView};
pub use policy::Policy;
pub use role::{Role, UnknownRole};
pub use sealing::{SEAL_NONCE_BYTES, SealKey, derive_seal_key, open_bytes, seal_bytes};
pub use session::{Session, SessionHolder, SessionToken, TokenHash};
pub use spend_right::{SPENDING_AGE, SpendRight, Spender};
pub use staff::{
    APPROVAL_LIFE, Approval, ApprovalState, Authenticator, DecideRefusal, Decision, MAX_FAILED_STAFF_SIGN_INS,
    MAX_PENDING_APPROVALS, NewStaff, Password, PasswordHash, PasswordRefusal, RECOVERY_CODES, RecoveryCode,
    RecoveryCodeHash, STAFF_LOCK_OUT, SealedSecret, SecondFactor, Staff, StaffName, StaffRole, StaffRoles,
    StaffSession, StaffSessionHolder, StaffSignInRefusal, StaffToken, StaffView, TypedSecondFactor, UnknownStaffRole,
    Verdict,
};
pub use voting_link::{
    MAX_VOTING_LINKS_PER_HOUR, TooManyVotingLinks, VOTING_LIFE, VOTING_LINK_LIFE, VotingLink, VotingToken,
};
