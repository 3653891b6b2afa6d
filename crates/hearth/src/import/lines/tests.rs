use orders::OrderPaidLine;

use super::{Claimed, LinesByOrder, ReadLine};
use crate::import::parse_amount;

fn line(order: &str, product: &str, quantity: u32, amount: &str) -> ReadLine {
    let amount = parse_amount(amount).unwrap();
    let product_ref = (!product.is_empty()).then(|| product.parse().unwrap());
    ReadLine { order: order.parse().unwrap(), line: OrderPaidLine { product_ref, category: None, quantity, amount } }
}

fn held(lines: &[(u64, ReadLine)]) -> LinesByOrder {
    let mut held = LinesByOrder::default();
    lines.iter().for_each(|(at, line)| held.hold(*at, line.clone()).unwrap());
    held
}

#[test]
fn gives_an_order_its_lines_as_they_stand_in_the_file_however_often_asked() {
    let (a1, b1, a2) = (line("A", "milk", 1, "2.50"), line("B", "milk", 3, "7.50"), line("A", "", 2, "0"));
    let mut held = held(&[(2, a1.clone()), (3, b1), (4, a2.clone())]);

    for _ in 0..2 {
        assert_eq!(held.claim(&"A".parse().unwrap()), Claimed::Lines(vec![a1.line.clone(), a2.line.clone()]));
    }
    assert_eq!(held.claim(&"C".parse().unwrap()), Claimed::Lines(vec![]));
}

#[test]
fn a_bad_line_spoils_its_order() {
    let mut held = held(&[(2, line("A", "milk", 1, "2.50")), (5, line("A", "milk", 1, "2.50"))]);
    held.spoil(4, "A".parse().unwrap());
    held.spoil(7, "A".parse().unwrap());
    held.spoil(9, "B".parse().unwrap());

    assert_eq!(held.claim(&"A".parse().unwrap()), Claimed::BadLine(4));
    assert_eq!(held.claim(&"B".parse().unwrap()), Claimed::BadLine(9));
}

#[test]
fn lists_lines_nobody_claimed_in_the_order_of_the_file() {
    let lines = [
        (2, line("Z", "milk", 1, "1")),
        (3, line("A", "tea", 1, "2")),
        (4, line("Y", "", 1, "3")),
        (5, line("Z", "tea", 1, "4")),
    ];
    let mut held = held(&lines);
    held.claim(&"A".parse().unwrap());

    let unclaimed: Vec<_> = held.unclaimed().into_iter().map(|line| (line.file_line, line.order.to_string())).collect();
    assert_eq!(unclaimed, [(2, "Z".to_owned()), (4, "Y".to_owned()), (5, "Z".to_owned())]);
}
