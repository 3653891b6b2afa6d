use app::ledger::{MonthlyLine, MonthlyStatement};
use kernel::{Actor, Id, Label, Locale, Points, Timestamp, Zone};
use ledger::{Account, Cause, Posting, PostingKind, Transfer, store::StatementMark};

use super::{render, statement_csv, statement_file};

fn points(n: i64) -> Points {
    Points::new(n).unwrap()
}

fn line(no: i64, kind: PostingKind, actor: Actor, transfer: Transfer, after: [i64; 2]) -> MonthlyLine {
    let cause = Cause {
        id: Id::from_uuid(uuid::Uuid::nil()),
        reference: format!("act-{no}"),
        actor,
        posted_at: Timestamp::from_timestamp_millis(1_772_600_000_000 + no).unwrap(),
        business_date: "2026-03-01".parse().unwrap(),
    };
    let posting = Posting {
        household: Id::from_uuid(uuid::Uuid::nil()),
        kind,
        no,
        cause,
        points: transfer.points,
        balance_after: points(after[0]),
        owed_after: points(after[1]),
        corrects: None,
        counterpart: None,
        reason: (kind == PostingKind::Adjust).then(|| "=cmd|' /C calc'!A0".parse().unwrap()),
        earn: None,
        clawed_lines: Vec::new(),
        transfers: vec![transfer],
        hash: None,
    };
    let person = matches!(actor, Actor::Member(_)).then(|| "<b>王奶奶</b>".parse::<Label>().unwrap());
    MonthlyLine { posting, person }
}

fn statement() -> MonthlyStatement {
    let lot = Account::Lot(Id::from_uuid(uuid::Uuid::nil()));
    let moved = |from, to, n| Transfer { from, to, points: points(n) };
    let member = Actor::Member(Id::from_uuid(uuid::Uuid::nil()));
    let mark = |no, balance, owed| StatementMark { no, balance: points(balance), owed: points(owed) };
    MonthlyStatement {
        household: Id::from_uuid(uuid::Uuid::nil()),
        name: "王家".parse().unwrap(),
        month: "2026-03".parse().unwrap(),
        zone: Zone::SHANGHAI,
        is_over: true,
        opening: mark(6, 1_300, 0),
        lines: vec![
            line(7, PostingKind::Redeem, member, moved(lot, Account::Redeemed, 1_300), [0, 0]),
            line(8, PostingKind::Clawback, Actor::OrderSystem, moved(Account::Owed, Account::Issued, 30), [0, 30]),
            line(9, PostingKind::Adjust, Actor::Operator, moved(Account::Adjusted, Account::Owed, 30), [0, 0]),
        ],
        lines_left_out: 2,
        closing: mark(11, 5_000, 0),
    }
}

#[test]
fn a_csv_runs_from_the_opening_to_the_closing_balance() {
    assert_eq!(
        statement_csv(&statement(), Locale::En),
        "\u{FEFF}no,business_date,posted_at,kind,what,who,reference,reason,points,balance_after,owed_after\r\n\
         ,2026-03-01,,opening,,,,,,1300,0\r\n\
         7,2026-03-01,2026-03-04 12:53:20,redeem,Perk redeemed,<b>王奶奶</b>,act-7,,-1300,0,0\r\n\
         8,2026-03-01,2026-03-04 12:53:20,clawback,Order refunded,order system,act-8,,-30,0,30\r\n\
         9,2026-03-01,2026-03-04 12:53:20,adjust,Adjusted,operator,act-9,'=cmd|' /C calc'!A0,30,0,0\r\n\
         ,,,left_out,2 more lines are left out,,,,,,\r\n\
         ,2026-03-31,,closing,,,,,,5000,0\r\n"
    );
}

#[test]
fn says_the_same_in_both_languages() {
    let zh_cn = render(&statement(), Locale::ZhCn, None);
    let en = render(&statement(), Locale::En, None);

    for part in ["王家", "2026-03-01", "2026-03-04 12:53:20", "act-9", "−1,300", "+30", "5,000", "Asia/Shanghai"] {
        assert!(zh_cn.contains(part) && en.contains(part), "{part}");
    }
    assert!(zh_cn.contains("欠 30") && zh_cn.contains("另有 2 笔未列出") && zh_cn.contains("订单系统"), "{zh_cn}");
    assert!(en.contains("owed 30") && en.contains("2 more lines are left out") && en.contains("order system"), "{en}");
}

#[test]
fn a_name_cannot_bring_its_own_html_and_no_page_has_a_script() {
    let page = render(&statement(), Locale::En, None);
    assert!(page.contains("&#60;b&#62;王奶奶") && !page.contains("<b>王奶奶"), "{page}");
    assert!(!page.contains("<script") && page.contains("/static/hearth.css"));
}

#[test]
fn a_file_brings_its_style_along() {
    let file = statement_file(&statement(), Locale::ZhCn);
    assert!(file.contains("<style>") && file.contains("@media print") && !file.contains("/static/"), "{file}");
}

#[test]
fn a_month_without_lines_says_so() {
    let empty = MonthlyStatement { lines: Vec::new(), lines_left_out: 0, is_over: false, ..statement() };
    let page = render(&empty, Locale::En, None);
    assert!(page.contains("Nothing happened in this month.") && page.contains("Balance so far"), "{page}");
}
