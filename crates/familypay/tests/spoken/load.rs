//! The catalogue and the tables of spoken orders, for the tests and the bench.

use familypay::understand::{Pack, SpokenCatalogue, SpokenProduct};
use kernel::{Currency, Money};

const CATALOGUE: &str = include_str!("catalogue.csv");
/// What the understanding was tuned on.
pub const ORDERS: &str = include_str!("orders.tsv");
/// What it was not.
pub const HELD_OUT: &str = include_str!("heldout.tsv");
/// Nor on these.
pub const SECOND: &str = include_str!("second.tsv");

/// The products of the tables.
pub fn catalogue() -> SpokenCatalogue {
    let products = CATALOGUE.lines().skip(1).map(|line| {
        let fields: Vec<&str> = line.split(',').collect();
        let words = |field: &str| {
            field.split(';').filter(|word| !word.is_empty()).map(|word| word.parse().expect("a word")).collect()
        };
        SpokenProduct {
            product_ref: fields[0].parse().expect("a reference"),
            name: fields[1].parse().expect("a name"),
            unit: fields[3].parse().expect("a unit"),
            price: Money::parse(fields[4], Currency::Cny).expect("a price"),
            packs: Pack::parse_all(fields[5]).expect("packs"),
            aliases: words(fields[6]),
            warns: words(fields[7]),
        }
    });
    SpokenCatalogue::new(products.collect())
}
