//! Rows in and out. Those of the staff are locked before everybody else, by id. Persons are locked before households, each by id; an
//! address's row is locked before its challenges.

mod approvals;
mod assertions;
mod blocked_persons;
mod books;
mod challenges;
mod communities;
mod consents;
mod contacts;
mod data_exports;
mod deaths;
mod erasures;
mod health_tags;
mod households;
mod households_shown;
mod invitations;
mod leader_terms;
mod leaders;
mod life;
mod merges;
mod persons;
mod privacy_rows;
mod prunables;
mod rows;
mod sessions;
mod spend_rights;
mod splits;
mod staff;
mod staff_rows;
mod staff_sessions;
mod verify;
mod voting_links;

pub use approvals::{
    ApprovalPart, ApprovalPlace, count_all_pending_approvals, count_pending_approvals, find_approval, insert_approval,
    list_approvals, lock_approval, update_approval,
};
pub use assertions::{delete_ended_assertions, insert_used_assertion};
pub use blocked_persons::{
    count_blocked_persons_to_reseal, list_blocked_person_keys_in_use, update_blocked_persons_resealed,
};
pub use books::{insert_books, lock_books};
pub use challenges::{
    find_challenge, insert_challenge, list_recent_challenges, lock_newest_challenge, lock_or_insert_address,
    update_challenge,
};
pub use communities::{find_communities_of, find_community_by_name, find_community_name};
pub use consents::{
    find_parties, insert_consent, list_consents, lock_consent, lock_parties, update_consent_renewed,
    update_consent_withdrawn,
};
pub use contacts::{
    MAX_FOUND_BY_CONTACT, find_contacts, insert_contacts_unindexed, list_persons_by_contact, update_phone,
};
pub use data_exports::{
    count_data_exports, insert_data_export, list_kin, list_past_memberships, list_sessions_of, lock_data_export,
    update_downloaded,
};
pub use deaths::{lock_kin, lock_life, lock_relatives, update_person_died};
pub use erasures::{
    count_other_members, find_erasure, insert_blocked_person, insert_erasure, list_erasures_due, lock_erasure,
    update_blocked_person_erased, update_erasure, update_person_erased, update_sessions_revoked,
};
pub use health_tags::{
    count_health_tags_to_reseal, insert_health_tags, list_covered, list_health_keys_in_use, list_health_tags,
    list_health_tags_of, lock_health_tag_use, lock_health_tags, update_health_tags_removed,
    update_health_tags_resealed,
};
pub use households::{
    find_household, find_household_owner, find_households_by_ref, list_household_readers,
    list_households_that_may_vote, lock_or_insert_households,
};
pub use households_shown::{find_household_number, list_households_by_name, list_households_shown};
pub use invitations::{
    count_invitations_since, find_invitation, find_invitation_by_token, find_invitation_place, find_invited,
    insert_invitation, list_households_with_lapsed_invitations, list_open_invitations, list_unanswered_invitations,
    lock_invitation, update_invitation_answered,
};
pub use leader_terms::{
    insert_leader, list_leader_terms, list_leader_terms_of, list_stays, update_household_community,
};
pub use leaders::{
    CommunityPart, count_communities, count_community, find_community, list_communities, list_community_households,
    list_led_communities, lock_leader, lock_led_communities, update_leader_ended,
};
pub use life::{
    LockedPerson, delete_kin_link, delete_ownership_offer, find_last_left, find_ownership_offer, insert_household,
    insert_kin_link, insert_membership, insert_newcomer, list_kin_views, lock_households, lock_members,
    lock_ownership_offer, lock_person, update_membership_left, update_owner, update_ownership_offer,
};
pub use merges::{
    find_alias, find_members, find_standing_merge, insert_merge, list_absorbed, list_ever_into, list_members_moved,
    list_merged, list_merged_since, lock_persons, lock_standing_merge, update_directory, update_members_moved,
    update_members_returned, update_merge_undone,
};
pub use persons::{
    find_households_of, find_names, find_person, find_person_by_address, find_person_number, find_person_refs,
    list_past_households, lock_membership, lock_memberships, update_locale,
};
pub use prunables::{CHALLENGES, DATA_EXPORTS, SESSIONS, VOTING_LINKS};
pub use sessions::{
    find_open_session, find_session_holder, insert_session, list_open_sessions, lock_open_sessions,
    update_session_revoked, update_tokens_revoked,
};
pub use spend_rights::{lock_spenders, update_spend_right};
pub use splits::{
    delete_split_offer, find_split, insert_split, lock_split, lock_split_offer, update_split_offer, update_split_undone,
};
pub use staff::{
    StaffPart, count_staff, find_staff, find_staff_names, find_staff_password, insert_staff, list_staff,
    lock_open_staff, lock_recovery_code, lock_staff, lock_staff_by_name, update_recovery_code_used, update_staff,
    update_staff_authenticator, update_staff_name, update_staff_password,
};
pub use staff_sessions::{
    find_staff_session_holder, insert_staff_session, update_staff_session_revoked, update_staff_sessions_revoked,
};
pub use verify::list_households_of;
pub use voting_links::{
    count_voting_links, find_voter, insert_voting_link, lock_voting_link, update_voting_link_opened,
};

use kernel::{EmailAddress, Fault, Id, Label, Timestamp, kinds};
use uuid::Uuid;

use crate::Role;

fn instant(millis: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_timestamp_millis(millis).ok_or_else(|| Fault::inconsistent("read an instant of accounts"))
}

fn label(name: &str) -> Result<Label, Fault> {
    name.parse().map_err(|_| Fault::inconsistent("read a name of accounts"))
}

fn role(word: &str) -> Result<Role, Fault> {
    word.parse().map_err(|_| Fault::inconsistent("read the role of a member"))
}

fn address(text: &str) -> Result<EmailAddress, Fault> {
    text.parse().map_err(|_| Fault::inconsistent("read the address of a person"))
}

/// The household and role of an outer join: both or neither.
fn place(household: Option<Uuid>, word: Option<&str>) -> Result<Option<(Id<kinds::Household>, Role)>, Fault> {
    household.zip(word).map(|(household, word)| Ok((Id::from_uuid(household), role(word)?))).transpose()
}

#[cfg(test)]
mod tests;
