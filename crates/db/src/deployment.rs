//! A few facts about this deployment, such as that its demo was filled and which secret it was started with.

use kernel::Fault;
use sea_orm::{EntityTrait, Set, sea_query::OnConflict};

use crate::{Doing, Reader, Tx};

/// The value kept under a name.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_value(reader: &Reader, name: &str) -> Result<Option<String>, Fault> {
    let row =
        rows::Entity::find_by_id(name.to_owned()).one(reader.connection()).await.doing("read a deployment value")?;
    Ok(row.map(|row| row.value))
}

/// Keeps a value under a name unless one is there; returns whether it was kept.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_value(tx: &mut Tx, name: &str, value: &str) -> Result<bool, Fault> {
    let row = rows::ActiveModel { name: Set(name.to_owned()), value: Set(value.to_owned()) };
    let once = OnConflict::column(rows::Column::Name).do_nothing().to_owned();
    let inserted = rows::Entity::insert_many([row])
        .on_conflict(once)
        .exec_without_returning(tx.connection())
        .await
        .doing("keep a deployment value")?;
    Ok(inserted == 1)
}

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "deployment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub value: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
