use std::collections::BTreeSet;

use db::{Doing, Reader, Tx, insert_rows, is_any_text};
use kernel::{Currency, ExternalRef, Fault, Label, Money};
use sea_orm::{ActiveModelTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::{MAX_OFFERS, Offer};

/// All that is on offer, in the order it was put up. At most [`MAX_OFFERS`].
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_offers(reader: &Reader) -> Result<Vec<Offer>, Fault> {
    let rows = offer_rows::Entity::find()
        .order_by_asc(offer_rows::Column::Place)
        .limit(MAX_OFFERS as u64)
        .all(reader.connection())
        .await
        .doing("list offers")?;
    rows.iter().map(offer).collect()
}

/// Locks those of these products that are on offer, in the order of their numbers.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_offers(tx: &mut Tx, products: &BTreeSet<ExternalRef>) -> Result<Vec<Offer>, Fault> {
    let are_wanted = is_any_text(tx, offer_rows::Column::ProductRef, products.iter().map(ExternalRef::as_str));
    let rows = offer_rows::Entity::find()
        .filter(are_wanted)
        .order_by_asc(offer_rows::Column::ProductRef)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock offers")?;
    rows.iter().map(offer).collect()
}

/// Writes how much is left of offers that are locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_stock(tx: &mut Tx, offers: &[Offer]) -> Result<(), Fault> {
    for offer in offers {
        let row = offer_rows::ActiveModel {
            product_ref: Set(offer.product_ref.to_string()),
            stock_thousandths: Set(offer.stock_thousandths),
            ..Default::default()
        };
        row.update_without_returning(tx.connection()).await.doing("update the stock of an offer")?;
    }
    Ok(())
}

/// Takes everything off, before something else is put up in the same act.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn delete_offers(tx: &mut Tx) -> Result<(), Fault> {
    offer_rows::Entity::delete_many().exec(tx.connection()).await.doing("delete offers")?;
    Ok(())
}

/// Puts offers up, in this order.
///
/// # Errors
/// A [`Fault`] of the database; contention when another process put offers up at the same time.
pub async fn insert_offers(tx: &mut Tx, offers: &[Offer]) -> Result<(), Fault> {
    let offered_at = tx.now().timestamp_millis();
    let rows: Vec<offer_rows::ActiveModel> = offers
        .iter()
        .zip(1..)
        .map(|(offer, place)| offer_rows::ActiveModel {
            product_ref: Set(offer.product_ref.to_string()),
            place: Set(place),
            name: Set(offer.name.to_string()),
            unit: Set(offer.unit.to_string()),
            price_minor: Set(offer.price.minor()),
            packs: Set(joined(&offer.packs)),
            aliases: Set(joined(&offer.aliases)),
            warns: Set(joined(&offer.warns)),
            offered_at: Set(offered_at),
            stock_thousandths: Set(offer.stock_thousandths),
            cut_off_minute: Set(offer.cut_off_minute.map(i64::from)),
        })
        .collect();
    insert_rows::<offer_rows::Entity, _>(tx, rows, "insert offers").await
}

/// Words in one column, a line each: a label has no line break.
fn joined(words: &[Label]) -> String {
    words.iter().map(Label::as_str).collect::<Vec<_>>().join("\n")
}

fn split(words: &str) -> Result<Vec<Label>, Fault> {
    words.lines().map(|word| word.parse().map_err(|_| impossible())).collect()
}

fn offer(row: &offer_rows::Model) -> Result<Offer, Fault> {
    Ok(Offer {
        product_ref: row.product_ref.parse().map_err(|_| impossible())?,
        name: row.name.parse().map_err(|_| impossible())?,
        unit: row.unit.parse().map_err(|_| impossible())?,
        price: Money::from_minor(row.price_minor, Currency::Cny).ok_or_else(impossible)?,
        packs: split(&row.packs)?,
        aliases: split(&row.aliases)?,
        warns: split(&row.warns)?,
        stock_thousandths: row.stock_thousandths,
        cut_off_minute: row.cut_off_minute.map(u16::try_from).transpose().map_err(|_| impossible())?,
    })
}

fn impossible() -> Fault {
    Fault::inconsistent("read an offer: a column is out of range")
}

mod offer_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "offers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub product_ref: String,
        pub place: i64,
        pub name: String,
        pub unit: String,
        pub price_minor: i64,
        pub packs: String,
        pub aliases: String,
        pub warns: String,
        pub offered_at: i64,
        pub stock_thousandths: Option<i64>,
        pub cut_off_minute: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
