//! Lines of orders, held by order.

use std::collections::HashMap;

use kernel::{Currency, ExternalRef, Label, Money};
use orders::OrderPaidLine;

use super::{
    columns::{Schema, optional, required},
    fields::{BadField, Fields},
};

pub(super) const ORDER_ID: usize = 0;
const PRODUCT_ID: usize = 1;
const QUANTITY: usize = 2;
const AMOUNT: usize = 3;
const CATEGORY: usize = 4;

/// Most lines held at once. At 32 bytes a line and some for names this is about 400 MB.
pub const MAX_LINES_HELD: usize = 5_000_000;

/// Marks "none" where a number of a line, product or category is kept.
const NONE: u32 = u32::MAX;

/// A file of order lines.
pub static LINES: Schema = Schema {
    noun: "lines",
    columns: &[
        required(&["order_id"]),
        required(&["product_id"]),
        required(&["quantity"]),
        required(&["amount", "sales_value"]),
        optional(&["category"]),
    ],
    ignored: &["retail_disc", "coupon_disc", "coupon_match_disc"],
};

/// One row of a file of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLine {
    /// The order it is of.
    pub order: ExternalRef,
    /// What it says.
    pub line: OrderPaidLine,
}

/// Reads one row as a line.
///
/// # Errors
/// [`BadField`] names the first column that is wrong.
pub fn read_line(fields: &Fields<'_>) -> Result<ReadLine, BadField> {
    Ok(ReadLine {
        order: fields.required(ORDER_ID)?,
        line: OrderPaidLine {
            product_ref: fields.optional(PRODUCT_ID)?,
            category: fields.optional(CATEGORY)?,
            quantity: fields.count(QUANTITY)?,
            amount: fields.amount(AMOUNT)?,
        },
    })
}

/// All lines of a history, by order. Files of orders and of lines are sorted differently, so one of them must be held.
#[derive(Debug, Default)]
pub struct LinesByOrder {
    orders: HashMap<ExternalRef, LinesOfOrder>,
    lines: Vec<HeldLine>,
    products: Names<ExternalRef>,
    categories: Names<Label>,
}

/// A chain through [`LinesByOrder::lines`].
#[derive(Debug, Clone, Copy)]
struct LinesOfOrder {
    first: u32,
    last: u32,
    bad_at: Option<std::num::NonZeroU32>,
    is_claimed: bool,
}

#[derive(Debug, Clone, Copy)]
struct HeldLine {
    amount_minor: i64,
    product: u32,
    category: u32,
    quantity: u32,
    file_line: u32,
    next: u32,
}

/// There are already [`MAX_LINES_HELD`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("has more than {MAX_LINES_HELD} lines; cut the history into parts, each an orders file with its lines file")]
pub struct TooManyLines;

/// What the lines say of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// These, in the order of the file; none when the file has none.
    Lines(Vec<OrderPaidLine>),
    /// The first bad one stands here: the order cannot be taken without it.
    BadLine(u32),
}

/// A line whose order never came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclaimed {
    /// Where it stands in the file of lines.
    pub file_line: u32,
    /// The order it names.
    pub order: ExternalRef,
    /// Its product.
    pub product: Option<ExternalRef>,
    /// Its amount.
    pub amount: Money,
}

impl LinesByOrder {
    /// Holds one line.
    ///
    /// # Errors
    /// [`TooManyLines`].
    pub fn hold(&mut self, file_line: u64, read: ReadLine) -> Result<(), TooManyLines> {
        if self.lines.len() == MAX_LINES_HELD {
            return Err(TooManyLines);
        }
        let held = HeldLine {
            amount_minor: read.line.amount.minor(),
            product: self.products.number(read.line.product_ref),
            category: self.categories.number(read.line.category),
            quantity: read.line.quantity,
            file_line: clamped(file_line),
            next: NONE,
        };
        let number = clamped(self.lines.len());
        self.lines.push(held);
        let of_order = self.orders.entry(read.order).or_insert(LinesOfOrder::NONE);
        if of_order.first == NONE {
            of_order.first = number;
        } else {
            self.lines[index(of_order.last)].next = number;
        }
        of_order.last = number;
        Ok(())
    }

    /// Notes that a line of this order was rejected.
    pub fn spoil(&mut self, file_line: u64, order: ExternalRef) {
        let of_order = self.orders.entry(order).or_insert(LinesOfOrder::NONE);
        of_order.bad_at = of_order.bad_at.or_else(|| std::num::NonZeroU32::new(clamped(file_line)));
    }

    /// The lines of an order that was read. Asking twice gives the same.
    pub fn claim(&mut self, order: &ExternalRef) -> Claimed {
        let Some(of_order) = self.orders.get_mut(order) else { return Claimed::Lines(Vec::new()) };
        of_order.is_claimed = true;
        if let Some(bad_at) = of_order.bad_at {
            return Claimed::BadLine(bad_at.get());
        }
        let first = of_order.first;
        Claimed::Lines(self.chain(first).map(|held| self.line(held)).collect())
    }

    /// Lines of orders nobody claimed, as they stand in the file.
    #[must_use]
    pub fn unclaimed(&self) -> Vec<Unclaimed> {
        let orders = self.orders.iter().filter(|(_, of_order)| !of_order.is_claimed);
        let mut unclaimed: Vec<Unclaimed> = orders
            .flat_map(|(order, of_order)| self.chain(of_order.first).map(|held| self.unclaimed_line(order, held)))
            .collect();
        unclaimed.sort_by_key(|line| line.file_line);
        unclaimed
    }

    fn chain(&self, first: u32) -> impl Iterator<Item = &HeldLine> {
        let at = |number: u32| self.lines.get(index(number));
        std::iter::successors(at(first), move |held| at(held.next))
    }

    fn line(&self, held: &HeldLine) -> OrderPaidLine {
        OrderPaidLine {
            product_ref: self.products.name(held.product),
            category: self.categories.name(held.category),
            quantity: held.quantity,
            amount: money(held),
        }
    }

    fn unclaimed_line(&self, order: &ExternalRef, held: &HeldLine) -> Unclaimed {
        let product = self.products.name(held.product);
        Unclaimed { file_line: held.file_line, order: order.clone(), product, amount: money(held) }
    }
}

impl LinesOfOrder {
    const NONE: Self = Self { first: NONE, last: NONE, bad_at: None, is_claimed: false };
}

fn money(held: &HeldLine) -> Money {
    Money::from_minor(held.amount_minor, Currency::Cny).expect("it came from an amount of money")
}

/// Each name once, by number: a million lines name a few thousand products.
#[derive(Debug)]
struct Names<T> {
    numbers: HashMap<T, u32>,
    names: Vec<T>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), names: Vec::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Names<T> {
    fn number(&mut self, name: Option<T>) -> u32 {
        let Some(name) = name else { return NONE };
        if let Some(&number) = self.numbers.get(&name) {
            return number;
        }
        let number = clamped(self.names.len());
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    fn name(&self, number: u32) -> Option<T> {
        self.names.get(index(number)).cloned()
    }
}

/// Counts here stay below [`MAX_LINES_HELD`]; a line number of the file beyond four milliards shows as the largest.
fn clamped<N: TryInto<u32>>(number: N) -> u32 {
    number.try_into().unwrap_or(NONE)
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
