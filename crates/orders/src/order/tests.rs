use std::collections::HashMap;

use kernel::{Currency, Id, Money, Points, Timestamp};
use proptest::prelude::{Strategy, prop, prop_assert, prop_assert_eq, proptest};
use uuid::Uuid;

use super::{Order, Resolved};
use crate::{
    CancelRefusal, Cancelled, InvalidOrder, OrderPaid, OrderPaidLine, OrderRefunded, PickUpRefusal, RefundLine,
    RefundRefusal,
};

fn yuan(text: &str) -> Money {
    Money::parse(text, Currency::Cny).unwrap()
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_timestamp_millis(millis).unwrap()
}

fn paid(amount: &str, cash: &str, lines: &[&str]) -> OrderPaid {
    OrderPaid {
        order_ref: "D-1".parse().unwrap(),
        household_ref: "H-1".parse().unwrap(),
        person_ref: None,
        community: None,
        channel: None,
        ordered_at: at(1_000),
        picked_up_at: None,
        amount: yuan(amount),
        cash: yuan(cash),
        points_tendered: Points::ZERO,
        items_count: 3,
        lines: lines
            .iter()
            .map(|amount| OrderPaidLine {
                product_ref: Some("S-1".parse().unwrap()),
                category: None,
                quantity: 1,
                amount: yuan(amount),
            })
            .collect(),
    }
}

fn order(paid: &OrderPaid) -> Result<Order, InvalidOrder> {
    let resolved =
        Resolved { id: Id::from_uuid(Uuid::from_u128(1)), household: Id::from_uuid(Uuid::from_u128(2)), person: None };
    let categories = HashMap::from([("S-1".parse().unwrap(), "蔬菜".parse().unwrap())]);
    // A hundred points are worth a yuan.
    Order::from_paid(paid, resolved, &categories, paid.points_tendered.get())
}

fn refund(amount: &str, lines: &[(u32, &str)]) -> OrderRefunded {
    OrderRefunded {
        order_ref: "D-1".parse().unwrap(),
        refund_ref: "R-1".parse().unwrap(),
        refunded_at: at(2_000),
        amount: yuan(amount),
        lines: lines.iter().map(|&(line_no, amount)| RefundLine { line_no, amount: yuan(amount) }).collect(),
    }
}

#[test]
fn an_order_without_lines_is_one_line_over_everything() {
    let order = order(&paid("128.60", "128.60", &[])).unwrap();

    assert_eq!(order.lines.len(), 1);
    assert_eq!((order.lines[0].amount, order.lines[0].cash), (yuan("128.60"), yuan("128.60")));
}

#[test]
fn the_catalogue_fills_in_a_category_the_line_does_not_name() {
    let order = order(&paid("1", "1", &["1"])).unwrap();

    assert_eq!(order.lines[0].category.as_ref().map(ToString::to_string), Some("蔬菜".to_owned()));
}

#[test]
fn cash_is_split_over_the_lines_to_the_fen() {
    let order = order(&paid("100", "80", &["33.33", "33.33", "33.34"])).unwrap();

    let cash: Vec<i64> = order.lines.iter().map(|line| line.cash.minor()).collect();
    assert_eq!(cash, [2_667, 2_666, 2_667]);
    assert_eq!(cash.iter().sum::<i64>(), 8_000);
}

#[test]
fn refuses_what_cannot_be_true() {
    let too_many = vec!["0"; crate::MAX_LINES + 1];
    for (paid, refusal) in [
        (paid("10", "10", &["4", "5"]), InvalidOrder::LinesDoNotSum { lines_minor: 900, amount: yuan("10") }),
        (paid("10", "10.01", &[]), InvalidOrder::CashAboveAmount { cash: yuan("10.01"), amount: yuan("10") }),
        (paid("0", "0", &too_many), InvalidOrder::TooManyLines),
        (OrderPaid { picked_up_at: Some(at(999)), ..paid("1", "1", &[]) }, InvalidOrder::PickedUpBeforeOrdered),
    ] {
        assert_eq!(order(&paid), Err(refusal));
    }
}

#[test]
fn refunds_of_all_lines_return_exactly_the_cash_paid() {
    // Scenario 4's cash: ¥100 paid ¥80 in cash, refunded line by line.
    let mut order = order(&paid("100", "80", &["33.33", "33.33", "33.34"])).unwrap();

    let cash: Vec<Money> = [(1, "33.33"), (2, "33.33"), (3, "33.34")]
        .map(|(line_no, amount)| order.refund(&refund(amount, &[(line_no, amount)])).unwrap().cash)
        .to_vec();

    assert_eq!(cash, [yuan("26.67"), yuan("26.66"), yuan("26.67")]);
    assert_eq!(order.refund(&refund("0.01", &[])), Err(RefundRefusal::MoreThanPaid { left: Money::ZERO }));
}

#[test]
fn a_refund_that_names_no_lines_is_spread_over_what_is_left() {
    let mut order = order(&paid("200", "200", &["150", "50"])).unwrap();

    assert_eq!(order.refund(&refund("50", &[])).unwrap().cash, yuan("50"));
    let refunded: Vec<Money> = order.lines.iter().map(|line| line.refunded).collect();
    assert_eq!(refunded, [yuan("37.50"), yuan("12.50")]);
}

#[test]
fn refuses_a_refund_that_cannot_be_true_and_changes_nothing() {
    let mut order = order(&paid("30", "30", &["10", "20"])).unwrap();
    let before = order.clone();

    for (told, refusal) in [
        (refund("0", &[]), RefundRefusal::Nothing),
        (refund("30.01", &[]), RefundRefusal::MoreThanPaid { left: yuan("30") }),
        (refund("10.01", &[(1, "10.01")]), RefundRefusal::MoreThanPaid { left: yuan("10") }),
        (refund("1", &[(3, "1")]), RefundRefusal::NoSuchLine { line_no: 3 }),
        (refund("2", &[(1, "1"), (1, "1")]), RefundRefusal::NoSuchLine { line_no: 1 }),
        (refund("2", &[(1, "1")]), RefundRefusal::LinesDoNotSum { lines_minor: 100, amount: yuan("2") }),
    ] {
        assert_eq!(order.refund(&told), Err(refusal));
        assert_eq!(order, before);
    }
}

#[test]
fn is_picked_up_once() {
    let mut order = order(&paid("1", "1", &[])).unwrap();

    assert_eq!(order.pick_up(at(999)), Err(PickUpRefusal::BeforeOrdered));
    assert_eq!(order.pick_up(at(5_000)), Ok(true));
    assert_eq!(order.pick_up(at(5_000)), Ok(false));
    assert_eq!(order.pick_up(at(6_000)), Err(PickUpRefusal::AlreadyPickedUp { picked_up_at: at(5_000) }));
}

#[test]
fn the_same_sale_has_the_same_hash_and_any_other_has_not() {
    let told = paid("30", "30", &["10", "20"]);
    let later = OrderPaid { picked_up_at: Some(at(9_000)), ..told.clone() };

    assert_eq!(told.content_hash(), later.content_hash());
    assert_ne!(told.content_hash(), paid("30", "29", &["10", "20"]).content_hash());
    assert_ne!(told.content_hash(), paid("30", "30", &["20", "10"]).content_hash());
}

#[test]
fn a_cancellation_is_the_end_of_an_order() {
    let mut order = order(&paid("10", "10", &[])).unwrap();
    assert_eq!(order.cancel(at(999)), Err(CancelRefusal::BeforeOrdered));
    assert_eq!(order.cancel(at(1_500)), Ok(true));
    assert_eq!(order.cancel(at(1_500)), Ok(false));
    assert_eq!(order.cancel(at(1_501)), Err(CancelRefusal::AlreadyCancelled { cancelled_at: at(1_500) }));
    let end = Cancelled { cancelled_at: at(1_500) };
    assert_eq!(order.pick_up(at(2_000)), Err(PickUpRefusal::Cancelled(end)));
    assert_eq!(order.refund(&refund("1", &[])), Err(RefundRefusal::Cancelled(end)));
    assert_eq!((order.picked_up_at, order.lines[0].refunded), (None, yuan("0")));
}

#[test]
fn what_was_picked_up_or_refunded_is_not_cancelled() {
    let mut picked_up = order(&paid("10", "10", &[])).unwrap();
    picked_up.pick_up(at(1_200)).unwrap();
    assert_eq!(picked_up.cancel(at(1_500)), Err(CancelRefusal::PickedUp { picked_up_at: at(1_200) }));
    let mut refunded = order(&paid("10", "10", &[])).unwrap();
    refunded.refund(&refund("0.01", &[])).unwrap();
    assert_eq!(refunded.cancel(at(1_500)), Err(CancelRefusal::Refunded));
    assert_eq!((picked_up.cancelled_at, refunded.cancelled_at), (None, None));
}

fn points(n: i64) -> Points {
    Points::new(n).unwrap()
}

#[test]
fn cash_and_points_are_each_split_to_the_last_one() {
    // Scenario 4: ¥100 of three equal lines, paid with ¥80 and 2,000 points.
    let told = OrderPaid { points_tendered: points(2_000), ..paid("100", "80", &["33.33", "33.33", "33.34"]) };
    let mut order = order(&told).unwrap();

    let shares: Vec<(i64, i64)> = order.lines.iter().map(|line| (line.cash.minor(), line.points.get())).collect();
    assert_eq!(shares, [(2_667, 667), (2_666, 666), (2_667, 667)]);
    assert_eq!(order.points(), points(2_000));
    let back = order.refund(&refund("33.33", &[(1, "33.33")])).unwrap();
    assert_eq!((back.cash, back.points), (yuan("26.67"), points(667)));
    let rest = order.refund_of_the_rest("R-9".parse().unwrap(), at(3_000)).unwrap();
    let back = order.refund(&rest).unwrap();
    assert_eq!((back.amount, back.cash, back.points), (yuan("66.67"), yuan("53.33"), points(1_333)));
    assert_eq!(order.refund_of_the_rest("R-9".parse().unwrap(), at(3_000)), None);
}

#[test]
fn points_must_be_worth_exactly_what_is_not_cash() {
    for (amount, cash, tendered, worth_minor) in
        [("100", "80", 1_999, 1_999), ("100", "80", 2_001, 2_001), ("100", "100", 1, 1), ("10", "10", 1, 0)]
    {
        let told = OrderPaid { points_tendered: points(tendered), ..paid(amount, cash, &[]) };
        let (cash, points, amount) = (told.cash, told.points_tendered, told.amount);
        assert_eq!(told.check(worth_minor), Err(InvalidOrder::TenderDoesNotSum { cash, points, worth_minor, amount }));
    }
    // What is neither was paid in a way that is none of ours.
    assert_eq!(paid("100", "80", &[]).check(0), Ok(()));
}

#[test]
fn sales_told_before_points_were_a_tender_keep_their_hash() {
    let told = paid("30", "20", &["10", "20"]);

    let hash = |points_tendered| OrderPaid { points_tendered, ..told.clone() }.content_hash();
    assert_eq!(hash(Points::ZERO), told.content_hash());
    assert_ne!(hash(points(1_000)), told.content_hash());
    assert_ne!(hash(points(1_000)), hash(points(1_001)));
}

/// Lines in fen, a share of them that is cash, points, and refunds: of which line, and what part of what is left of it.
type Sold = (Vec<i64>, u16, i64, Vec<(usize, u16)>);

fn sold() -> impl Strategy<Value = Sold> {
    let refunds = prop::collection::vec((0_usize..8, 0_u16..=1_000), 0..24);
    (prop::collection::vec(0_i64..20_000, 1..8), 0_u16..=1_000, 0_i64..3_000_000, refunds)
}

proptest! {
    #[test]
    fn whatever_is_refunded_in_whatever_order_the_parts_end_at_exactly_what_was_paid((lines, cash, tendered, refunds) in sold()) {
        let fen = |minor| Money::from_minor(minor, Currency::Cny).unwrap();
        let amount: i64 = lines.iter().sum();
        let cash = amount * i64::from(cash) / 1_000;
        let told = OrderPaid {
            amount: fen(amount),
            cash: fen(cash),
            // Whatever the points are worth, they are split by the lines.
            points_tendered: points(if amount == cash { 0 } else { tendered }),
            lines: lines.iter().map(|&line| OrderPaidLine { amount: fen(line), ..paid("1", "1", &["1"]).lines[0].clone() }).collect(),
            ..paid("1", "1", &[])
        };
        let resolved =
            Resolved { id: Id::from_uuid(Uuid::from_u128(1)), household: Id::from_uuid(Uuid::from_u128(2)), person: None };
        let mut order = Order::from_paid(&told, resolved, &HashMap::new(), amount - cash).unwrap();
        prop_assert_eq!(order.lines.iter().map(|line| line.cash.minor()).sum::<i64>(), cash);
        prop_assert_eq!(order.points(), told.points_tendered);

        let (mut cash_back, mut points_back) = (0, 0);
        for (line, part) in refunds {
            let line = &order.lines[line % order.lines.len()];
            let amount = fen(line.left().minor() * i64::from(part) / 1_000);
            let told = OrderRefunded { amount, lines: vec![RefundLine { line_no: line.line_no, amount }], ..refund("1", &[]) };
            let before = order.clone();
            match order.refund(&told) {
                Ok(back) => {
                    cash_back += back.cash.minor();
                    points_back += back.points.get();
                    prop_assert!(cash_back <= cash && points_back <= told_points(&before));
                }
                Err(refusal) => prop_assert_eq!((refusal, &order), (RefundRefusal::Nothing, &before)),
            }
        }
        if let Some(rest) = order.refund_of_the_rest("R-9".parse().unwrap(), at(3_000)) {
            let back = order.refund(&rest).unwrap();
            cash_back += back.cash.minor();
            points_back += back.points.get();
        }
        prop_assert_eq!((cash_back, points_back), (cash, told.points_tendered.get()));
    }
}

fn told_points(order: &Order) -> i64 {
    order.points().get()
}
