use kernel::{ExternalRef, Label, Money};

/// Most offers at once: a community sells some hundreds of things at a time, and each spoken order looks at all of them.
pub const MAX_OFFERS: usize = 2_000;

/// Something that can be ordered now: a product with its price and the words people ask for it with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The operator's number of the product.
    pub product_ref: ExternalRef,
    /// What it is called.
    pub name: Label,
    /// The word it is sold by: 斤, 板, 袋.
    pub unit: Label,
    /// What one unit costs; never nothing.
    pub price: Money,
    /// What else it is counted in, as the catalogue says it: 箱=24, 30个.
    pub packs: Vec<Label>,
    /// What else people call it.
    pub aliases: Vec<Label>,
    /// The health tags it does not go with, by their words.
    pub warns: Vec<Label>,
    /// How much is left to be ordered, in thousandths of the unit, what waits for a payer not counted; none: as much as is asked for.
    pub stock_thousandths: Option<i64>,
    /// The minute of the operator's day, from midnight, at which orders of it close; none: at the operator's own cut-off.
    pub cut_off_minute: Option<u16>,
}
