//! Would you buy at this price? At that one? Demand and revenue by price.
//!
//! Source: Gabor and Granger, "Price as an indicator of quality: report on an enquiry", Economica 33 (1966), 43–70. Whoever would buy at a
//! price but not at a lower one answered inconsistently: kept, marked, and left out.

use super::{
    greatest,
    van_westendorp::{MIN_VALID, MIN_VALID_PERCENT, TooFewValid},
};

/// What a price would bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemandRow {
    /// The price, in fen.
    pub price: u64,
    /// How many would buy at it.
    pub buyers: u64,
    /// Price times buyers, in fen.
    pub revenue: u128,
}

/// Demand and revenue by price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemandOutcome {
    /// Answers in all.
    pub answers: usize,
    /// Those that are consistent.
    pub valid: usize,
    /// By price, ascending.
    pub rows: Vec<DemandRow>,
    /// Where most money comes in: all such prices.
    pub most_revenue: Vec<u64>,
}

/// Whether nobody says yes to a price after a no to a lower one. Answers stand by ascending price.
#[must_use]
pub fn is_consistent(answer: &[bool]) -> bool {
    answer.windows(2).all(|two| two[0] || !two[1])
}

/// Counts answers to ascending prices.
///
/// # Errors
/// [`TooFewValid`], by the limits of the price sensitivity meter.
pub fn measure(prices: &[u64], answers: &[Vec<bool>]) -> Result<DemandOutcome, TooFewValid> {
    let valid: Vec<&Vec<bool>> = answers.iter().filter(|answer| is_consistent(answer)).collect();
    if valid.len() < MIN_VALID {
        return Err(TooFewValid::Number { valid: valid.len() });
    }
    if valid.len() * 100 < answers.len() * MIN_VALID_PERCENT {
        return Err(TooFewValid::Share { valid: valid.len(), answers: answers.len() });
    }
    let row = |(place, &price): (usize, &u64)| {
        let buyers = valid.iter().map(|answer| u64::from(answer[place])).sum();
        DemandRow { price, buyers, revenue: u128::from(price) * u128::from(buyers) }
    };
    let rows: Vec<DemandRow> = prices.iter().enumerate().map(row).collect();
    let revenues: Vec<u128> = rows.iter().map(|row| row.revenue).collect();
    let most_revenue = greatest(0..rows.len(), &revenues).into_iter().map(|row| rows[row].price).collect();
    Ok(DemandOutcome { answers: answers.len(), valid: valid.len(), rows, most_revenue })
}
