//! Why: a provider that is elsewhere has to be asked: what became of an attempt it never told of, where a refund stands, and what its own
//! books say of a day.

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
    // An attempt of which nobody knows what became of it: gone once it was paid, or can be paid no more.
    "CREATE TABLE unsettled_attempts ( \
         household_id $UUID NOT NULL, \
         attempt_id $UUID NOT NULL, \
         request_id $UUID NOT NULL, \
         asked $INT NOT NULL CHECK (asked >= 0), \
         next_ask_at $INT NOT NULL, \
         PRIMARY KEY (household_id, attempt_id), \
         FOREIGN KEY (household_id, attempt_id) REFERENCES payment_attempts (household_id, id) \
     ) $TABLE",
    "CREATE INDEX unsettled_attempts_due ON unsettled_attempts (next_ask_at)",
    "CREATE INDEX unsettled_attempts_of_requests ON unsettled_attempts (household_id, request_id)",
    // When the provider was last asked about a refund that was sent.
    "ALTER TABLE payment_refunds ADD COLUMN asked_at $INT",
    "CREATE INDEX payment_refunds_by_time ON payment_refunds (sent_at)",
    "CREATE INDEX payments_by_provider_time ON payments (provider, paid_at)",
    // What one was asked to pay and waits for is read for one's own data, and people leave: none of these was found without reading all.
    "CREATE INDEX payment_attempts_of_payers ON payment_attempts (payer_id, id)",
    "CREATE INDEX waiting_places_of_persons ON waiting_places (person_id, id)",
    "CREATE INDEX sign_in_challenges_of_persons ON sign_in_challenges (person_id)",
    // A provider's books of a day, held against ours. `differences`: JSON; [] on a good day.
    "CREATE TABLE reconciled_days ( \
         provider TEXT NOT NULL, \
         day $DATE NOT NULL, \
         payments_count $INT NOT NULL CHECK (payments_count >= 0), \
         refunds_count $INT NOT NULL CHECK (refunds_count >= 0), \
         differences TEXT NOT NULL, \
         reconciled_at $INT NOT NULL, \
         PRIMARY KEY (provider, day) \
     ) $TABLE",
];
