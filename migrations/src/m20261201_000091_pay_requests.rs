//! Why: a senior asks a relative to pay: what was asked of whom, each try to pay, and where every fen went that came in, so that an
//! order is paid once and all other money goes back to whoever paid it.

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
        dialect::execute(manager, STATEMENTS).await?;
        for table in ["payment_attempts", "payments", "paid_requests"] {
            dialect::make_append_only(manager, table).await?;
        }
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    // None: as many as are asked for, and until the operator's own cut-off.
    "ALTER TABLE offers ADD COLUMN stock_thousandths $INT CHECK (stock_thousandths >= 0)",
    "ALTER TABLE offers ADD COLUMN cut_off_minute $INT CHECK (cut_off_minute >= 0 AND cut_off_minute < 1440)",
    "CREATE TABLE mandates ( \
         id $UUID PRIMARY KEY NOT NULL, \
         payer_id $UUID NOT NULL REFERENCES persons (id), \
         senior_id $UUID NOT NULL REFERENCES persons (id), \
         per_order_minor $INT NOT NULL CHECK (per_order_minor > 0), \
         per_month_minor $INT NOT NULL CHECK (per_month_minor >= per_order_minor), \
         given_at $INT NOT NULL, \
         revoked_at $INT, \
         revoked_by_id $UUID REFERENCES persons (id), \
         CHECK (payer_id <> senior_id), \
         CHECK ((revoked_at IS NULL) = (revoked_by_id IS NULL)) \
     ) $TABLE",
    "CREATE UNIQUE INDEX standing_mandates ON mandates (senior_id, payer_id) WHERE revoked_at IS NULL",
    "CREATE INDEX mandates_of_payers ON mandates (payer_id)",
    "CREATE TABLE mandate_months ( \
         mandate_id $UUID NOT NULL REFERENCES mandates (id), \
         month TEXT NOT NULL, \
         used_minor $INT NOT NULL CHECK (used_minor >= 0), \
         PRIMARY KEY (mandate_id, month) \
     ) $TABLE",
    // `mandate_id`: of which it uses some of the month; taken away again when it is not paid by it after all.
    "CREATE TABLE pay_requests ( \
         household_id $UUID NOT NULL REFERENCES households (household_id), \
         id $UUID NOT NULL, \
         asked_by_id $UUID NOT NULL REFERENCES persons (id), \
         amount_minor $INT NOT NULL CHECK (amount_minor > 0), \
         lines TEXT NOT NULL, \
         pick_up TEXT, \
         state TEXT NOT NULL CHECK (state IN ('draft', 'asked', 'claimed', 'paid', 'declined', 'expired', 'cancelled', \
             'pay_at_pick_up', 'refunded_partly', 'refunded')), \
         version $INT NOT NULL CHECK (version >= 1), \
         declined_count $INT NOT NULL CHECK (declined_count >= 0), \
         claimed_by_id $UUID REFERENCES persons (id), \
         claimed_until $INT, \
         cut_off_at $INT NOT NULL, \
         asked_at $INT, \
         deadline_at $INT, \
         reminded_at $INT, \
         refunded_minor $INT NOT NULL CHECK (refunded_minor >= 0 AND refunded_minor <= amount_minor), \
         is_reserved $BOOL NOT NULL, \
         mandate_id $UUID REFERENCES mandates (id), \
         mandate_month TEXT, \
         changed_at $INT NOT NULL, \
         PRIMARY KEY (household_id, id), \
         CHECK ((mandate_id IS NULL) = (mandate_month IS NULL)), \
         CHECK ((claimed_by_id IS NULL) = (claimed_until IS NULL)), \
         CHECK ((state = 'claimed') = (claimed_by_id IS NOT NULL)) \
     ) $TABLE",
    "CREATE INDEX pay_requests_by_id ON pay_requests (id)",
    "CREATE INDEX pay_requests_of_seniors ON pay_requests (asked_by_id, id)",
    "CREATE INDEX waiting_pay_requests ON pay_requests (deadline_at) WHERE state IN ('asked', 'claimed')",
    // In the order they are asked. The secret of a payer's link is kept as a hash only; it finds the request before anything else is
    // known, over all households.
    "CREATE TABLE pay_request_payers ( \
         household_id $UUID NOT NULL, \
         request_id $UUID NOT NULL, \
         place $INT NOT NULL CHECK (place >= 1), \
         payer_id $UUID NOT NULL REFERENCES persons (id), \
         token_hash $BYTES NOT NULL, \
         reason TEXT CHECK (reason IN ('busy', 'not_needed', 'talk_first', 'somebody_else')), \
         declined_at $INT, \
         PRIMARY KEY (household_id, request_id, place), \
         UNIQUE (household_id, request_id, payer_id), \
         FOREIGN KEY (household_id, request_id) REFERENCES pay_requests (household_id, id), \
         CHECK ((reason IS NULL) = (declined_at IS NULL)) \
     ) $TABLE",
    "CREATE INDEX pay_request_payers_by_token ON pay_request_payers (token_hash)",
    "CREATE INDEX pay_requests_of_payers ON pay_request_payers (payer_id, request_id)",
    "CREATE TABLE payment_attempts ( \
         household_id $UUID NOT NULL, \
         id $UUID NOT NULL, \
         request_id $UUID NOT NULL, \
         payer_id $UUID NOT NULL REFERENCES persons (id), \
         amount_minor $INT NOT NULL CHECK (amount_minor > 0), \
         provider TEXT NOT NULL, \
         mandate_id $UUID REFERENCES mandates (id), \
         mandate_month TEXT, \
         begun_at $INT NOT NULL, \
         PRIMARY KEY (household_id, id), \
         FOREIGN KEY (household_id, request_id) REFERENCES pay_requests (household_id, id), \
         CHECK ((mandate_id IS NULL) = (mandate_month IS NULL)) \
     ) $TABLE",
    "CREATE INDEX payment_attempts_by_id ON payment_attempts (id)",
    "CREATE INDEX payment_attempts_of_requests ON payment_attempts (household_id, request_id, id)",
    "CREATE INDEX payment_attempts_by_time ON payment_attempts (begun_at)",
    // Whatever a provider says it took, also what nobody here knows: so of no household alone.
    "CREATE TABLE payments ( \
         provider TEXT NOT NULL, \
         provider_ref TEXT NOT NULL, \
         household_id $UUID, \
         attempt_id $UUID, \
         request_id $UUID, \
         payer_id $UUID, \
         amount_minor $INT NOT NULL CHECK (amount_minor > 0), \
         paid_at $INT NOT NULL, \
         noted_at $INT NOT NULL, \
         outcome TEXT NOT NULL CHECK (outcome IN ('pays', 'already_paid', 'ended', 'too_late', 'wrong_amount', 'unknown_attempt')), \
         PRIMARY KEY (provider, provider_ref), \
         CHECK ((attempt_id IS NULL) = (household_id IS NULL)), \
         CHECK ((attempt_id IS NULL) = (request_id IS NULL)), \
         CHECK ((attempt_id IS NULL) = (payer_id IS NULL)), \
         CHECK (outcome <> 'pays' OR attempt_id IS NOT NULL) \
     ) $TABLE",
    "CREATE INDEX payments_of_attempts ON payments (attempt_id)",
    "CREATE INDEX payments_of_requests ON payments (request_id)",
    "CREATE INDEX payments_by_time ON payments (noted_at)",
    // The first success wins: whoever comes second meets this key, looks again, and finds it paid.
    "CREATE TABLE paid_requests ( \
         household_id $UUID NOT NULL, \
         request_id $UUID NOT NULL, \
         attempt_id $UUID NOT NULL, \
         provider TEXT NOT NULL, \
         provider_ref TEXT NOT NULL, \
         paid_at $INT NOT NULL, \
         PRIMARY KEY (household_id, request_id), \
         FOREIGN KEY (household_id, request_id) REFERENCES pay_requests (household_id, id), \
         FOREIGN KEY (household_id, attempt_id) REFERENCES payment_attempts (household_id, id), \
         FOREIGN KEY (provider, provider_ref) REFERENCES payments (provider, provider_ref) \
     ) $TABLE",
    // `id` is the number the provider knows it by, the same each time it is sent. `reference` says what it is for: `surplus`, or the
    // operator's number of the refund of an order.
    "CREATE TABLE payment_refunds ( \
         id $UUID PRIMARY KEY NOT NULL, \
         provider TEXT NOT NULL, \
         provider_ref TEXT NOT NULL, \
         reference TEXT NOT NULL, \
         household_id $UUID, \
         request_id $UUID, \
         payer_id $UUID, \
         amount_minor $INT NOT NULL CHECK (amount_minor > 0), \
         state TEXT NOT NULL CHECK (state IN ('to_send', 'sent', 'succeeded', 'failed')), \
         created_at $INT NOT NULL, \
         sent_at $INT, \
         ended_at $INT, \
         UNIQUE (provider, provider_ref, reference), \
         FOREIGN KEY (provider, provider_ref) REFERENCES payments (provider, provider_ref) \
     ) $TABLE",
    "CREATE INDEX payment_refunds_of_requests ON payment_refunds (request_id)",
    "CREATE INDEX open_payment_refunds ON payment_refunds (created_at) WHERE state IN ('to_send', 'sent')",
    // In which order a senior wants relatives asked, and which payer has confirmed by name who they are.
    "CREATE TABLE payers ( \
         senior_id $UUID NOT NULL REFERENCES persons (id), \
         payer_id $UUID NOT NULL REFERENCES persons (id), \
         place $INT CHECK (place >= 1), \
         confirmed_at $INT, \
         PRIMARY KEY (senior_id, payer_id) \
     ) $TABLE",
    // What the sandbox keeps in a provider's stead: who tries a deployment plays the bank.
    "CREATE TABLE sandbox_payments ( \
         attempt_id $UUID PRIMARY KEY NOT NULL, \
         provider_ref TEXT NOT NULL UNIQUE, \
         amount_minor $INT NOT NULL CHECK (amount_minor > 0), \
         outcome TEXT NOT NULL CHECK (outcome IN ('succeed', 'fail', 'late', 'twice', 'never')), \
         paid_at $INT, \
         chosen_at $INT NOT NULL, \
         refunded_minor $INT NOT NULL CHECK (refunded_minor >= 0 AND refunded_minor <= amount_minor), \
         CHECK ((outcome = 'fail') = (paid_at IS NULL)) \
     ) $TABLE",
    "CREATE TABLE sandbox_refunds ( \
         id $UUID PRIMARY KEY NOT NULL, \
         attempt_id $UUID NOT NULL REFERENCES sandbox_payments (attempt_id), \
         amount_minor $INT NOT NULL CHECK (amount_minor > 0), \
         refunded_at $INT NOT NULL \
     ) $TABLE",
];
