use kernel::{Id, Timestamp};
use uuid::Uuid;

use crate::{ChainHash, Seal, SealHash, SealMark, SealMarkParseError, SealedHead};

fn head(household: u128, last_no: i64) -> SealedHead {
    SealedHead {
        household: Id::from_uuid(Uuid::from_u128(household)),
        last_no,
        head: ChainHash::from_bytes([u8::try_from(household).unwrap(); 32]),
    }
}

fn now() -> Timestamp {
    Timestamp::from_timestamp_millis(1_780_286_400_000).unwrap()
}

#[test]
fn the_first_seal_hashes_its_wallets_by_household_whatever_order_they_come_in() {
    let seal = Seal::after(None, vec![head(2, 7), head(1, 3)], now());

    // printf of 32 zero bytes, then household, number and head of both, through sha256sum.
    let expected = "876c0997e72dc00c8fd0e7a5e60fffb1fcc1e35ac726047583f012006d70c251";
    assert_eq!((seal.no, seal.previous, seal.hash.to_string()), (1, SealHash::NONE, expected.to_owned()));
    assert_eq!(seal.heads, [head(1, 3), head(2, 7)]);
}

#[test]
fn a_seal_is_chained_to_the_one_before_it() {
    let first = Seal::after(None, vec![head(1, 3)], now());
    let second = Seal::after(Some(first.mark()), vec![head(1, 4)], now());

    assert_eq!((second.no, second.previous), (2, first.hash));
    assert_ne!(second.hash, Seal::after(None, vec![head(1, 4)], now()).hash);
}

#[test]
fn any_other_household_number_or_head_is_another_seal() {
    let hash = |heads: Vec<SealedHead>| Seal::after(None, heads, now()).hash;
    let plain = hash(vec![head(1, 3)]);

    assert_ne!(plain, hash(vec![head(2, 3)]));
    assert_ne!(plain, hash(vec![head(1, 4)]));
    assert_ne!(plain, hash(vec![SealedHead { head: ChainHash::from_bytes([9; 32]), ..head(1, 3) }]));
    assert_ne!(plain, hash(vec![head(1, 3), head(2, 1)]));
}

#[test]
fn a_mark_reads_back_as_it_is_written() {
    let mark = Seal::after(None, vec![head(1, 3)], now()).mark();

    assert_eq!(mark.to_string().parse(), Ok(mark));
    assert_eq!(mark.to_string().len(), 2 + 64);
    for text in ["", "1", "1:", "x:00", "1:zz", &format!("1:{}", "é".repeat(32)), &format!("{mark}0")] {
        assert_eq!(text.parse::<SealMark>(), Err(SealMarkParseError), "{text}");
    }
}
