//! Which options MaxDiff shows together: every option as often as every other, and every two together as equally as can be.
//!
//! Balanced incomplete blocks after Cochran and Cox, "Experimental Designs" (1957), chapter 11, found greedily: exact ones do not exist for
//! every number of options. No chance but the seed's.

use std::cmp::Reverse;

use sha2::{Digest, Sha256};

/// Questions of `shown` options each. Appearances of any two options differ by at most one.
///
/// # Panics
/// When a question would show fewer than 2 options, or more than there are.
#[must_use]
pub fn design(options: usize, shown: usize, questions: usize, seed: &[u8]) -> Vec<Vec<usize>> {
    assert!((2..=options).contains(&shown), "a question shows at least 2 options and at most all");
    let mut appearances = vec![0_usize; options];
    let mut together = vec![vec![0_usize; options]; options];
    let mut questions_made = Vec::with_capacity(questions);
    for question in 0..questions {
        let mut set: Vec<usize> = Vec::with_capacity(shown);
        while set.len() < shown {
            let rest = (0..options).filter(|option| !set.contains(option));
            let key = |&option: &usize| {
                let met: usize = set.iter().map(|&other| together[option][other].pow(2)).sum();
                (appearances[option], met, draw(seed, question, option))
            };
            let next = rest.min_by_key(key).expect("there are more options than shown");
            for &other in &set {
                together[next][other] += 1;
                together[other][next] += 1;
            }
            appearances[next] += 1;
            set.push(next);
        }
        // The order on the screen is drawn too, or the rarest would always stand first.
        set.sort_by_key(|&option| Reverse(draw(seed, question, option)));
        questions_made.push(set);
    }
    questions_made
}

fn draw(seed: &[u8], question: usize, option: usize) -> [u8; 32] {
    let place = |number: usize| u64::try_from(number).expect("a small number").to_be_bytes();
    Sha256::new().chain_update(seed).chain_update(place(question)).chain_update(place(option)).finalize().into()
}
