//! The lines of an order in one column of its row: a JSON array of arrays, in line order.

use std::borrow::Cow;

use kernel::{Currency, Fault, Money, Points};
use serde::{Deserialize, Serialize};

use crate::OrderLine;

/// Product, category, quantity, amount, cash, refunded, and points where there are any; amounts in minor units of the order's
/// currency. A line's number is its place, from 1.
#[derive(Serialize, Deserialize)]
struct StoredLine<'a>(
    #[serde(borrow)] Option<Cow<'a, str>>,
    #[serde(borrow)] Option<Cow<'a, str>>,
    u32,
    i64,
    i64,
    i64,
    // Left out when zero: so were lines written before points were a tender, and so they are read by what wrote those.
    #[serde(default, skip_serializing_if = "is_zero")] i64,
);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(points: &i64) -> bool {
    *points == 0
}

pub(super) fn stored_lines(lines: &[OrderLine]) -> String {
    let stored: Vec<StoredLine<'_>> = lines
        .iter()
        .map(|line| {
            StoredLine(
                line.product_ref.as_ref().map(|told| told.as_str().into()),
                line.category.as_ref().map(|told| told.as_str().into()),
                line.quantity,
                line.amount.minor(),
                line.cash.minor(),
                line.refunded.minor(),
                line.points.get(),
            )
        })
        .collect();
    serde_json::to_string(&stored).expect("texts and numbers always serialise")
}

pub(super) fn lines(stored: &str, currency: Currency) -> Result<Vec<OrderLine>, Fault> {
    let money = |minor| Money::from_minor(minor, currency).ok_or_else(impossible);
    let stored: Vec<StoredLine<'_>> = serde_json::from_str(stored).map_err(|_| impossible())?;
    let lines = (1..).zip(stored).map(
        |(line_no, StoredLine(product_ref, category, quantity, amount, cash, refunded, points))| {
            Ok(OrderLine {
                line_no,
                product_ref: product_ref.map(|text| text.parse()).transpose().map_err(|_| impossible())?,
                category: category.map(|text| text.parse()).transpose().map_err(|_| impossible())?,
                quantity,
                amount: money(amount)?,
                cash: money(cash)?,
                refunded: money(refunded)?,
                points: Points::new(points).ok_or_else(impossible)?,
            })
        },
    );
    lines.collect()
}

fn impossible() -> Fault {
    Fault::inconsistent("read the lines of an order")
}

#[cfg(test)]
mod tests {
    use kernel::{Currency, Money, Points};

    use super::{lines, stored_lines};
    use crate::OrderLine;

    fn yuan(text: &str) -> Money {
        Money::parse(text, Currency::Cny).unwrap()
    }

    #[test]
    fn reads_what_it_wrote() {
        let line = OrderLine {
            line_no: 1,
            product_ref: Some("P-1".parse().unwrap()),
            category: Some("生鲜 \"水果\"".parse().unwrap()),
            quantity: 2,
            amount: yuan("12.50"),
            cash: yuan("10"),
            refunded: yuan("0.05"),
            points: Points::ZERO,
        };
        let bare = OrderLine { line_no: 2, product_ref: None, category: None, ..line.clone() };
        let in_part = OrderLine { line_no: 3, points: Points::new(250).unwrap(), ..bare.clone() };
        let written = stored_lines(&[line.clone(), bare.clone(), in_part.clone()]);

        let expected =
            r#"[["P-1","生鲜 \"水果\"",2,1250,1000,5],[null,null,2,1250,1000,5],[null,null,2,1250,1000,5,250]]"#;
        assert_eq!(written, expected);
        assert_eq!(lines(&written, Currency::Cny).unwrap(), [line, bare, in_part]);
        assert!(lines("[[null,null,2,1250,1000,5,-1]]", Currency::Cny).is_err());
        assert!(lines("[[1]]", Currency::Cny).is_err());
    }
}
