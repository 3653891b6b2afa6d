//! Quadratic voting: a household spreads 100 credits, and n votes for an option cost n².
//!
//! Source: Lalley and Weyl, "Quadratic Voting", AEA Papers and Proceedings 108 (2018), 33–37; with a fixed budget as in the Colorado
//! House caucus of 2019. Votes against an option are not taken here.

/// What a household may spend.
pub const CREDITS: u32 = 100;

/// The most votes for one option: their square spends all credits.
pub const MAX_VOTES: u8 = 10;

/// Many ballots of votes for each option.
#[derive(Debug, Clone)]
pub struct QuadraticBallots {
    sums: Vec<u64>,
}

/// More votes than [`CREDITS`] pay for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverBudget {
    /// What the votes would cost.
    pub cost: u32,
}

/// What these votes cost, or why they cannot be paid.
///
/// # Errors
/// [`OverBudget`] when they cost more than [`CREDITS`].
pub fn cost_of(votes: &[u8]) -> Result<u32, OverBudget> {
    let cost = votes.iter().map(|&votes| u32::from(votes).pow(2)).sum();
    if cost > CREDITS { Err(OverBudget { cost }) } else { Ok(cost) }
}

impl QuadraticBallots {
    /// No ballots yet.
    #[must_use]
    pub fn new(options: usize) -> Self {
        Self { sums: vec![0; options] }
    }

    /// Adds a ballot given by `count` voters: its votes by option.
    ///
    /// # Errors
    /// [`OverBudget`], and nothing is added.
    pub fn push(&mut self, votes: &[u8], count: u32) -> Result<(), OverBudget> {
        cost_of(votes)?;
        for (sum, &votes) in self.sums.iter_mut().zip(votes) {
            *sum += u64::from(votes) * u64::from(count);
        }
        Ok(())
    }

    /// How many votes each option has.
    #[must_use]
    pub fn sums(&self) -> &[u64] {
        &self.sums
    }
}
