use db::{Doing, Tx, insert_rows};
use kernel::{Fault, Id, Rate, Timestamp, kinds};
use sea_orm::{ActiveModelTrait, Set};

use crate::{Gathering, SeatReturns};

/// Makes a perk a seat at a gathering. Its stock must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_gathering(tx: &mut Tx, perk: Id<kinds::Perk>, new: &Gathering) -> Result<(), Fault> {
    insert_rows::<gathering_rows::Entity, _>(tx, vec![active_gathering(perk, new)], "insert a gathering").await
}

/// Changes a gathering. Its perk's stock must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_gathering(tx: &mut Tx, perk: Id<kinds::Perk>, changed: &Gathering) -> Result<(), Fault> {
    let row = active_gathering(perk, changed);
    row.update_without_returning(tx.connection()).await.doing("update a gathering").map(|_| ())
}

fn active_gathering(perk: Id<kinds::Perk>, gathering: &Gathering) -> gathering_rows::ActiveModel {
    let SeatReturns { full_until, part_until, part } = gathering.returns;
    gathering_rows::ActiveModel {
        perk_id: Set(perk.uuid()),
        starts_at: Set(gathering.starts_at.timestamp_millis()),
        ends_at: Set(gathering.ends_at.timestamp_millis()),
        ends_on: Set(gathering.ends_on),
        place_zh: Set(gathering.place_zh.to_string()),
        place_en: Set(gathering.place_en.to_string()),
        full_return_until: Set(full_until.timestamp_millis()),
        part_return_until: Set(part_until.timestamp_millis()),
        part_return_rate: Set(i64::from(part.basis_points())),
        version: Set(i64::from(gathering.version)),
        called_off_at: Set(gathering.called_off_at.map(|at| at.timestamp_millis())),
        first_check_in_at: Set(gathering.first_check_in_at.map(|at| at.timestamp_millis())),
    }
}

pub(super) fn gathering(row: &gathering_rows::Model) -> Result<Gathering, Fault> {
    let impossible = || Fault::inconsistent("read a gathering: a column is out of range");
    let instant = |millis| Timestamp::from_timestamp_millis(millis).ok_or_else(impossible);
    let part = u32::try_from(row.part_return_rate).ok().and_then(Rate::from_basis_points).ok_or_else(impossible)?;
    Ok(Gathering {
        starts_at: instant(row.starts_at)?,
        ends_at: instant(row.ends_at)?,
        ends_on: row.ends_on,
        place_zh: row.place_zh.parse().map_err(|_| impossible())?,
        place_en: row.place_en.parse().map_err(|_| impossible())?,
        returns: SeatReturns {
            full_until: instant(row.full_return_until)?,
            part_until: instant(row.part_return_until)?,
            part,
        },
        version: u32::try_from(row.version).map_err(|_| impossible())?,
        called_off_at: row.called_off_at.map(instant).transpose()?,
        first_check_in_at: row.first_check_in_at.map(instant).transpose()?,
    })
}

pub(super) mod gathering_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "gatherings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub perk_id: Uuid,
        pub starts_at: i64,
        pub ends_at: i64,
        pub ends_on: chrono::NaiveDate,
        pub place_zh: String,
        pub place_en: String,
        pub full_return_until: i64,
        pub part_return_until: i64,
        pub part_return_rate: i64,
        pub version: i64,
        pub called_off_at: Option<i64>,
        pub first_check_in_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::super::rows::perk_rows::Entity",
            from = "Column::PerkId",
            to = "super::super::rows::perk_rows::Column::Id"
        )]
        Perk,
    }

    impl Related<super::super::rows::perk_rows::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Perk.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}
