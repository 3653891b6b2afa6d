use chrono::{TimeZone, Utc};
use kernel::Zone;
use orders::OrderPaid;
use proptest::prelude::{any, prop, proptest};

use super::{ORDERS, read_order};
use crate::import::{
    Input, Table,
    columns::reason_of,
    fields::{Fields, Times},
    records::Next,
};

fn times() -> Times {
    Times { zone: Zone::SHANGHAI, now: Utc.with_ymd_and_hms(2026, 11, 23, 0, 0, 0).unwrap(), shift_days: 0 }
}

/// What a file holds: orders, and rejects as `line column: reason`.
fn read(bytes: &[u8]) -> (Vec<OrderPaid>, Vec<String>) {
    let input = Input::embedded("orders.csv", bytes.to_vec().leak()).unwrap();
    let mut table = Table::open(input, &ORDERS).unwrap();
    let (mut taken, mut rejected) = (Vec::new(), Vec::new());
    loop {
        match table.read_next() {
            (Next::Row(row), layout, _) => {
                let read = Fields::of(&row, &ORDERS, layout).and_then(|fields| read_order(&fields, &times()));
                match read {
                    Ok(order) => taken.push(order),
                    Err(bad) => rejected.push(format!("{} {}: {}", row.line, bad.column, bad.reason)),
                }
            }
            (Next::Unreadable { line, why, .. }, ..) => rejected.push(format!("{line} : {}", reason_of(&why))),
            (Next::End, ..) => return (taken, rejected),
        }
    }
}

const HEADER: &str =
    "household_id,order_id,ordered_at,amount,items_count,channel,community,person,picked_up_at,cash,points_tendered";

#[test]
fn reads_an_order_with_everything() {
    let text = format!(
        "{HEADER}\n900,A-1,2017-01-01T11:53:26,128.60,3,小程序,玉兰里社区,P001,2017-01-02 17:11:00,100.00,2860\n"
    );
    let (taken, rejected) = read(text.as_bytes());

    assert_eq!(rejected, [] as [&str; 0]);
    let order = &taken[0];
    assert_eq!((order.household_ref.as_str(), order.order_ref.as_str()), ("900", "A-1"));
    assert_eq!(order.ordered_at.to_rfc3339(), "2017-01-01T03:53:26+00:00");
    assert_eq!(order.picked_up_at.map(|at| at.to_rfc3339()), Some("2017-01-02T09:11:00+00:00".to_owned()));
    assert_eq!((order.amount.minor(), order.cash.minor(), order.items_count), (12_860, 10_000, 3));
    assert_eq!(order.points_tendered.get(), 2_860);
    assert_eq!(order.person_ref.as_ref().map(|person| person.as_str()), Some("P001"));
    assert_eq!(order.channel.as_ref().map(|channel| channel.as_str()), Some("小程序"));
    assert_eq!(order.community.as_ref().map(|community| community.as_str()), Some("玉兰里社区"));
}

#[test]
fn without_cash_everything_was_paid_in_cash() {
    let (taken, _) = read(b"order_id,household,amount,items,ordered_at\nA,H,0.0,0,2017-01-01T11:53:26\n");
    assert_eq!((taken[0].amount.minor(), taken[0].cash.minor()), (0, 0));
}

#[test]
fn names_line_column_and_reason_of_every_kind_of_bad_row() {
    let good = ["900", "A-1", "2017-01-01T11:53:26", "128.60", "3", "", "", "", "", "", ""];
    let long = "x".repeat(65);
    for (column, value, expected) in [
        (0, "", "household_id: is empty"),
        (0, "a b", "household_id: is not well-formed"),
        (1, &*long, "order_id: is longer than 64 characters"),
        (1, "a\u{202E}b", "order_id: holds a character that cannot be seen"),
        (1, "a\0b", "order_id: holds a NUL character"),
        (2, "2017-02-29T00:00:00", "ordered_at: is no date and time of the calendar"),
        (2, "yesterday", "ordered_at: is not a date and time such as 2017-01-01T11:53:26"),
        (2, "1999-12-31T23:59:59", "ordered_at: is before the year 2000"),
        (2, "2026-11-24T08:00:01", "ordered_at: is more than a day ahead"),
        (3, "", "amount: is not a number"),
        (3, "12,60", "amount: is not a number"),
        (3, "１２", "amount: is not a number"),
        (3, "-1", "amount: is negative"),
        (3, "1.005", "amount: is finer than a fen"),
        (3, "100000000.01", "amount: is too large"),
        (4, "3.5", "items_count: is not a whole number"),
        (4, "-3", "items_count: is not a whole number"),
        (4, "99999999999", "items_count: is too large"),
        (5, "a\0b", "channel: holds a NUL character"),
        (8, "soon", "picked_up_at: is not a date and time such as 2017-01-01T11:53:26"),
        (9, "all", "cash: is not a number"),
        (10, "100", "cash: is empty although points were tendered"),
        (10, "many", "points_tendered: is not a whole number"),
        (10, "-1", "points_tendered: is not a whole number"),
    ] {
        let mut row = good;
        row[column] = value;
        let row: Vec<String> = row.iter().map(|cell| format!("\"{cell}\"")).collect();
        let text = format!("{HEADER}\n{}\n{}\n", good.join(","), row.join(","));
        let (taken, rejected) = read(text.as_bytes());
        assert_eq!(rejected, [format!("3 {expected}")], "{value:?}");
        assert_eq!(taken.len(), 1);
    }
}

#[test]
fn names_rows_that_are_no_text_or_of_another_shape() {
    let mut text = format!("{HEADER}\n").into_bytes();
    text.extend_from_slice(b"900,A-1,2017-01-01T11:53:26,1,1,\xE7\x8E,,,,,\n");
    text.extend_from_slice(b"900,A-2,2017-01-01T11:53:26,1,1\n");
    text.extend_from_slice(b"900,A-3,2017-01-01T11:53:26,1,1,,,,,,,\n");
    text.extend_from_slice(b"900,\"A-4,2017-01-01T11:53:26,1,1,,,,,,\n");
    text.extend(std::iter::repeat_n(b'9', 10_000_000));
    text.extend_from_slice(b"\n900,A-5,2017-01-01T11:53:26,1,1,,,,,,\n");
    let (taken, rejected) = read(&text);

    assert_eq!(
        rejected,
        [
            "2 channel: is not UTF-8",
            "3 : the line has 5 fields where the header has 11",
            "4 : the line has 12 fields where the header has 11",
            "5 : the line opens a quotation mark and does not close it",
            "6 : the line is longer than 64 KiB",
        ]
    );
    assert_eq!(taken.iter().map(|order| order.order_ref.as_str()).collect::<Vec<_>>(), ["A-5"]);
}

#[test]
fn refuses_a_file_without_a_needed_column_and_notes_unknown_ones() {
    let open = |text: &'static str| Table::open(Input::embedded("o.csv", text.as_bytes()).unwrap(), &ORDERS);
    for (text, expected) in [
        (
            "household,order_id,ordered_at\n",
            "o.csv: the header has no column amount, and none items or items_count; nothing was done",
        ),
        ("", "o.csv is empty: it needs a header line; nothing was done"),
        ("amount,Amount\n", "o.csv: the header has column amount twice; nothing was done"),
        (
            "h\0o\0",
            "o.csv: the header has no column household or household_id, and none order_id, and none ordered_at, and none \
                    amount, and none items or items_count (it looks like UTF-16; save it as CSV UTF-8); nothing was done",
        ),
    ] {
        assert_eq!(open(text).err().map(|failure| failure.to_string()).as_deref(), Some(expected));
    }
    let table = open("household,order_id,ordered_at,AMOUNT ,items,store_id,colour,\n").unwrap();
    assert_eq!(table.layout.ignored, ["store_id"]);
    assert_eq!(table.layout.unknown, ["colour", "(column 8)"]);
}

proptest! {
    #[test]
    fn any_bytes_are_taken_or_rejected(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let mut text = format!("{HEADER}\n").into_bytes();
        text.extend_from_slice(&bytes);
        read(&text);
    }

    #[test]
    fn one_damaged_byte_damages_at_most_its_own_line(at in 0_usize..200, byte in any::<u8>()) {
        let row = |id: usize| format!("900,A-{id},2017-01-01T11:53:26,128.60,3,小程序,,P001,,,\n");
        let mut text = format!("{HEADER}\n{}", (0..3).map(row).collect::<String>()).into_bytes();
        let (whole, _) = read(&text);
        let others = &whole[1..];
        let first_row = HEADER.len() + 1;
        let at = first_row + at % row(0).len();
        text[at] = byte;
        let (taken, rejected) = read(&text);
        // The damaged line may still read as an order, and even as one of another line's number. A line break lost joins two lines into
        // one of the wrong width.
        let has_lost_its_break = at + 1 == first_row + row(0).len();
        let are_kept = taken.ends_with(others) || (has_lost_its_break && taken.ends_with(&others[1..]));
        proptest::prop_assert!(are_kept, "{taken:?} {rejected:?}");
    }
}
