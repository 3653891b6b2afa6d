//! What databases in the field already hold, word by word: these literals outlive every rename. A word that changed here would make
//! rows of yesterday unreadable.

use kernel::{Id, Timestamp, kinds};
use uuid::Uuid;

use crate::{
    Account, BookAccount, CapPeriod, CapScope, ChainHash, Difference, Finding, HoldState, NoticeBefore, PointValue,
    PostingKind, RefundPolicy, Rounding, SealHash,
};

fn noon() -> Timestamp {
    Timestamp::from_timestamp_millis(1_767_225_600_000).unwrap()
}

fn lot() -> Id<kinds::Lot> {
    Id::from_uuid(Uuid::from_u128(7))
}

/// Every value writes its word and is read back from it; no other word is read.
fn reads_back<T: Copy + PartialEq + std::fmt::Debug, const N: usize>(
    words: [(T, &str); N],
    code: impl Fn(T) -> &'static str,
    from_code: impl Fn(&str) -> Option<T>,
) {
    for (value, word) in words {
        assert_eq!(code(value), word);
        assert_eq!(from_code(word), Some(value));
    }
    for stranger in ["", "xyzzy", "EARN"] {
        assert_eq!(from_code(stranger), None);
    }
}

#[test]
fn postings_are_kept_by_these_words() {
    let words = [
        (PostingKind::Earn, "earn"),
        (PostingKind::Schedule, "schedule"),
        (PostingKind::Redeem, "redeem"),
        (PostingKind::Clawback, "clawback"),
        (PostingKind::Lapse, "lapse"),
        (PostingKind::Restore, "restore"),
        (PostingKind::Forgive, "forgive"),
        (PostingKind::Adjust, "adjust"),
        (PostingKind::MoveOut, "move_out"),
        (PostingKind::MoveIn, "move_in"),
    ];
    assert_eq!(words.map(|(kind, _)| kind), PostingKind::ALL);
    reads_back(words, PostingKind::code, PostingKind::from_code);
}

#[test]
fn accounts_are_kept_by_these_words_and_only_a_lot_names_its_lot() {
    let program = [
        (Account::Owed, "owed", BookAccount::Owed),
        (Account::Issued, "issued", BookAccount::Issued),
        (Account::Redeemed, "redeemed", BookAccount::Redeemed),
        (Account::Lapsed, "lapsed", BookAccount::Lapsed),
        (Account::Adjusted, "adjusted", BookAccount::Adjusted),
        (Account::Forgiven, "forgiven", BookAccount::Forgiven),
        (Account::Moved, "moved", BookAccount::Moved),
    ];
    for (account, word, book) in program {
        assert_eq!((account.code(), account.lot(), book.code()), (word, None, word));
        assert_eq!(Account::from_code(word, None), Some(account));
        assert_eq!(Account::from_code(word, Some(lot())), None, "{word} has no lot");
        assert_eq!(BookAccount::from_stored(word), Some(book));
    }
    assert_eq!((Account::Lot(lot()).code(), Account::Lot(lot()).lot()), ("lot", Some(lot())));
    assert_eq!(Account::from_code("lot", Some(lot())), Some(Account::Lot(lot())));
    assert_eq!(Account::from_code("lot", None), None);
    assert_eq!(BookAccount::Lots.code(), "lots");
    assert_eq!((BookAccount::from_stored("lot"), BookAccount::from_stored("lots")), (Some(BookAccount::Lots), None));
}

#[test]
fn holds_are_kept_by_these_words_and_only_an_open_one_has_no_end() {
    let ended = [
        (HoldState::Captured(noon()), "captured"),
        (HoldState::Released(noon()), "released"),
        (HoldState::Lapsed(noon()), "lapsed"),
    ];
    for (state, word) in ended {
        assert_eq!((state.code(), state.ended_at()), (word, Some(noon())));
        assert_eq!(HoldState::from_code(word, Some(noon())), Some(state));
        assert_eq!(HoldState::from_code(word, None), None, "{word} has an end");
    }
    assert_eq!((HoldState::Open.code(), HoldState::Open.ended_at()), ("open", None));
    assert_eq!(HoldState::from_code("open", None), Some(HoldState::Open));
    assert_eq!(HoldState::from_code("open", Some(noon())), None);
    assert_eq!(HoldState::from_code("xyzzy", Some(noon())), None);
}

#[test]
fn rules_and_policies_are_kept_by_these_words() {
    reads_back(
        [
            (Rounding::SaleFloor, "sale_floor"),
            (Rounding::LineFloor, "line_floor"),
            (Rounding::LineHalfUp, "line_half_up"),
        ],
        Rounding::code,
        Rounding::from_code,
    );
    reads_back(
        [(CapPeriod::Order, "order"), (CapPeriod::Day, "day"), (CapPeriod::Month, "month"), (CapPeriod::Ever, "ever")],
        CapPeriod::code,
        CapPeriod::from_code,
    );
    reads_back(
        [
            (RefundPolicy::OnlyPending, "only_pending"),
            (RefundPolicy::WithinBalance, "within_balance"),
            (RefundPolicy::Debt, "debt"),
        ],
        RefundPolicy::code,
        RefundPolicy::from_code,
    );
    assert_eq!(CapScope::ALL.map(CapScope::code), ["member", "household", "programme"]);
    assert_eq!(NoticeBefore::ALL.map(NoticeBefore::days), [30, 7]);
}

#[test]
fn hashes_and_values_are_written_for_eyes_and_for_logs_alike() {
    let bytes: [u8; 32] = std::array::from_fn(|place| u8::try_from(place).unwrap());
    let digits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    for shown in [ChainHash::from_bytes(bytes).to_string(), format!("{:?}", ChainHash::from_bytes(bytes))] {
        assert_eq!(shown, digits);
    }
    for shown in [SealHash::from_bytes(bytes).to_string(), format!("{:?}", SealHash::from_bytes(bytes))] {
        assert_eq!(shown, digits);
    }
    assert_eq!("0.33".parse::<PointValue>().unwrap().to_string(), "¥0.33 for 100 points");
}

#[test]
fn a_difference_names_the_household_the_row_and_both_figures() {
    let household = Id::from_uuid(Uuid::from_u128(1));
    let figure = Finding::Figure { what: "remaining", stored: 7, recomputed: 6 };
    let told = Difference { household: Some(household), row: "lot 3".to_owned(), finding: figure }.to_string();
    assert_eq!(told, format!("{} lot 3: remaining is stored as 7, recomputed it is 6", household));
    let nobodys = Difference {
        household: None,
        row: "seal 2".to_owned(),
        finding: Finding::Impossible("its number is missing".to_owned()),
    };
    assert_eq!(nobodys.to_string(), "seal 2: its number is missing");
}
