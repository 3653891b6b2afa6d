use std::collections::BTreeMap;

use db::{Doing, Reader, Tx, insert_rows};
use kernel::{BusinessDate, Fault, Id, Rate, kinds};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, QueryOrder, QuerySelect, Set};

use crate::EarnRule;

/// All versions of all rules, oldest first. Rules are few: a handful of versions a year.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_earn_rules(reader: &Reader) -> Result<Vec<EarnRule>, Fault> {
    list(reader.connection(), false).await
}

/// The rules a sale may earn by, read in the transaction that posts.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_earn_rules_for_sale(tx: &mut Tx) -> Result<Vec<EarnRule>, Fault> {
    list(tx.connection(), false).await
}

/// All versions, locked: for adding the next one.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_earn_rules(tx: &mut Tx) -> Result<Vec<EarnRule>, Fault> {
    list(tx.connection(), true).await
}

async fn list(connection: &impl ConnectionTrait, is_locking: bool) -> Result<Vec<EarnRule>, Fault> {
    let mut query = earn_rule_rows::Entity::find()
        .order_by_asc(earn_rule_rows::Column::Id)
        .order_by_asc(earn_rule_rows::Column::Version);
    if is_locking {
        query = query.lock_exclusive();
    }
    let rows = query.all(connection).await.doing("read earn rules")?;
    let multipliers = multiplier_rows::Entity::find().all(connection).await.doing("read category multipliers")?;
    rows.into_iter().map(|row| rule(&row, &multipliers)).collect()
}

fn rule(row: &earn_rule_rows::Model, multipliers: &[multiplier_rows::Model]) -> Result<EarnRule, Fault> {
    let impossible = || Fault::inconsistent("read an earn rule: a column is out of range");
    let rate = |stored: i64| u32::try_from(stored).ok().and_then(Rate::from_basis_points).ok_or_else(impossible);
    let mut by_category = BTreeMap::new();
    for multiplier in multipliers.iter().filter(|m| m.rule_id == row.id && m.version == row.version) {
        let category = multiplier.category.parse().map_err(|_| impossible())?;
        by_category.insert(category, rate(multiplier.multiplier_bp)?);
    }
    Ok(EarnRule {
        id: Id::from_uuid(row.id),
        version: u32::try_from(row.version).map_err(|_| impossible())?,
        name: row.name.parse().map_err(|_| impossible())?,
        points_per_yuan: rate(row.points_per_yuan_bp)?,
        multipliers: by_category,
        valid_from: row.valid_from,
        valid_until: row.valid_until,
    })
}

/// Adds a version of a rule with its multipliers.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_earn_rule(tx: &mut Tx, rule: &EarnRule) -> Result<(), Fault> {
    let row = earn_rule_rows::ActiveModel {
        id: Set(rule.id.uuid()),
        version: Set(i64::from(rule.version)),
        name: Set(rule.name.to_string()),
        points_per_yuan_bp: Set(i64::from(rule.points_per_yuan.basis_points())),
        valid_from: Set(rule.valid_from),
        valid_until: Set(rule.valid_until),
        created_at: Set(tx.now().timestamp_millis()),
    };
    insert_rows::<earn_rule_rows::Entity, _>(tx, vec![row], "insert an earn rule").await?;
    let multipliers = rule.multipliers.iter().map(|(category, multiplier)| multiplier_rows::ActiveModel {
        rule_id: Set(rule.id.uuid()),
        version: Set(i64::from(rule.version)),
        category: Set(category.to_string()),
        multiplier_bp: Set(i64::from(multiplier.basis_points())),
    });
    insert_rows::<multiplier_rows::Entity, _>(tx, multipliers.collect(), "insert category multipliers").await
}

/// Closes a version after its last day. The rows that earned by it keep their snapshot.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_earn_rule_end(
    tx: &mut Tx,
    id: Id<kinds::EarnRule>,
    version: u32,
    last_day: BusinessDate,
) -> Result<(), Fault> {
    let row = earn_rule_rows::ActiveModel {
        id: Set(id.uuid()),
        version: Set(i64::from(version)),
        valid_until: Set(Some(last_day)),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("close an earn rule").map(|_| ())
}

mod earn_rule_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "earn_rules")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        pub name: String,
        pub points_per_yuan_bp: i64,
        pub valid_from: chrono::NaiveDate,
        pub valid_until: Option<chrono::NaiveDate>,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod multiplier_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "earn_rule_multipliers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub rule_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub category: String,
        pub multiplier_bp: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
