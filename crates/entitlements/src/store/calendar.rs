//! Gatherings by when they are, and their seats counted: for those who keep them.

use db::{Doing, Reader};
use kernel::{Fault, Id, Points, Timestamp, kinds};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, sea_query::Expr};

use super::{
    gatherings::gathering_rows,
    grants::grant_rows,
    perks::{with_gathering, with_stock},
    rows::{impossible, perk_rows},
};
use crate::{Perk, SeatCount, Stock};

/// Up to `limit` gatherings that begin from one instant on and before another, by when they begin, those called off too.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_gatherings(
    reader: &Reader,
    (from, until): (Timestamp, Timestamp),
    limit: u64,
) -> Result<Vec<(Perk, Stock)>, Fault> {
    let rows = with_gathering(perk_rows::Entity::find())
        .filter(gathering_rows::Column::StartsAt.gte(from.timestamp_millis()))
        .filter(gathering_rows::Column::StartsAt.lt(until.timestamp_millis()))
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list gatherings")?;
    let mut gatherings = with_stock(reader.connection(), rows).await?;
    gatherings.sort_by_key(|(perk, _)| (perk.gathering.as_ref().map(|gathering| gathering.starts_at), perk.id));
    Ok(gatherings)
}

/// How many seats of a gathering stand. Asks all households: for what is rare.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_seats(reader: &Reader, perk: Id<kinds::Perk>) -> Result<SeatCount, Fault> {
    let rows: Vec<(i64, i64, i64)> = grant_rows::Entity::find()
        .select_only()
        .column(grant_rows::Column::PricePoints)
        .column_as(Expr::col(grant_rows::Column::Id).count(), "taken")
        .column_as(Expr::col(grant_rows::Column::UsedAt).count(), "checked_in")
        .filter(grant_rows::Column::PerkId.eq(perk.uuid()))
        .filter(grant_rows::Column::CancelledAt.is_null())
        .group_by(grant_rows::Column::PricePoints)
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("count the seats of a gathering")?;
    let mut count = SeatCount::default();
    for (price, taken, checked_in) in rows {
        let price = Points::new(price).ok_or_else(impossible)?;
        let (taken, checked_in) =
            u64::try_from(taken).ok().zip(u64::try_from(checked_in).ok()).ok_or_else(impossible)?;
        count.taken += taken;
        count.checked_in += checked_in;
        let unused = i64::try_from(taken.saturating_sub(checked_in)).map_err(|_| impossible())?;
        let worth = price.get().checked_mul(unused).and_then(Points::new).ok_or_else(impossible)?;
        count.restorable = count.restorable.plus(worth).map_err(|_| impossible())?;
    }
    Ok(count)
}
