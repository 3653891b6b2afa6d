use kernel::{Fault, Id, Points, Timestamp};
use sea_orm::Set;

use super::gatherings::{gathering, gathering_rows};
use crate::{Audience, Perk, Stock, Window};

pub(super) fn perk(row: &perk_rows::Model, joined: Option<&gathering_rows::Model>) -> Result<Perk, Fault> {
    let label = |text: &str| text.parse().map_err(|_| impossible());
    let instant = |millis: Option<i64>| -> Result<Option<Timestamp>, Fault> {
        millis.map(|millis| Timestamp::from_timestamp_millis(millis).ok_or_else(impossible)).transpose()
    };
    let min_age = row.min_age.map(u32::try_from).transpose().map_err(|_| impossible())?;
    Ok(Perk {
        id: Id::from_uuid(row.id),
        code: row.code.parse().map_err(|_| impossible())?,
        name_zh: label(&row.name_zh)?,
        name_en: label(&row.name_en)?,
        terms_zh: label(&row.terms_zh)?,
        terms_en: label(&row.terms_en)?,
        price: Points::new(row.price_points).ok_or_else(impossible)?,
        limit_per_household: u32::try_from(row.limit_per_household).map_err(|_| impossible())?,
        valid_days: u32::try_from(row.valid_days).map_err(|_| impossible())?,
        is_open: row.is_open,
        audience: Audience { community: row.community_id.map(Id::from_uuid), min_age },
        window: Window { opens_at: instant(row.opens_at)?, closes_at: instant(row.closes_at)? },
        has_slots: row.has_slots,
        gathering: joined.map(gathering).transpose()?,
    })
}

pub(super) fn perk_row(perk: &Perk) -> perk_rows::ActiveModel {
    perk_rows::ActiveModel {
        id: Set(perk.id.uuid()),
        code: Set(perk.code.to_string()),
        name_zh: Set(perk.name_zh.to_string()),
        name_en: Set(perk.name_en.to_string()),
        terms_zh: Set(perk.terms_zh.to_string()),
        terms_en: Set(perk.terms_en.to_string()),
        price_points: Set(perk.price.get()),
        limit_per_household: Set(i64::from(perk.limit_per_household)),
        valid_days: Set(i64::from(perk.valid_days)),
        is_open: Set(perk.is_open),
        community_id: Set(perk.audience.community.map(Id::uuid)),
        min_age: Set(perk.audience.min_age.map(i64::from)),
        opens_at: Set(perk.window.opens_at.map(|at| at.timestamp_millis())),
        closes_at: Set(perk.window.closes_at.map(|at| at.timestamp_millis())),
        has_slots: Set(perk.has_slots),
        ..Default::default()
    }
}

pub(super) fn stock_row(perk: Id<kernel::kinds::Perk>, stock: Stock) -> stock_rows::ActiveModel {
    stock_rows::ActiveModel {
        perk_id: Set(perk.uuid()),
        total: Set(i64::from(stock.total)),
        taken: Set(i64::from(stock.taken)),
        offered: Set(i64::from(stock.offered)),
        waiting: Set(i64::from(stock.waiting)),
        last_number: Set(i64::from(stock.last_number)),
    }
}

pub(super) fn stock_of(row: &stock_rows::Model) -> Result<Stock, Fault> {
    let whole = |stored| u32::try_from(stored).map_err(|_| impossible());
    Ok(Stock {
        total: whole(row.total)?,
        taken: whole(row.taken)?,
        offered: whole(row.offered)?,
        waiting: whole(row.waiting)?,
        last_number: whole(row.last_number)?,
    })
}

pub(super) fn impossible() -> Fault {
    Fault::inconsistent("read a perk: a column is out of range")
}

pub(super) mod perk_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "perks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub code: String,
        pub name_zh: String,
        pub name_en: String,
        pub terms_zh: String,
        pub terms_en: String,
        pub price_points: i64,
        pub limit_per_household: i64,
        pub valid_days: i64,
        pub is_open: bool,
        pub created_at: i64,
        pub community_id: Option<Uuid>,
        pub min_age: Option<i64>,
        pub opens_at: Option<i64>,
        pub closes_at: Option<i64>,
        pub has_slots: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_one = "super::super::gatherings::gathering_rows::Entity")]
        Gathering,
    }

    impl Related<super::super::gatherings::gathering_rows::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Gathering.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod stock_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "perk_stocks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub perk_id: Uuid,
        pub total: i64,
        pub taken: i64,
        pub offered: i64,
        pub waiting: i64,
        pub last_number: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
