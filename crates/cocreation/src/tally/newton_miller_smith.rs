//! How many would try a product at a price, and what that brings: the extension of the price sensitivity meter.
//!
//! Source: Newton, Miller and Smith, "A market acceptance extension to traditional price sensitivity measurement", Proceedings of the
//! American Marketing Association Advanced Research Techniques Forum (1993). Each person also says, from 1 to 5, how likely they would
//! buy at their cheap and at their expensive price. A person's likelihood is 0 at too cheap and too expensive and straight in
//! between. In millionths, each person's to the nearest.

use super::{fraction::nearest, greatest, van_westendorp::PriceAnswer};

/// What each answer from 1 (surely not) to 5 (surely) is taken for, in millionths: 0, 10, 30, 50 and 70 percent, as is usual.
pub const CALIBRATION: [u64; 5] = [0, 100_000, 300_000, 500_000, 700_000];

/// What a person answered besides the four prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intent {
    /// From 1 to 5, at the cheap price.
    pub at_cheap: u8,
    /// From 1 to 5, at the expensive price.
    pub at_expensive: u8,
}

/// What a price would bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrialRow {
    /// The price, in fen.
    pub price: u64,
    /// Everybody's likelihood to buy, summed, in millionths of a person.
    pub trial: u64,
    /// Price times trial: fen, in millionths.
    pub revenue: u128,
}

/// Trial and revenue by price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialOutcome {
    /// By price; every price somebody said.
    pub rows: Vec<TrialRow>,
    /// Where most would buy: all such prices.
    pub most_trial: Vec<u64>,
    /// Where most money comes in: all such prices.
    pub most_revenue: Vec<u64>,
}

/// Measures trial and revenue of valid answers.
///
/// # Panics
/// When an intent is not from 1 to 5: whoever reads answers has refused it.
#[must_use]
pub fn measure(valid: &[(PriceAnswer, Intent)]) -> TrialOutcome {
    let mut prices: Vec<u64> =
        valid.iter().flat_map(|(a, _)| [a.too_cheap, a.cheap, a.expensive, a.too_expensive]).collect();
    prices.sort_unstable();
    prices.dedup();
    let row = |price: u64| {
        let trial = valid.iter().map(|(answer, intent)| likelihood(answer, *intent, price)).sum();
        TrialRow { price, trial, revenue: u128::from(price) * u128::from(trial) }
    };
    let rows: Vec<TrialRow> = prices.into_iter().map(row).collect();
    let all_greatest =
        |scores: Vec<u128>| greatest(0..rows.len(), &scores).into_iter().map(|row| rows[row].price).collect();
    let most_trial = all_greatest(rows.iter().map(|row| u128::from(row.trial)).collect());
    let most_revenue = all_greatest(rows.iter().map(|row| row.revenue).collect());
    TrialOutcome { rows, most_trial, most_revenue }
}

fn likelihood(answer: &PriceAnswer, intent: Intent, price: u64) -> u64 {
    let millionths = |intent: u8| CALIBRATION[usize::from(intent) - 1];
    let (cheap, expensive) = (millionths(intent.at_cheap), millionths(intent.at_expensive));
    let PriceAnswer { too_cheap, cheap: cheap_price, expensive: expensive_price, too_expensive } = *answer;
    if price <= too_cheap || price >= too_expensive {
        0
    } else if price <= cheap_price {
        between((too_cheap, 0), (cheap_price, cheap), price)
    } else if price <= expensive_price {
        between((cheap_price, cheap), (expensive_price, expensive), price)
    } else {
        between((expensive_price, expensive), (too_expensive, 0), price)
    }
}

/// The height at `price` on the straight line from one point to another.
fn between(from: (u64, u64), to: (u64, u64), price: u64) -> u64 {
    let (whole, way) = (u128::from(to.0 - from.0), u128::from(price - from.0));
    let height = nearest(u128::from(from.1) * (whole - way) + u128::from(to.1) * way, whole);
    u64::try_from(height).expect("it lies between two heights")
}
