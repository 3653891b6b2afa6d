use db::{Tx, insert_rows};
use kernel::{Actor, Currency, Fault, Id, Label, Money, Timestamp};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::wallets::{chain_hash, points};
use crate::{Account, Cause, EarnSnapshot, LinePoints, Posting, PostingKind, Transfer};

/// Writes postings and their transfers. The lots they name must be written before them.
///
/// # Errors
/// A [`Fault`] of the database; contention when a posting of the same kind and reference got there first.
pub async fn insert_postings(tx: &mut Tx, all: &[Posting]) -> Result<(), Fault> {
    insert_rows::<posting_rows::Entity, _>(tx, all.iter().map(posting_row).collect(), "insert postings").await?;
    let transfer_rows = all.iter().flat_map(|posting| {
        (1..).zip(&posting.transfers).map(move |(seq, transfer)| transfer_rows::ActiveModel {
            household_id: Set(posting.household.uuid()),
            posting_id: Set(posting.cause.id.uuid()),
            seq: Set(seq),
            from_account: Set(transfer.from.code().to_owned()),
            from_lot_id: Set(transfer.from.lot().map(Id::uuid)),
            to_account: Set(transfer.to.code().to_owned()),
            to_lot_id: Set(transfer.to.lot().map(Id::uuid)),
            points: Set(transfer.points.get()),
        })
    });
    insert_rows::<transfer_rows::Entity, _>(tx, transfer_rows.collect(), "insert transfers").await
}

fn posting_row(posting: &Posting) -> posting_rows::ActiveModel {
    let lines = posting.lines();
    posting_rows::ActiveModel {
        household_id: Set(posting.household.uuid()),
        id: Set(posting.cause.id.uuid()),
        no: Set(posting.no),
        kind: Set(posting.kind.code().to_owned()),
        reference: Set(posting.cause.reference.clone()),
        actor_kind: Set(posting.cause.actor.kind().to_owned()),
        actor_person_id: Set(posting.cause.actor.person().map(Id::uuid)),
        actor_staff_id: Set(posting.cause.actor.staff().map(Id::uuid)),
        posted_at: Set(posting.cause.posted_at.timestamp_millis()),
        business_date: Set(posting.cause.business_date),
        points: Set(posting.points.get()),
        balance_after: Set(posting.balance_after.get()),
        owed_after: Set(posting.owed_after.get()),
        corrects_id: Set(posting.corrects.map(Id::uuid)),
        counterpart_id: Set(posting.counterpart.map(Id::uuid)),
        reason: Set(posting.reason.as_ref().map(Label::to_string)),
        rule_id: Set(posting.earn.as_ref().map(|earn| earn.rule.uuid())),
        rule_version: Set(posting.earn.as_ref().map(|earn| i64::from(earn.rule_version))),
        basis_minor: Set(posting.earn.as_ref().map(|earn| earn.basis.minor())),
        lines: Set((!lines.is_empty()).then(|| stored_lines(lines))),
        hash: Set(posting.hash.map(|hash| hash.bytes().to_vec())),
    }
}

/// A posting with its transfers, as the rows say it.
pub(super) fn posting(row: &posting_rows::Model, moves: &[&transfer_rows::Model]) -> Result<Posting, Fault> {
    let impossible = || Fault::inconsistent("read a posting: a column is out of range");
    let kind = PostingKind::from_code(&row.kind).ok_or_else(impossible)?;
    let earn = snapshot(row)?;
    let clawed_lines = if earn.is_some() { Vec::new() } else { lines(row)? };
    let cause = Cause {
        id: Id::from_uuid(row.id),
        reference: row.reference.clone(),
        actor: Actor::from_stored(&row.actor_kind, row.actor_person_id, row.actor_staff_id).ok_or_else(impossible)?,
        posted_at: Timestamp::from_timestamp_millis(row.posted_at).ok_or_else(impossible)?,
        business_date: row.business_date,
    };
    Ok(Posting {
        household: Id::from_uuid(row.household_id),
        kind,
        no: row.no,
        cause,
        points: points(row.points)?,
        balance_after: points(row.balance_after)?,
        owed_after: points(row.owed_after)?,
        corrects: row.corrects_id.map(Id::from_uuid),
        counterpart: row.counterpart_id.map(Id::from_uuid),
        reason: row.reason.as_deref().map(str::parse).transpose().map_err(|_| impossible())?,
        earn,
        clawed_lines,
        transfers: moves.iter().map(|row| transfer(row)).collect::<Result<_, Fault>>()?,
        hash: chain_hash(row.hash.as_deref())?,
    })
}

pub(super) fn snapshot(row: &posting_rows::Model) -> Result<Option<EarnSnapshot>, Fault> {
    let (Some(rule), Some(version), Some(basis)) = (row.rule_id, row.rule_version, row.basis_minor) else {
        return Ok(None);
    };
    let impossible = || Fault::inconsistent("read an earn's snapshot: a column is out of range");
    Ok(Some(EarnSnapshot {
        rule: Id::from_uuid(rule),
        rule_version: u32::try_from(version).map_err(|_| impossible())?,
        basis: Money::from_minor(basis, Currency::Cny).ok_or_else(impossible)?,
        lines: lines(row)?,
    }))
}

/// How lines are kept in their column: `[[1,12],[2,3]]`, line and points. Read whole or not at all.
#[derive(Serialize, Deserialize)]
struct StoredLine(u32, i64);

fn stored_lines(lines: &[LinePoints]) -> String {
    let stored: Vec<StoredLine> = lines.iter().map(|line| StoredLine(line.line_no, line.points.get())).collect();
    serde_json::to_string(&stored).expect("pairs of numbers always serialise")
}

pub(super) fn lines(row: &posting_rows::Model) -> Result<Vec<LinePoints>, Fault> {
    let Some(text) = &row.lines else { return Ok(Vec::new()) };
    let stored: Vec<StoredLine> = serde_json::from_str(text)
        .map_err(|error| Fault::because(kernel::FaultKind::Broken, "read the lines of a posting", error))?;
    stored.into_iter().map(|StoredLine(line_no, stored)| Ok(LinePoints { line_no, points: points(stored)? })).collect()
}

pub(super) fn transfer(row: &transfer_rows::Model) -> Result<Transfer, Fault> {
    let account = |code: &str, lot: Option<Uuid>| {
        Account::from_code(code, lot.map(Id::from_uuid))
            .ok_or_else(|| Fault::inconsistent("read a transfer: no such account"))
    };
    Ok(Transfer {
        from: account(&row.from_account, row.from_lot_id)?,
        to: account(&row.to_account, row.to_lot_id)?,
        points: points(row.points)?,
    })
}

pub(super) mod posting_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    // The table is keyed by household and number; by household and id, unique too, an entity finds one.
    #[sea_orm(table_name = "postings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub no: i64,
        pub kind: String,
        pub reference: String,
        pub actor_kind: String,
        pub actor_person_id: Option<Uuid>,
        pub actor_staff_id: Option<Uuid>,
        pub posted_at: i64,
        pub business_date: chrono::NaiveDate,
        pub points: i64,
        pub balance_after: i64,
        pub owed_after: i64,
        pub corrects_id: Option<Uuid>,
        pub counterpart_id: Option<Uuid>,
        pub reason: Option<String>,
        pub rule_id: Option<Uuid>,
        pub rule_version: Option<i64>,
        pub basis_minor: Option<i64>,
        pub lines: Option<String>,
        pub hash: Option<Vec<u8>>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod transfer_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "transfers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub posting_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub seq: i64,
        pub from_account: String,
        pub from_lot_id: Option<Uuid>,
        pub to_account: String,
        pub to_lot_id: Option<Uuid>,
        pub points: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
