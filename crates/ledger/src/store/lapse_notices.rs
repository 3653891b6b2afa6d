use std::collections::BTreeMap;

use chrono::Days;
use db::{Dialect, Doing, Reader, Tx, insert_rows, is_any_id};
use kernel::{BusinessDate, Fault, Id, kinds};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, Set, Statement};

use crate::{LapsingLot, NoticeBefore, NoticedLots};

/// Households with a lot that is due for a notice and was not told of. The same as [`crate::Wallet::lapsing`] says of each.
const TO_NOTIFY: &str = "\
    SELECT DISTINCT l.household_id FROM wallets w JOIN lots l ON l.household_id = w.household_id \
    WHERE w.next_lapse_on <= $2 AND l.remaining > l.held AND l.expires_on >= $1 AND l.expires_on <= $2 \
      AND l.available_from <= l.expires_on \
      AND NOT EXISTS (SELECT 1 FROM lapse_notices n \
        WHERE n.household_id = l.household_id AND n.lot_id = l.id AND n.days_before <= $3) \
      AND NOT EXISTS (SELECT 1 FROM lapse_notices d \
        WHERE d.household_id = l.household_id AND d.noticed_on = $4 AND d.days_before = $3) \
    LIMIT $5";

/// Up to `limit` households that have something to be told today, for the clockwork.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_households_to_notify(
    reader: &Reader,
    before: NoticeBefore,
    today: BusinessDate,
    limit: i64,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let backend = match reader.dialect() {
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::Postgres => DbBackend::Postgres,
    };
    let due = before.last_days(today);
    let values = [(*due.start()).into(), (*due.end()).into(), before.days().into(), today.into(), limit.into()];
    let doing = "find lots that lapse soon";
    let rows = reader.connection().query_all_raw(Statement::from_sql_and_values(backend, TO_NOTIFY, values)).await;
    rows.doing(doing)?.iter().map(|row| Ok(Id::from_uuid(row.try_get_by_index(0).doing(doing)?))).collect()
}

/// What households were told already, as far as it matters to `before`. Their wallets must be locked: they stand for their notices.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_noticed_lots(
    tx: &mut Tx,
    households: &[Id<kinds::Household>],
    before: NoticeBefore,
    today: BusinessDate,
) -> Result<BTreeMap<Id<kinds::Household>, NoticedLots>, Fault> {
    // A lot that is due now cannot have been told of earlier than this.
    let earliest = today - Days::new(31);
    let rows = notice_rows::Entity::find()
        .filter(is_any_id(tx, notice_rows::Column::HouseholdId, households.iter().map(|id| id.uuid())))
        .filter(notice_rows::Column::NoticedOn.gte(earliest))
        .filter(notice_rows::Column::DaysBefore.lte(before.days()))
        .all(tx.connection())
        .await
        .doing("list what households were told of lapses")?;
    let mut noticed: BTreeMap<Id<kinds::Household>, NoticedLots> = BTreeMap::new();
    for row in rows {
        let of_household = noticed.entry(Id::from_uuid(row.household_id)).or_default();
        of_household.lots.insert(Id::from_uuid(row.lot_id));
        of_household.is_told_today |= row.noticed_on == today && row.days_before == before.days();
    }
    Ok(noticed)
}

/// Notes that a household was told of lots today.
///
/// # Errors
/// A [`Fault`] of the database; contention when another worker told first.
pub async fn insert_lapse_notices(
    tx: &mut Tx,
    before: NoticeBefore,
    today: BusinessDate,
    told: &[(Id<kinds::Household>, Vec<LapsingLot>)],
) -> Result<(), Fault> {
    let rows = told.iter().flat_map(|(household, lots)| {
        lots.iter().map(move |lot| notice_rows::ActiveModel {
            household_id: Set(household.uuid()),
            lot_id: Set(lot.lot.uuid()),
            days_before: Set(before.days()),
            noticed_on: Set(today),
            points: Set(lot.points.get()),
        })
    });
    insert_rows::<notice_rows::Entity, _>(tx, rows.collect(), "insert lapse notices").await
}

mod notice_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "lapse_notices")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub lot_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub days_before: i64,
        pub noticed_on: chrono::NaiveDate,
        pub points: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
