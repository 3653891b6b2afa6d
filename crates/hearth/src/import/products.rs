//! One row of a file of products.

use kernel::Label;
use orders::Product;

use super::{
    columns::{Schema, optional, required},
    fields::{BadField, Fields},
};

pub(super) const PRODUCT_ID: usize = 0;
/// Most products held at once beside orders. At some 300 bytes a product this is about 300 MB.
pub const MAX_PRODUCTS_HELD: usize = 1_000_000;

const NAME: usize = 1;
const CATEGORY: usize = 2;
const UNIT: usize = 3;

/// A file of products.
pub static PRODUCTS: Schema = Schema {
    noun: "products",
    columns: &[
        required(&["product_id"]),
        optional(&["name"]),
        required(&["category", "department"]),
        optional(&["unit", "package_size"]),
    ],
    // What The Complete Journey has besides: finer categories than its earn rules would speak of.
    ignored: &["manufacturer_id", "brand", "product_category", "product_type"],
};

/// Reads one row as a product. One without a name is called by its number.
///
/// # Errors
/// [`BadField`] names the first column that is wrong.
pub fn read_product(fields: &Fields<'_>) -> Result<Product, BadField> {
    let product_ref: kernel::ExternalRef = fields.required(PRODUCT_ID)?;
    let name: Option<Label> = fields.optional(NAME)?;
    let name = match name {
        Some(name) => name,
        None => product_ref.as_str().parse().map_err(|error| fields.bad(NAME, error))?,
    };
    Ok(Product { product_ref, name, category: fields.required(CATEGORY)?, unit: fields.optional(UNIT)? })
}
