use std::collections::BTreeSet;

use db::{Doing, Tx};
use kernel::{Fault, Id, kinds};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::postings::posting_rows;
use crate::{Posting, PostingKind};

/// Whether the household of a locked wallet ever spent points.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn has_spent(tx: &mut Tx, household: Id<kinds::Household>) -> Result<bool, Fault> {
    let found = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(posting_rows::Column::Kind.eq(PostingKind::Redeem.code()))
        .one(tx.connection())
        .await
        .doing("look for what a household spent")?;
    Ok(found.is_some())
}

/// Whether, since points came to a locked wallet, anything was spent there, or anything of those households was taken or given back:
/// then what came cannot be told apart any more.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn is_spent_since(tx: &mut Tx, came: &Posting, of: &BTreeSet<Id<kinds::Household>>) -> Result<bool, Fault> {
    let is_of = posting_rows::Column::CounterpartId.is_in(of.iter().map(|household| household.uuid()));
    let corrections = [PostingKind::Clawback.code(), PostingKind::Restore.code()];
    let found = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.eq(came.household.uuid()))
        .filter(posting_rows::Column::No.gt(came.no))
        .filter(
            Condition::any()
                .add(posting_rows::Column::Kind.eq(PostingKind::Redeem.code()))
                .add(Condition::all().add(posting_rows::Column::Kind.is_in(corrections)).add(is_of)),
        )
        .one(tx.connection())
        .await
        .doing("look for what was spent since")?;
    Ok(found.is_some())
}
