use std::collections::HashMap;

use db::{Doing, Tx, insert_rows, is_any_text};
use kernel::{ExternalRef, Fault, Label, kinds};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};

use crate::Product;

/// The categories of products, by reference; unknown products are left out.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_categories(tx: &mut Tx, refs: &[&ExternalRef]) -> Result<HashMap<ExternalRef, Label>, Fault> {
    if refs.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(String, String)> = product_rows::Entity::find()
        .select_only()
        .columns([product_rows::Column::ExternalRef, product_rows::Column::Category])
        .filter(is_any_text(tx, product_rows::Column::ExternalRef, refs.iter().map(|told| told.as_str())))
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("look up product categories")?;
    let categories = rows.into_iter().map(|(product_ref, category)| {
        Ok((product_ref.parse().map_err(|_| impossible())?, category.parse().map_err(|_| impossible())?))
    });
    categories.collect()
}

/// The products of these references that are there already.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_products(tx: &mut Tx, refs: &[&ExternalRef]) -> Result<HashMap<ExternalRef, Product>, Fault> {
    let mut found = HashMap::new();
    for chunk in refs.chunks(db::MAX_BOUND_VALUES) {
        let rows = product_rows::Entity::find()
            .filter(product_rows::Column::ExternalRef.is_in(chunk.iter().map(|told| told.as_str())))
            .all(tx.connection())
            .await
            .doing("look up products")?;
        for row in rows {
            let product = product(&row)?;
            found.insert(product.product_ref.clone(), product);
        }
    }
    Ok(found)
}

/// Adds products to the catalogue.
///
/// # Errors
/// A [`Fault`] of the database; contention when another process added one of them first.
pub async fn insert_products(tx: &mut Tx, new: &[Product]) -> Result<(), Fault> {
    let mut by_ref: Vec<&Product> = new.iter().collect();
    by_ref.sort_by(|a, b| a.product_ref.cmp(&b.product_ref));
    let created_at = tx.now().timestamp_millis();
    let rows: Vec<product_rows::ActiveModel> = by_ref
        .into_iter()
        .map(|product| product_rows::ActiveModel {
            id: Set(tx.new_id::<kinds::Product>().uuid()),
            external_ref: Set(product.product_ref.to_string()),
            name: Set(product.name.to_string()),
            category: Set(product.category.to_string()),
            unit: Set(product.unit.as_ref().map(Label::to_string)),
            created_at: Set(created_at),
        })
        .collect();
    insert_rows::<product_rows::Entity, _>(tx, rows, "insert products").await
}

fn product(row: &product_rows::Model) -> Result<Product, Fault> {
    Ok(Product {
        product_ref: row.external_ref.parse().map_err(|_| impossible())?,
        name: row.name.parse().map_err(|_| impossible())?,
        category: row.category.parse().map_err(|_| impossible())?,
        unit: row.unit.as_ref().map(|unit| unit.parse()).transpose().map_err(|_| impossible())?,
    })
}

fn impossible() -> Fault {
    Fault::inconsistent("read a product: a column is out of range")
}

mod product_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "products")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub external_ref: String,
        pub name: String,
        pub category: String,
        pub unit: Option<String>,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
