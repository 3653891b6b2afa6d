use ledger::{AccountPeriod, BookAccount, JournalEntry, JournalLine, PostingKind};

use super::{accounts_csv, journal_csv, write, yuan};
use crate::cli::Period;

#[test]
fn writes_fen_as_yuan() {
    assert_eq!([0, 5, 100, 12_345, -5, -12_345].map(yuan), ["0.00", "0.05", "1.00", "123.45", "-0.05", "-123.45"]);
}

#[test]
fn writes_an_entry_as_its_lines() {
    let line = |account, points, fen| JournalLine { account, points, fen };
    let entry = JournalEntry {
        posting_date: "2026-03-02".parse().unwrap(),
        business_date: "2026-02-28".parse().unwrap(),
        kind: PostingKind::Adjust,
        is_gain: false,
        lines: vec![
            line(BookAccount::Lots, -50, -25),
            line(BookAccount::Adjusted, 50, 25),
            line(BookAccount::Owed, -1, 0),
        ],
    };

    assert_eq!(
        journal_csv(&[entry]),
        "entry,posting_date,business_date,account,points,debit,credit\r\n\
         2026-03-02/2026-02-28/adjust_debit,2026-03-02,2026-02-28,points_liability,50,0.25,\r\n\
         2026-03-02/2026-02-28/adjust_debit,2026-03-02,2026-02-28,points_adjustments,50,,0.25\r\n\
         2026-03-02/2026-02-28/adjust_debit,2026-03-02,2026-02-28,points_receivable,1,0.00,\r\n"
    );
}

#[test]
fn writes_a_period_with_what_it_began_and_ended_with() {
    let period = AccountPeriod {
        first_day: "2026-03-01".parse().unwrap(),
        account: BookAccount::Lots,
        opening: 100,
        debits: 40,
        credits: 7,
    };

    assert_eq!(
        accounts_csv(&[period], Period::Month),
        "period,account,opening,debits,credits,net,closing\r\n2026-03,lots,100,40,7,-33,67\r\n"
    );
    assert!(accounts_csv(&[period], Period::Day).contains("\r\n2026-03-01,lots,"));
}

#[test]
fn replaces_a_file_whole_and_names_one_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    write(Some(&file), "one").unwrap();
    write(Some(&file), "two").unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "two");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    let nowhere = folder.path().join("no/such/folder.csv");
    assert!(write(Some(&nowhere), "x").unwrap_err().to_string().contains("no/such/folder.csv"));
}
