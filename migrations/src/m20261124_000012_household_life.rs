//! Why: a household lives: it invites people and kin, entrusts points to its members, is left and handed over.

use sea_orm_migration::prelude::{DbErr, DeriveMigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::dialect;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::execute(manager, STATEMENTS).await
    }
}

const STATEMENTS: &[&str] = &[
    // A right lies in the row that a redemption locks anyway: looking at it costs no statement. None: what the role allows.
    "ALTER TABLE memberships ADD COLUMN spend_right TEXT CHECK (spend_right IN ('unlimited', 'weekly', 'none'))",
    "ALTER TABLE memberships ADD COLUMN weekly_points $INT \
         CHECK ((weekly_points IS NOT NULL AND weekly_points > 0) = (spend_right IS NOT NULL AND spend_right = 'weekly'))",
    // Kept by the household that invites; the address is forgotten with the answer. One open invitation for an address and a kind.
    "CREATE TABLE invitations ( \
         household_id $UUID NOT NULL REFERENCES households (household_id), \
         id $UUID NOT NULL, \
         kind TEXT NOT NULL CHECK (kind IN ('member', 'kin')), \
         role TEXT CHECK (role IN ('adult', 'senior', 'child')), \
         relation TEXT, \
         invites_senior $BOOL, \
         name TEXT NOT NULL, \
         email TEXT, \
         address_hash $BYTES NOT NULL, \
         locale TEXT NOT NULL, \
         invited_by $UUID NOT NULL REFERENCES persons (id), \
         created_at $INT NOT NULL, \
         expires_at $INT NOT NULL, \
         answer TEXT CHECK (answer IN ('accepted', 'declined', 'withdrawn', 'lapsed')), \
         answered_at $INT, \
         answered_by $UUID REFERENCES persons (id), \
         PRIMARY KEY (household_id, id), \
         CHECK ((kind = 'member') = (role IS NOT NULL)), \
         CHECK ((kind = 'kin') = (relation IS NOT NULL AND invites_senior IS NOT NULL)), \
         CHECK ((answer IS NULL) = (answered_at IS NULL)) \
     ) $TABLE",
    "CREATE UNIQUE INDEX one_open_invitation ON invitations (household_id, invited_by, kind, address_hash) WHERE answer IS NULL",
    "CREATE INDEX open_invitations ON invitations (expires_at) WHERE answer IS NULL",
    // A directory, as household_refs is: a link or an address leads to a household before it is known which.
    "CREATE TABLE invitation_links ( \
         token_hash $BYTES PRIMARY KEY NOT NULL, \
         address_hash $BYTES NOT NULL, \
         household_id $UUID NOT NULL, \
         invitation_id $UUID NOT NULL \
     ) $TABLE",
    "CREATE INDEX invitation_links_by_address ON invitation_links (address_hash)",
    // Ownership is offered by the owner and accepted by another; at most one offer stands.
    "CREATE TABLE ownership_offers ( \
         household_id $UUID PRIMARY KEY NOT NULL REFERENCES households (household_id), \
         offered_by $UUID NOT NULL, \
         offered_to $UUID NOT NULL, \
         offered_at $INT NOT NULL, \
         expires_at $INT NOT NULL, \
         FOREIGN KEY (household_id, offered_by) REFERENCES memberships (household_id, person_id), \
         FOREIGN KEY (household_id, offered_to) REFERENCES memberships (household_id, person_id) \
     ) $TABLE",
];
