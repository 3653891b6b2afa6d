use db::{Doing, Tx, insert_new_rows};
use kernel::{Fault, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

/// Notes that an assertion was used. False: it was before.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_used_assertion(tx: &mut Tx, hash: &[u8; 32], ends_at: Timestamp) -> Result<bool, Fault> {
    let row =
        used_assertions::ActiveModel { assertion_hash: Set(hash.to_vec()), ends_at: Set(ends_at.timestamp_millis()) };
    let key = [used_assertions::Column::AssertionHash];
    let inserted =
        insert_new_rows::<used_assertions::Entity, _>(tx, vec![row], &key, "note that an assertion was used").await?;
    Ok(inserted == 1)
}

/// Forgets assertions that could not be shown again anyway.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn delete_ended_assertions(tx: &mut Tx) -> Result<(), Fault> {
    used_assertions::Entity::delete_many()
        .filter(used_assertions::Column::EndsAt.lt(tx.now().timestamp_millis()))
        .exec(tx.connection())
        .await
        .doing("forget ended assertions")
        .map(|_| ())
}

mod used_assertions {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "used_assertions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub assertion_hash: Vec<u8>,
        pub ends_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
