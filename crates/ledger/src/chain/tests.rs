use kernel::{Actor, Currency, Id, Money, Points, Timestamp};
use uuid::Uuid;

use crate::{Account, Cause, ChainHash, EarnSnapshot, LinePoints, Posting, PostingKind, Transfer};

fn points(n: i64) -> Points {
    Points::new(n).unwrap()
}

fn id<K>(n: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(n))
}

fn snapshot() -> EarnSnapshot {
    EarnSnapshot {
        rule: id(9),
        rule_version: 2,
        basis: Money::from_minor(1_250, Currency::Cny).unwrap(),
        lines: vec![LinePoints { line_no: 1, points: points(5) }, LinePoints { line_no: 2, points: points(7) }],
    }
}

fn posting() -> Posting {
    Posting {
        household: id(7),
        kind: PostingKind::Earn,
        no: 3,
        cause: Cause {
            id: id(10),
            reference: "order 1".to_owned(),
            actor: Actor::Member(id(1)),
            posted_at: Timestamp::from_timestamp_millis(1_780_286_400_000).unwrap(),
            business_date: "2026-06-01".parse().unwrap(),
        },
        points: points(12),
        balance_after: points(30),
        owed_after: Points::ZERO,
        corrects: None,
        counterpart: None,
        reason: None,
        earn: Some(snapshot()),
        clawed_lines: Vec::new(),
        transfers: vec![
            Transfer { from: Account::Issued, to: Account::Owed, points: points(2) },
            Transfer { from: Account::Issued, to: Account::Lot(id(5)), points: points(10) },
        ],
        hash: None,
    }
}

/// Computed from the description of [`ChainHash::of`] by another program: stored hashes must stay right for ever.
#[test]
fn hashes_a_posting_as_it_is_described() {
    let first = "e9118c8dbfeb0c0772512a981aacec05f54c71430a92ae0879e2d788f314be4f";
    let later = "ef8581444a58e9152752d04454b2e15ab656f3afcd5f83ddc4925fcb51c0010d";

    assert_eq!(ChainHash::of(&posting(), None).to_string(), first);
    assert_eq!(ChainHash::of(&posting(), Some(ChainHash::from_bytes([0xab; 32]))).to_string(), later);
}

#[test]
fn its_own_hash_does_not_count() {
    let hashed = Posting { hash: Some(ChainHash::from_bytes([1; 32])), ..posting() };

    assert_eq!(ChainHash::of(&hashed, None), ChainHash::of(&posting(), None));
}

/// Something done to one field of a posting, and the field's name.
type Change = (&'static str, fn(&mut Posting));

const CHANGES: &[Change] = &[
    ("household", |it| it.household = id(8)),
    ("kind", |it| it.kind = PostingKind::Adjust),
    ("no", |it| it.no = 4),
    ("id", |it| it.cause.id = id(11)),
    ("reference", |it| it.cause.reference = "order 2".to_owned()),
    ("actor", |it| it.cause.actor = Actor::System),
    ("actor's person", |it| it.cause.actor = Actor::Member(id(2))),
    ("posted_at", |it| it.cause.posted_at += chrono::TimeDelta::milliseconds(1)),
    ("business_date", |it| it.cause.business_date = "2026-06-02".parse().unwrap()),
    ("points", |it| it.points = points(13)),
    ("balance_after", |it| it.balance_after = points(31)),
    ("owed_after", |it| it.owed_after = points(1)),
    ("corrects", |it| it.corrects = Some(id(3))),
    ("counterpart", |it| it.counterpart = Some(id(3))),
    ("reason", |it| it.reason = Some("why".parse().unwrap())),
    ("earn", |it| it.earn = None),
    ("rule", |it| it.earn = Some(EarnSnapshot { rule: id(8), ..snapshot() })),
    ("rule_version", |it| it.earn = Some(EarnSnapshot { rule_version: 3, ..snapshot() })),
    ("basis", |it| {
        it.earn = Some(EarnSnapshot { basis: Money::from_minor(1_251, Currency::Cny).unwrap(), ..snapshot() });
    }),
    ("points of a line", |it| it.earn.as_mut().unwrap().lines[0].points = points(6)),
    ("number of a line", |it| it.earn.as_mut().unwrap().lines[0].line_no = 3),
    ("a line less", |it| it.earn.as_mut().unwrap().lines.truncate(1)),
    ("account a transfer leaves", |it| it.transfers[0].from = Account::Adjusted),
    ("account a transfer reaches", |it| it.transfers[0].to = Account::Lot(id(5))),
    ("lot of a transfer", |it| it.transfers[1].to = Account::Lot(id(6))),
    ("points of a transfer", |it| it.transfers[1].points = points(9)),
    ("order of transfers", |it| it.transfers.reverse()),
    ("a transfer less", |it| it.transfers.truncate(1)),
];

#[test]
fn any_changed_field_changes_the_hash() {
    let before = ChainHash::of(&posting(), None);
    for (field, change) in CHANGES {
        let mut changed = posting();
        change(&mut changed);
        assert_ne!(ChainHash::of(&changed, None), before, "{field}");
    }
}

#[test]
fn lines_that_were_taken_back_count_like_lines_that_were_earned() {
    let clawback = Posting { kind: PostingKind::Clawback, earn: None, clawed_lines: snapshot().lines, ..posting() };
    let fewer = Posting { clawed_lines: Vec::new(), ..clawback.clone() };

    assert_ne!(ChainHash::of(&clawback, None), ChainHash::of(&fewer, None));
}
