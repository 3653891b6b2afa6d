//! Published cases with their sources, and properties the methods promise.

mod compared;
mod prices;
mod properties;
mod ranked;
mod several;

use super::{RankedBallots, TieOrder};

/// Ballots written "A>B=C", by how many gave each. Options are letters from A.
fn ballots(options: usize, written: &[(u32, &str)]) -> RankedBallots {
    let mut ballots = RankedBallots::new(options);
    for &(count, text) in written {
        let groups: Vec<Vec<usize>> = text.split('>').filter(|group| !group.is_empty()).map(letters).collect();
        ballots.push(&groups.iter().map(Vec::as_slice).collect::<Vec<_>>(), count);
    }
    ballots
}

fn letters(text: &str) -> Vec<usize> {
    text.bytes().filter(u8::is_ascii_uppercase).map(|letter| usize::from(letter - b'A')).collect()
}

/// A tie rule for options named A, B, C and so on.
fn tie_order(options: u8) -> TieOrder {
    let names: Vec<String> = (0..options).map(|option| char::from(b'A' + option).to_string()).collect();
    TieOrder::new(b"seed", names.iter().map(String::as_str))
}
