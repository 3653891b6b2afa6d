use kernel::{BusinessDate, Points};
use proptest::prelude::*;

use super::{Journal, JournalEntry, MovesDiffer, PointValue};
use crate::{
    BookAccount::{self, Adjusted, Issued, Lots, Moved, Owed, Redeemed},
    Flow, PostingKind,
};

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

fn flow(kind: PostingKind, from: BookAccount, to: BookAccount, points: i64) -> Flow {
    Flow { posted_quarter: 0, business_date: day("2026-03-01"), kind, from, to, points: Points::new(points).unwrap() }
}

fn journal(value: &str, flows: &[(&str, Flow)]) -> Result<Vec<JournalEntry>, MovesDiffer> {
    let mut journal = Journal::new(day("2026-03-01"), day("2026-03-31"));
    flows.iter().for_each(|(posted, flow)| journal.add(day(posted), flow));
    journal.finish(value.parse().unwrap())
}

/// Day, code, and account, points, fen of each line.
fn told(entries: &[JournalEntry]) -> Vec<String> {
    let line = |entry: &JournalEntry| {
        let lines: Vec<String> =
            entry.lines.iter().map(|line| format!("{} {} {}", line.account.code(), line.points, line.fen)).collect();
        format!("{} {}: {}", entry.posting_date, entry.code(), lines.join(", "))
    };
    entries.iter().map(line).collect()
}

#[test]
fn values_points_to_the_fen_rounded_down() {
    let third: PointValue = "0.33".parse().unwrap();
    assert_eq!([0, 1, 3, 4, 100, -1].map(|points| third.of(points)), [0, 0, 0, 1, 33, -1]);
    assert_eq!(PointValue::default().of(128), 128);
    for text in ["0", "-1", "0.001", "10000.01", "1%", ""] {
        assert!(text.parse::<PointValue>().is_err(), "{text}");
    }
}

#[test]
fn an_entry_has_both_sides_and_closes_to_zero() {
    let entries = journal(
        "1",
        &[
            ("2026-03-01", flow(PostingKind::Earn, Issued, Lots, 100)),
            ("2026-03-01", flow(PostingKind::Earn, Issued, Owed, 20)),
            ("2026-03-02", flow(PostingKind::Redeem, Lots, Redeemed, 40)),
        ],
    );

    assert_eq!(
        told(&entries.unwrap()),
        [
            "2026-03-01 earn: lots 100 100, owed 20 20, issued -120 -120",
            "2026-03-02 redeem: lots -40 -40, redeemed 40 40",
        ]
    );
}

/// Three points are worth 0.99 fen, four 1.32: the fen appears with the fourth, however long ago the first three were owed.
#[test]
fn a_debt_is_worth_what_all_of_it_is_worth() {
    let debt = |points| flow(PostingKind::Clawback, Owed, Issued, points);

    let since_last_month = journal("0.33", &[("2026-02-28", debt(3)), ("2026-03-01", debt(1))]);
    let since_yesterday = journal("0.33", &[("2026-03-01", debt(3)), ("2026-03-02", debt(1))]);

    assert_eq!(told(&since_last_month.unwrap()), ["2026-03-01 clawback: owed -1 -1, issued 1 1"]);
    assert_eq!(
        told(&since_yesterday.unwrap()),
        ["2026-03-01 clawback: owed -3 0, issued 3 0", "2026-03-02 clawback: owed -1 -1, issued 1 1"]
    );
}

#[test]
fn adjustments_that_cancel_out_are_both_seen() {
    let entries = journal(
        "1",
        &[
            ("2026-03-01", flow(PostingKind::Adjust, Adjusted, Lots, 50)),
            ("2026-03-01", flow(PostingKind::Adjust, Lots, Adjusted, 50)),
        ],
    );

    assert_eq!(
        told(&entries.unwrap()),
        [
            "2026-03-01 adjust_debit: lots -50 -50, adjusted 50 50",
            "2026-03-01 adjust_credit: lots 50 50, adjusted -50 -50",
        ]
    );
}

#[test]
fn fractions_of_a_fen_go_to_the_largest_remainder() {
    // 5 points at 0.15 fen are 0.75, 1 less is -0.15: together 1.35, so one fen. Rounded down they are 0, 0 and -1, so two fen are
    // left: for -0.15, whose fraction is 0.85, and for the earlier 0.75.
    let entries = journal(
        "0.15",
        &[
            ("2026-03-01", flow(PostingKind::Earn, Issued, Lots, 5)),
            ("2026-03-01", flow(PostingKind::Adjust, Adjusted, Lots, 5)),
            ("2026-03-01", flow(PostingKind::Redeem, Lots, Redeemed, 1)),
        ],
    );

    assert_eq!(
        told(&entries.unwrap()),
        [
            "2026-03-01 earn: lots 5 1, issued -5 -1",
            "2026-03-01 redeem: lots -1 0, redeemed 1 0",
            "2026-03-01 adjust_credit: lots 5 0, adjusted -5 0",
        ]
    );
}

#[test]
fn moves_between_households_are_no_entry_but_must_balance() {
    let out = flow(PostingKind::MoveOut, Lots, Moved, 30);
    let into = flow(PostingKind::MoveIn, Moved, Lots, 30);

    assert_eq!(journal("1", &[("2026-03-01", out), ("2026-03-01", into)]), Ok(vec![]));
    assert_eq!(journal("1", &[("2026-03-01", out)]), Err(MovesDiffer(day("2026-03-01"))));
}

#[test]
fn scheduling_moves_no_money() {
    assert_eq!(journal("1", &[("2026-03-01", flow(PostingKind::Schedule, Lots, Lots, 30))]), Ok(vec![]));
}

proptest! {
    #[test]
    fn the_liability_in_money_is_the_points_outstanding_at_their_value_wherever_the_export_begins(
        value in 1_i64..=1_000_000,
        earns in prop::collection::vec((1_u32..=31, 1_i64..1_000_000, any::<bool>()), 1..40),
        begins in 1_u32..=31,
    ) {
        let value: PointValue = format!("{}.{:02}", value / 100, value % 100).parse().unwrap();
        let on = |day: u32| BusinessDate::from_ymd_opt(2026, 3, day).unwrap();
        let mut whole = Journal::new(on(1), on(31));
        let mut part = Journal::new(on(begins), on(31));
        let mut outstanding = 0;
        let mut earns = earns;
        earns.sort_unstable();
        for (day, points, is_earn) in earns {
            let points = if is_earn { points } else { points.min(outstanding) };
            if points == 0 { continue; }
            let (kind, from, to) =
                if is_earn { (PostingKind::Earn, Issued, Lots) } else { (PostingKind::Redeem, Lots, Redeemed) };
            outstanding += if is_earn { points } else { -points };
            whole.add(on(day), &flow(kind, from, to, points));
            part.add(on(day), &flow(kind, from, to, points));
        }
        let whole = whole.finish(value).unwrap();
        let part = part.finish(value).unwrap();

        let mut liability = 0;
        for entry in &whole {
            prop_assert_eq!(entry.lines.iter().map(|line| line.fen).sum::<i64>(), 0);
            liability += entry.lines.iter().filter(|line| line.account == Lots).map(|line| line.fen).sum::<i64>();
        }
        prop_assert_eq!(liability, value.of(outstanding));
        let same: Vec<JournalEntry> = whole.into_iter().filter(|entry| entry.posting_date >= on(begins)).collect();
        prop_assert_eq!(part, same);
    }
}
