use std::collections::BTreeMap;

use db::{Doing, Tx, insert_rows};
use kernel::{Actor, Currency, Fault, Id, Money, Points, Timestamp, kinds};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::wallets::{lot_rows, points};
use crate::{Account, Cause, EarnRecord, EarnSnapshot, LinePoints, Posting, PostingKind, Transfer};

/// Writes postings and their transfers. The lots they name must be written before them.
///
/// # Errors
/// A [`Fault`] of the database; contention when a posting of the same kind and reference got there first.
pub async fn insert_postings(tx: &mut Tx, all: &[Posting]) -> Result<(), Fault> {
    insert_rows::<posting_rows::Entity, _>(tx, all.iter().map(posting_row).collect(), "insert postings").await?;
    let transfer_rows = all.iter().flat_map(|posting| {
        (1..).zip(&posting.transfers).map(move |(seq, transfer)| {
            let (from_account, from_lot_id) = stored_account(transfer.from);
            let (to_account, to_lot_id) = stored_account(transfer.to);
            transfer_rows::ActiveModel {
                household_id: Set(posting.household.uuid()),
                posting_id: Set(posting.cause.id.uuid()),
                seq: Set(seq),
                from_account: Set(from_account.to_owned()),
                from_lot_id: Set(from_lot_id),
                to_account: Set(to_account.to_owned()),
                to_lot_id: Set(to_lot_id),
                points: Set(transfer.points.get()),
            }
        })
    });
    insert_rows::<transfer_rows::Entity, _>(tx, transfer_rows.collect(), "insert transfers").await
}

/// An earn with all that corrected it since. The wallet must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_earn_record(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    reference: &str,
) -> Result<Option<EarnRecord>, Fault> {
    let earn = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(posting_rows::Column::Kind.eq(PostingKind::Earn.code()))
        .filter(posting_rows::Column::Reference.eq(reference))
        .one(tx.connection())
        .await
        .doing("find an earn")?;
    let Some(earn) = earn else { return Ok(None) };
    let corrections = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(posting_rows::Column::CorrectsId.eq(earn.id))
        .order_by_asc(posting_rows::Column::No)
        .all(tx.connection())
        .await
        .doing("list what corrected an earn")?;
    let ids = std::iter::once(earn.id).chain(corrections.iter().map(|row| row.id));
    let moves = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(transfer_rows::Column::PostingId.is_in(ids))
        .all(tx.connection())
        .await
        .doing("list the transfers of an earn")?;
    let mut record = earn_record(&earn, &corrections, &moves)?;
    if let Some(lot) = record.lot {
        let row = lot_rows::Entity::find_by_id((household.uuid(), lot.uuid())).one(tx.connection()).await;
        record.expires_on = row.doing("find the lot of an earn")?.map(|row| row.expires_on);
    }
    Ok(Some(record))
}

fn earn_record(
    earn: &posting_rows::Model,
    corrections: &[posting_rows::Model],
    moves: &[transfer_rows::Model],
) -> Result<EarnRecord, Fault> {
    let snapshot = snapshot(earn)?.ok_or_else(|| Fault::inconsistent("read the snapshot of an earn"))?;
    let mut clawed: BTreeMap<u32, Points> = BTreeMap::new();
    for line in corrections
        .iter()
        .filter(|row| row.kind == PostingKind::Clawback.code())
        .map(lines)
        .collect::<Result<Vec<_>, _>>()?
        .concat()
    {
        let sum = clawed.entry(line.line_no).or_default();
        *sum = sum.plus(line.points).map_err(|_| Fault::inconsistent("sum what was clawed back"))?;
    }
    // The points are where the schedule put them, else where the earn did.
    let scheduled = corrections.iter().rfind(|row| row.kind == PostingKind::Schedule.code());
    let put_by = scheduled.map_or(earn.id, |row| row.id);
    let last_put = moves.iter().find(|row| row.posting_id == put_by && row.to_lot_id.is_some());
    let lot = last_put.and_then(|row| row.to_lot_id);
    let put = last_put.map_or(0, |row| row.points);
    let taken: i64 = moves.iter().filter(|row| lot.is_some() && row.from_lot_id == lot).map(|row| row.points).sum();
    Ok(EarnRecord {
        posting: Id::from_uuid(earn.id),
        snapshot,
        clawed,
        lot: lot.map(Id::from_uuid),
        expires_on: None,
        in_lot: Points::new(put - taken).unwrap_or(Points::ZERO),
    })
}

fn posting_row(posting: &Posting) -> posting_rows::ActiveModel {
    let lines = match &posting.earn {
        Some(earn) => &earn.lines,
        None => &posting.clawed_lines,
    };
    posting_rows::ActiveModel {
        household_id: Set(posting.household.uuid()),
        id: Set(posting.cause.id.uuid()),
        no: Set(posting.no),
        kind: Set(posting.kind.code().to_owned()),
        reference: Set(posting.cause.reference.clone()),
        actor_kind: Set(posting.cause.actor.kind().to_owned()),
        actor_person_id: Set(posting.cause.actor.person().map(Id::uuid)),
        posted_at: Set(posting.cause.posted_at.timestamp_millis()),
        business_date: Set(posting.cause.business_date),
        points: Set(posting.points.get()),
        balance_after: Set(posting.balance_after.get()),
        owed_after: Set(posting.owed_after.get()),
        corrects_id: Set(posting.corrects.map(Id::uuid)),
        rule_id: Set(posting.earn.as_ref().map(|earn| earn.rule.uuid())),
        rule_version: Set(posting.earn.as_ref().map(|earn| i64::from(earn.rule_version))),
        basis_minor: Set(posting.earn.as_ref().map(|earn| earn.basis.minor())),
        lines: Set((!lines.is_empty()).then(|| stored_lines(lines))),
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
        actor: Actor::from_stored(&row.actor_kind, row.actor_person_id.map(Id::from_uuid)).ok_or_else(impossible)?,
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
        earn,
        clawed_lines,
        transfers: moves.iter().map(|row| transfer(row)).collect::<Result<_, Fault>>()?,
    })
}

fn snapshot(row: &posting_rows::Model) -> Result<Option<EarnSnapshot>, Fault> {
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

fn lines(row: &posting_rows::Model) -> Result<Vec<LinePoints>, Fault> {
    let Some(text) = &row.lines else { return Ok(Vec::new()) };
    let stored: Vec<StoredLine> = serde_json::from_str(text)
        .map_err(|error| Fault::because(kernel::FaultKind::Broken, "read the lines of a posting", error))?;
    stored.into_iter().map(|StoredLine(line_no, stored)| Ok(LinePoints { line_no, points: points(stored)? })).collect()
}

fn stored_account(account: Account) -> (&'static str, Option<Uuid>) {
    match account {
        Account::Lot(lot) => ("lot", Some(lot.uuid())),
        Account::Owed => ("owed", None),
        Account::Issued => ("issued", None),
        Account::Redeemed => ("redeemed", None),
        Account::Lapsed => ("lapsed", None),
    }
}

pub(super) fn transfer(row: &transfer_rows::Model) -> Result<Transfer, Fault> {
    let account = |name: &str, lot: Option<Uuid>| match (name, lot) {
        ("lot", Some(lot)) => Ok(Account::Lot(Id::from_uuid(lot))),
        ("owed", None) => Ok(Account::Owed),
        ("issued", None) => Ok(Account::Issued),
        ("redeemed", None) => Ok(Account::Redeemed),
        ("lapsed", None) => Ok(Account::Lapsed),
        _ => Err(Fault::inconsistent("read a transfer: no such account")),
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
        pub posted_at: i64,
        pub business_date: chrono::NaiveDate,
        pub points: i64,
        pub balance_after: i64,
        pub owed_after: i64,
        pub corrects_id: Option<Uuid>,
        pub rule_id: Option<Uuid>,
        pub rule_version: Option<i64>,
        pub basis_minor: Option<i64>,
        pub lines: Option<String>,
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
