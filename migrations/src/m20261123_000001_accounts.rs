//! Why: points belong to households, and people reach them through memberships and sessions.

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
    "CREATE TABLE communities ( \
         id $UUID PRIMARY KEY NOT NULL, \
         name TEXT NOT NULL UNIQUE, \
         created_at $INT NOT NULL \
     ) $TABLE",
    "CREATE TABLE households ( \
         household_id $UUID PRIMARY KEY NOT NULL, \
         external_ref TEXT NOT NULL, \
         name TEXT NOT NULL, \
         community_id $UUID REFERENCES communities (id), \
         created_at $INT NOT NULL \
     ) $TABLE",
    "CREATE TABLE household_refs ( \
         external_ref TEXT PRIMARY KEY NOT NULL, \
         household_id $UUID NOT NULL \
     ) $TABLE",
    "CREATE TABLE persons ( \
         id $UUID PRIMARY KEY NOT NULL, \
         external_ref TEXT NOT NULL UNIQUE, \
         name TEXT NOT NULL, \
         born_on $DATE, \
         email TEXT UNIQUE, \
         active_household_id $UUID, \
         created_at $INT NOT NULL \
     ) $TABLE",
    "CREATE TABLE memberships ( \
         household_id $UUID NOT NULL REFERENCES households (household_id), \
         person_id $UUID NOT NULL REFERENCES persons (id), \
         role TEXT NOT NULL CHECK (role IN ('owner', 'adult', 'senior', 'child')), \
         joined_at $INT NOT NULL, \
         left_at $INT, \
         PRIMARY KEY (household_id, person_id) \
     ) $TABLE",
    "CREATE INDEX memberships_by_person ON memberships (person_id)",
    "CREATE UNIQUE INDEX one_owner_per_household ON memberships (household_id) WHERE role = 'owner' AND left_at IS NULL",
    "CREATE TABLE leaders ( \
         community_id $UUID NOT NULL REFERENCES communities (id), \
         person_id $UUID NOT NULL REFERENCES persons (id), \
         leads_since $INT NOT NULL, \
         PRIMARY KEY (community_id, person_id) \
     ) $TABLE",
    "CREATE TABLE kin_links ( \
         senior_person_id $UUID NOT NULL REFERENCES persons (id), \
         relative_person_id $UUID NOT NULL REFERENCES persons (id), \
         relation TEXT NOT NULL, \
         created_at $INT NOT NULL, \
         PRIMARY KEY (senior_person_id, relative_person_id), \
         CHECK (senior_person_id <> relative_person_id) \
     ) $TABLE",
    "CREATE TABLE sign_in_addresses ( \
         address_hash $BYTES PRIMARY KEY NOT NULL, \
         first_seen_at $INT NOT NULL \
     ) $TABLE",
    "CREATE TABLE sign_in_challenges ( \
         id $UUID PRIMARY KEY NOT NULL, \
         address_hash $BYTES NOT NULL REFERENCES sign_in_addresses (address_hash), \
         person_id $UUID REFERENCES persons (id), \
         failed_attempts $INT NOT NULL DEFAULT 0, \
         created_at $INT NOT NULL, \
         expires_at $INT NOT NULL, \
         used_at $INT \
     ) $TABLE",
    "CREATE INDEX sign_in_challenges_by_address ON sign_in_challenges (address_hash, created_at)",
    "CREATE TABLE sessions ( \
         token_hash $BYTES PRIMARY KEY NOT NULL, \
         id $UUID NOT NULL UNIQUE, \
         person_id $UUID NOT NULL REFERENCES persons (id), \
         created_at $INT NOT NULL, \
         expires_at $INT NOT NULL, \
         revoked_at $INT \
     ) $TABLE",
];
