use db::{Doing, Tx, insert_rows};
use kernel::{Fault, Id, Points};
use sea_orm::{EntityTrait, Set};

use super::KnownOrder;
use crate::PointTender;

/// Notes which orders were paid with points, and by which posting. No such orders: no statement.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_point_tenders(tx: &mut Tx, tenders: &[PointTender]) -> Result<(), Fault> {
    let rows = tenders.iter().map(|tender| tender_rows::ActiveModel {
        household_id: Set(tender.household.uuid()),
        order_id: Set(tender.order.uuid()),
        points: Set(tender.points.get()),
        posting_id: Set(tender.posting.map(Id::uuid)),
    });
    insert_rows::<tender_rows::Entity, _>(tx, rows.collect(), "insert point tenders").await
}

/// The points an order was paid with, if any were. Written with the order and never changed.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_point_tender(tx: &mut Tx, known: &KnownOrder) -> Result<Option<PointTender>, Fault> {
    let key = (known.household.uuid(), known.order.uuid());
    let row = tender_rows::Entity::find_by_id(key).one(tx.connection()).await.doing("find a point tender")?;
    let tender = row.map(|row| {
        Ok(PointTender {
            household: known.household,
            order: known.order,
            points: Points::new(row.points).ok_or_else(|| Fault::inconsistent("read a point tender"))?,
            posting: row.posting_id.map(Id::from_uuid),
        })
    });
    tender.transpose()
}

mod tender_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "point_tenders")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_id: Uuid,
        pub points: i64,
        pub posting_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
