use std::collections::BTreeSet;

use db::{Dialect, Doing, Reader, Tx, insert_rows};
use kernel::{BusinessDate, Fault, Id, Points, Rate, Timestamp, kinds};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryOrder, QueryResult, QuerySelect, Set, Statement, Value};
use uuid::Uuid;

use super::earn_rule_rows::{closures, earn_rules, multipliers, product_multipliers, rule_caps};
use crate::{EarnRule, EarnRuleClosure, EarnRules, EarnTerms, Rounding, earn_rule::newest_in_force};

/// All versions of all rules, oldest first, with what closed them. Rules are few: a handful of versions a year.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_earn_rules(reader: &Reader) -> Result<EarnRules, Fault> {
    list(reader.connection(), reader.dialect(), false).await
}

/// All versions with their closures, locked: for adding the next one, or for closing.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_earn_rules(tx: &mut Tx) -> Result<EarnRules, Fault> {
    let dialect = tx.dialect();
    list(tx.connection(), dialect, true).await
}

/// The versions that sales of these days may earn by, read in the transaction that posts: two statements, however many terms,
/// caps and closures they have.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_earn_rules_for_sales(tx: &mut Tx, dates: &BTreeSet<BusinessDate>) -> Result<EarnRules, Fault> {
    let dialect = tx.dialect();
    let versions = bare_versions(tx.connection(), false).await?;
    let newest = dates.iter().flat_map(|&date| newest_in_force(&versions, date));
    let wanted: BTreeSet<(Uuid, i64)> = newest.map(|rule| (rule.id.uuid(), i64::from(rule.version))).collect();
    let is_wanted = |rule: &EarnRule| wanted.contains(&(rule.id.uuid(), i64::from(rule.version)));
    let mut rules = EarnRules { versions: versions.into_iter().filter(is_wanted).collect(), closures: Vec::new() };
    fill(tx.connection(), dialect, &mut rules).await?;
    Ok(rules)
}

async fn list(connection: &impl ConnectionTrait, dialect: Dialect, is_locking: bool) -> Result<EarnRules, Fault> {
    let mut rules = EarnRules { versions: bare_versions(connection, is_locking).await?, closures: Vec::new() };
    fill(connection, dialect, &mut rules).await?;
    Ok(rules)
}

/// The versions as their own rows say them, without multipliers and caps.
async fn bare_versions(connection: &impl ConnectionTrait, is_locking: bool) -> Result<Vec<EarnRule>, Fault> {
    let mut query =
        earn_rules::Entity::find().order_by_asc(earn_rules::Column::Id).order_by_asc(earn_rules::Column::Version);
    if is_locking {
        query = query.lock_exclusive();
    }
    query.all(connection).await.doing("read earn rules")?.iter().map(bare_version).collect()
}

fn bare_version(row: &earn_rules::Model) -> Result<EarnRule, Fault> {
    let name = row.name.parse().map_err(|_| impossible())?;
    Ok(EarnRule {
        id: Id::from_uuid(row.id),
        version: version(row.version)?,
        terms: EarnTerms {
            other_multiplier: rate(row.other_multiplier_bp)?,
            rounding: Rounding::from_code(&row.rounding).ok_or_else(impossible)?,
            stacking_order: u16::try_from(row.stacking_order).map_err(|_| impossible())?,
            is_exclusive: row.is_exclusive,
            closes_at_liability: row.closes_at_liability.map(points).transpose()?,
            valid_until: row.valid_until,
            ..EarnTerms::plain(name, rate(row.points_per_yuan_bp)?, row.valid_from)
        },
    })
}

/// Everything beside the versions' own rows, in one statement: an earn must not pay a round trip for each table.
const TERMS: &str = "\
    SELECT rule_id, version, 'category' AS kind, category AS word, multiplier_bp AS value \
      FROM earn_rule_multipliers WHERE OF_VERSIONS \
    UNION ALL SELECT rule_id, version, 'product', product_ref, multiplier_bp \
      FROM earn_rule_product_multipliers WHERE OF_VERSIONS \
    UNION ALL SELECT rule_id, version, 'cap', scope || '/' || period, points \
      FROM earn_rule_caps WHERE OF_VERSIONS \
    UNION ALL SELECT rule_id, version, 'closure', CAST(liability AS TEXT), closed_at \
      FROM earn_rule_closures WHERE OF_RULES";

/// Adds multipliers, caps and closures. No versions: no statement.
async fn fill(connection: &impl ConnectionTrait, dialect: Dialect, rules: &mut EarnRules) -> Result<(), Fault> {
    if rules.versions.is_empty() {
        return Ok(());
    }
    let mut values: Vec<Value> = Vec::new();
    let (mut of_versions, mut of_rules) = (Vec::new(), Vec::new());
    for rule in &rules.versions {
        values.extend([rule.id.uuid().into(), i64::from(rule.version).into()]);
        let (id, version) = (values.len() - 1, values.len());
        of_versions.push(format!("(rule_id = ${id} AND version = ${version})"));
        of_rules.push(format!("${id}"));
    }
    let of_rules = format!("rule_id IN ({})", of_rules.join(", "));
    let sql = TERMS.replace("OF_VERSIONS", &of_versions.join(" OR ")).replace("OF_RULES", &of_rules);
    let backend = match dialect {
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::Postgres => DbBackend::Postgres,
    };
    let statement = Statement::from_sql_and_values(backend, sql, values);
    for row in connection.query_all_raw(statement).await.doing("read the terms of earn rules")? {
        take_term(rules, &row)?;
    }
    Ok(())
}

/// Takes one row of [`TERMS`].
fn take_term(rules: &mut EarnRules, row: &QueryResult) -> Result<(), Fault> {
    let doing = "read a term of an earn rule";
    let rule: Id<kinds::EarnRule> = Id::from_uuid(row.try_get_by_index(0).doing(doing)?);
    let version = version(row.try_get_by_index(1).doing(doing)?)?;
    let kind: String = row.try_get_by_index(2).doing(doing)?;
    let word: String = row.try_get_by_index(3).doing(doing)?;
    let value: i64 = row.try_get_by_index(4).doing(doing)?;
    if kind == "closure" {
        let closed_at = Timestamp::from_timestamp_millis(value).ok_or_else(impossible)?;
        let liability = points(word.parse().map_err(|_| impossible())?)?;
        rules.closures.push(EarnRuleClosure { rule, version, closed_at, liability });
        return Ok(());
    }
    let mut versions = rules.versions.iter_mut();
    let of_row = versions.find(|known| known.id == rule && known.version == version);
    let terms = &mut of_row.ok_or_else(impossible)?.terms;
    match kind.as_str() {
        "category" => drop(terms.multipliers.insert(word.parse().map_err(|_| impossible())?, rate(value)?)),
        "product" => drop(terms.product_multipliers.insert(word.parse().map_err(|_| impossible())?, rate(value)?)),
        "cap" => drop(terms.caps.insert(word.parse().map_err(|_| impossible())?, points(value)?)),
        _ => return Err(impossible()),
    }
    Ok(())
}

/// Adds a version of a rule with its multipliers and caps.
///
/// # Errors
/// A [`Fault`] of the database; contention when somebody added the same version first.
pub async fn insert_earn_rule(tx: &mut Tx, rule: &EarnRule) -> Result<(), Fault> {
    let (rule_id, version, terms) = (rule.id.uuid(), i64::from(rule.version), &rule.terms);
    let row = earn_rules::ActiveModel {
        id: Set(rule_id),
        version: Set(version),
        name: Set(terms.name.to_string()),
        points_per_yuan_bp: Set(i64::from(terms.points_per_yuan.basis_points())),
        valid_from: Set(terms.valid_from),
        valid_until: Set(terms.valid_until),
        created_at: Set(tx.now().timestamp_millis()),
        other_multiplier_bp: Set(i64::from(terms.other_multiplier.basis_points())),
        rounding: Set(terms.rounding.code().to_owned()),
        stacking_order: Set(i64::from(terms.stacking_order)),
        is_exclusive: Set(terms.is_exclusive),
        closes_at_liability: Set(terms.closes_at_liability.map(Points::get)),
    };
    insert_rows::<earn_rules::Entity, _>(tx, vec![row], "insert an earn rule").await?;
    let by_category = terms.multipliers.iter().map(|(category, multiplier)| multipliers::ActiveModel {
        rule_id: Set(rule_id),
        version: Set(version),
        category: Set(category.to_string()),
        multiplier_bp: Set(i64::from(multiplier.basis_points())),
    });
    insert_rows::<multipliers::Entity, _>(tx, by_category.collect(), "insert category multipliers").await?;
    let by_product = terms.product_multipliers.iter().map(|(product, multiplier)| product_multipliers::ActiveModel {
        rule_id: Set(rule_id),
        version: Set(version),
        product_ref: Set(product.to_string()),
        multiplier_bp: Set(i64::from(multiplier.basis_points())),
    });
    insert_rows::<product_multipliers::Entity, _>(tx, by_product.collect(), "insert product multipliers").await?;
    let caps = terms.caps.iter().map(|(cap, most)| rule_caps::ActiveModel {
        rule_id: Set(rule_id),
        version: Set(version),
        scope: Set(cap.scope.code().to_owned()),
        period: Set(cap.period.code().to_owned()),
        points: Set(most.get()),
    });
    insert_rows::<rule_caps::Entity, _>(tx, caps.collect(), "insert the caps of an earn rule").await
}

/// Closes rules.
///
/// # Errors
/// A [`Fault`] of the database; contention when somebody closed one of them first.
pub async fn insert_closures(tx: &mut Tx, new: &[EarnRuleClosure]) -> Result<(), Fault> {
    let rows = new.iter().map(|closure| closures::ActiveModel {
        rule_id: Set(closure.rule.uuid()),
        version: Set(i64::from(closure.version)),
        closed_at: Set(closure.closed_at.timestamp_millis()),
        liability: Set(closure.liability.get()),
    });
    insert_rows::<closures::Entity, _>(tx, rows.collect(), "close earn rules").await
}

fn version(stored: i64) -> Result<u32, Fault> {
    u32::try_from(stored).map_err(|_| impossible())
}

fn rate(stored: i64) -> Result<Rate, Fault> {
    u32::try_from(stored).ok().and_then(Rate::from_basis_points).ok_or_else(impossible)
}

fn points(stored: i64) -> Result<Points, Fault> {
    Points::new(stored).ok_or_else(impossible)
}

fn impossible() -> Fault {
    Fault::inconsistent("read an earn rule: a column is out of range")
}
