//! What breaks under a running Hearth: processes are killed, power goes, disks fill, databases are locked. Each time every
//! acknowledged write must be there, with the values that were told, and every key must have had one effect.
//!
//! `docs/TESTING.md` says how to run the full number of rounds; without a word the tests run few.

mod cluster;
mod figures;
mod http;
mod ids;
mod judge;
mod kills;
mod load;
mod network;
mod payments;
mod power;
mod server;
mod storage;
mod trace;
mod waiting;
mod world;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Set to `full` by `cargo xtask faults`: the full number of rounds, and the figures printed.
const ROUNDS_VARIABLE: &str = "HEARTH_FAULT_ROUNDS";

/// Held by whoever measures how fast something restarts: two such tests at once would measure each other.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often a fault strikes: `few` in an everyday run, `many` when the full rounds were asked for, a number when one was set.
fn rounds(few: u32, many: u32) -> u32 {
    match std::env::var(ROUNDS_VARIABLE).as_deref() {
        Err(_) => few,
        Ok("full") => many,
        Ok(number) => number.parse().expect("HEARTH_FAULT_ROUNDS is full or a number"),
    }
}

/// Numbers that look random and are the same in every run: SplitMix64 (Steele, Lea, Flood 2014).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}
