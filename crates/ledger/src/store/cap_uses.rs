use std::collections::BTreeSet;

use db::{Doing, Tx, upsert_rows};
use kernel::{Fault, Id};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, sea_query::OnConflict};
use uuid::Uuid;

use super::{
    earn_rule_rows::{household_uses, programme_uses},
    wallets::points,
};
use crate::{CapHolder, CapKey, CapPeriod, CapScope, CapUses};

/// How much of caps is used up. The wallets of the households must be locked: they guard the households' rows. Rows of the whole
/// programme are locked here, by rule and time, and founded where there are none. No keys: no statement.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_cap_uses(tx: &mut Tx, keys: &BTreeSet<CapKey>) -> Result<CapUses, Fault> {
    let mut uses = CapUses::default();
    list_of_households(tx, keys, &mut uses).await?;
    lock_of_programme(tx, keys, &mut uses).await?;
    Ok(uses)
}

async fn list_of_households(tx: &mut Tx, keys: &BTreeSet<CapKey>, uses: &mut CapUses) -> Result<(), Fault> {
    let owned: Vec<(Uuid, CapKey)> =
        keys.iter().filter_map(|&key| Some((stored_holder(key.holder)?.household, key))).collect();
    // Few rules and a bounded number of days beside the households, so a chunk leaves room for both.
    let households: BTreeSet<Uuid> = owned.iter().map(|(household, _)| *household).collect();
    let rules: BTreeSet<Uuid> = owned.iter().map(|(_, key)| key.rule.uuid()).collect();
    let starts: BTreeSet<_> = owned.iter().map(|(_, key)| key.period_start).collect();
    for chunk in households.into_iter().collect::<Vec<_>>().chunks(db::MAX_BOUND_VALUES / 2) {
        let rows = household_uses::Entity::find()
            .filter(household_uses::Column::HouseholdId.is_in(chunk.iter().copied()))
            .filter(household_uses::Column::RuleId.is_in(rules.iter().copied()))
            .filter(household_uses::Column::PeriodStart.is_in(starts.iter().copied()))
            .all(tx.connection())
            .await
            .doing("read how much of caps is used up")?;
        for row in rows {
            uses.add_row(household_key(&row)?, points(row.points)?);
        }
    }
    Ok(())
}

async fn lock_of_programme(tx: &mut Tx, keys: &BTreeSet<CapKey>, uses: &mut CapUses) -> Result<(), Fault> {
    // In the order of the set, rule by rule and time by time, so that no two batches wait for each other.
    let shared: Vec<CapKey> = keys.iter().copied().filter(|key| key.holder == CapHolder::Programme).collect();
    if shared.is_empty() {
        return Ok(());
    }
    // A row that is not there cannot be locked.
    let rows = shared.iter().map(|key| programme_uses::ActiveModel {
        rule_id: Set(key.rule.uuid()),
        period: Set(key.period.code().to_owned()),
        period_start: Set(key.period_start),
        points: Set(0),
    });
    let once = OnConflict::columns(PROGRAMME_KEY).do_nothing().to_owned();
    let insert = programme_uses::Entity::insert_many(rows).on_conflict(once);
    insert.exec_without_returning(tx.connection()).await.doing("found the programme's cap counts")?;
    let rows = programme_uses::Entity::find()
        .filter(programme_uses::Column::RuleId.is_in(shared.iter().map(|key| key.rule.uuid())))
        .filter(programme_uses::Column::PeriodStart.is_in(shared.iter().map(|key| key.period_start)))
        .order_by_asc(programme_uses::Column::RuleId)
        .order_by_asc(programme_uses::Column::Period)
        .order_by_asc(programme_uses::Column::PeriodStart)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock the programme's cap counts")?;
    for row in rows {
        let key = CapKey {
            rule: Id::from_uuid(row.rule_id),
            holder: CapHolder::Programme,
            period: CapPeriod::from_code(&row.period).ok_or_else(impossible)?,
            period_start: row.period_start,
        };
        uses.add_row(key, points(row.points)?);
    }
    Ok(())
}

const PROGRAMME_KEY: [programme_uses::Column; 3] =
    [programme_uses::Column::RuleId, programme_uses::Column::Period, programme_uses::Column::PeriodStart];

/// Writes what was counted since [`lock_cap_uses`]. Nothing counted: no statement.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_cap_uses(tx: &mut Tx, uses: &CapUses) -> Result<(), Fault> {
    let owned = uses.changed().filter_map(|(key, used)| {
        let holder = stored_holder(key.holder)?;
        Some(household_uses::ActiveModel {
            household_id: Set(holder.household),
            rule_id: Set(key.rule.uuid()),
            scope: Set(holder.scope.code().to_owned()),
            person_id: Set(holder.person),
            period: Set(key.period.code().to_owned()),
            period_start: Set(key.period_start),
            points: Set(used.get()),
        })
    });
    upsert_rows::<household_uses::Entity, _>(
        tx,
        owned.collect(),
        &[
            household_uses::Column::HouseholdId,
            household_uses::Column::RuleId,
            household_uses::Column::Scope,
            household_uses::Column::PersonId,
            household_uses::Column::Period,
            household_uses::Column::PeriodStart,
        ],
        &[household_uses::Column::Points],
        "count what households used of caps",
    )
    .await?;
    let shared = uses.changed().filter(|(key, _)| key.holder == CapHolder::Programme);
    let shared = shared.map(|(key, used)| programme_uses::ActiveModel {
        rule_id: Set(key.rule.uuid()),
        period: Set(key.period.code().to_owned()),
        period_start: Set(key.period_start),
        points: Set(used.get()),
    });
    upsert_rows::<programme_uses::Entity, _>(
        tx,
        shared.collect(),
        &PROGRAMME_KEY,
        &[programme_uses::Column::Points],
        "count what the programme used of caps",
    )
    .await
}

/// A holder as its row says it.
struct StoredHolder {
    household: Uuid,
    scope: CapScope,
    /// Nil for nobody named, and for the household.
    person: Uuid,
}

/// `None`: everybody, who have a table of their own.
fn stored_holder(holder: CapHolder) -> Option<StoredHolder> {
    match holder {
        CapHolder::Programme => None,
        CapHolder::Household(household) => {
            Some(StoredHolder { household: household.uuid(), scope: CapScope::Household, person: Uuid::nil() })
        }
        CapHolder::Member(household, member) => Some(StoredHolder {
            household: household.uuid(),
            scope: CapScope::Member,
            person: member.map_or(Uuid::nil(), Id::uuid),
        }),
    }
}

fn household_key(row: &household_uses::Model) -> Result<CapKey, Fault> {
    let household = Id::from_uuid(row.household_id);
    let holder = if row.scope == CapScope::Member.code() {
        CapHolder::Member(household, (!row.person_id.is_nil()).then(|| Id::from_uuid(row.person_id)))
    } else if row.scope == CapScope::Household.code() {
        CapHolder::Household(household)
    } else {
        return Err(impossible());
    };
    let period = CapPeriod::from_code(&row.period).ok_or_else(impossible)?;
    Ok(CapKey { rule: Id::from_uuid(row.rule_id), holder, period, period_start: row.period_start })
}

fn impossible() -> Fault {
    Fault::inconsistent("read the count of a cap: a column is out of range")
}
