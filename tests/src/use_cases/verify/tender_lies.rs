//! One row of what orders paid with points leave behind, falsified in each way that anything can show.

use super::{
    lies::{UNEXPLAINED, lie},
    one_row::Lie,
};

const OF_TENDERED: &str = "order_id = (SELECT order_id FROM order_refs WHERE external_ref = 'O-TENDERED')";
const OF_HELD: &str = "order_id = (SELECT order_id FROM order_refs WHERE external_ref = 'O-HELD')";
const TENDERED: &str = "external_ref = 'O-TENDERED'";
const TENDER: (&str, &str) = ("point tender of or_", "order_id");
const TENDER_OF: (&str, &str) = ("point tender of or_", "id");
const REDEMPTION_OF_SUN: &str = "kind = 'redeem' AND points = 150";

pub(super) const TENDERS: &[Lie] = &[
    lie("point_tenders", OF_TENDERED, "SET points = 151", TENDER, "the points 151, recomputed 150"),
    lie("point_tenders", OF_HELD, "SET points = 40", TENDER, "the points 40, recomputed 50"),
    lie("point_tenders", OF_TENDERED, "SET posting_id = {no id}", TENDER, "is not there, or is another's"),
    lie(
        "point_tenders",
        OF_TENDERED,
        "SET posting_id = (SELECT id FROM postings WHERE kind = 'redeem' AND points = 50)",
        TENDER,
        "is of \"or_",
    ),
    lie("point_tenders", OF_TENDERED, "SET posting_id = NULL", ("posting po_", "posting_id"), UNEXPLAINED),
    lie("point_tenders", OF_HELD, "DELETE", ("posting po_", "posting_id"), UNEXPLAINED),
    lie(
        "point_tenders",
        OF_TENDERED,
        "SET order_id = {no id}",
        ("point tender of or_0102", ""),
        "its order cannot be read",
    ),
    lie("orders", TENDERED, "SET lines = '[[null,null,1,1000,850,500]]'", TENDER_OF, "the points 150, recomputed 0"),
    lie(
        "orders",
        TENDERED,
        "SET lines = '[[null,null,1,1000,850,1000,150]]'",
        TENDER_OF,
        "the points refunded 75, recomputed 150",
    ),
    lie("orders", TENDERED, "SET lines = 'none'", TENDER_OF, "its order cannot be read"),
    lie("refunds", OF_TENDERED, "SET points = 80", TENDER, "the points refunded 80, recomputed 75"),
    lie("refunds", OF_TENDERED, "SET points = 80", TENDER, "the points given back 80, recomputed 75"),
    lie("refunds", OF_TENDERED, "DELETE", TENDER, "the points given back 0, recomputed 75"),
    lie("postings", REDEMPTION_OF_SUN, "SET reference = 'another'", ("point tender of or_", ""), "is of \"another\""),
    lie(
        "postings",
        REDEMPTION_OF_SUN,
        "SET points = 140",
        ("point tender of or_", ""),
        "the points 150, recomputed 140",
    ),
    lie("postings", REDEMPTION_OF_SUN, "DELETE", ("point tender of or_", ""), "is not there, or is another's"),
    lie(
        "postings",
        "kind = 'restore' AND points = 75",
        "SET points = 80",
        ("point tender of or_", ""),
        "the points given back 75, recomputed 80",
    ),
];
