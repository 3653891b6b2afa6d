//! Van Westendorp's price sensitivity meter. Never a vote: it says what people think of prices, not which price is chosen.
//!
//! Source: Peter H. van Westendorp, "NSS – Price Sensitivity Meter (PSM)", Proceedings of the 29th ESOMAR Congress (1976), 139–167. Four
//! prices from each person: too cheap, cheap, expensive, too expensive. Of all valid answers, at a price, the share that finds it
//! (too) cheap is of those who said this price **or more**, the share that finds it (too) expensive of those who said it **or less**.
//! `1 - ecdf` in their place leaves out those who said the very price. Counts are exact.
//!
//! Where curves cross is told twice: by **steps**, all prices said between which the falling curve is not above and not below the rising
//! one; and **linear**, on straight lines between neighbouring prices said, to the nearest fen.

/// Fewer valid answers say nothing.
pub const MIN_VALID: usize = 30;

/// A smaller share of valid answers says that the question was not understood: 60 percent.
pub const MIN_VALID_PERCENT: usize = 60;

/// One person's four prices, in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriceAnswer {
    /// So cheap that the quality is doubted.
    pub too_cheap: u64,
    /// A bargain.
    pub cheap: u64,
    /// Getting expensive, but thinkable.
    pub expensive: u64,
    /// So expensive that it is out of the question.
    pub too_expensive: u64,
}

impl PriceAnswer {
    /// Whether the four prices rise, each above the one before. What does not is kept and marked, and left out of the curves.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.too_cheap < self.cheap && self.cheap < self.expensive && self.expensive < self.too_expensive
    }
}

/// How many valid answers find a price of each kind: a row of the curves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurveRow {
    /// The price, in fen; one that somebody said.
    pub price: u64,
    /// Who finds it too cheap: falls with the price.
    pub too_cheap: usize,
    /// Who finds it cheap: falls with the price.
    pub cheap: usize,
    /// Who finds it expensive: rises with the price.
    pub expensive: usize,
    /// Who finds it too expensive: rises with the price.
    pub too_expensive: usize,
}

/// Where a falling curve meets a rising one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crossing {
    /// By steps: the first price of the crossing; the last one at which the falling curve is above, when they are equal nowhere.
    pub step_from: u64,
    /// By steps: the last price of the crossing; the first one at which the falling curve is below, when they are equal nowhere.
    pub step_until: u64,
    /// On straight lines: the crossing, or the middle of a stretch where both are equal; to the nearest fen, halves up.
    pub linear: u64,
}

/// The meter's points. Each is absent when its curves do not cross between the least and the greatest price said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceOutcome {
    /// Answers in all.
    pub answers: usize,
    /// Those whose prices rise.
    pub valid: usize,
    /// The curves, by price.
    pub curves: Vec<CurveRow>,
    /// Point of marginal cheapness: too cheap meets expensive. The acceptable range begins.
    pub marginal_cheapness: Option<Crossing>,
    /// Point of marginal expensiveness: cheap meets too expensive. The acceptable range ends.
    pub marginal_expensiveness: Option<Crossing>,
    /// Indifference price: cheap meets expensive.
    pub indifference: Option<Crossing>,
    /// Optimal price: too cheap meets too expensive.
    pub optimal: Option<Crossing>,
}

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooFewValid {
    /// Fewer than [`MIN_VALID`] valid answers.
    Number {
        /// How many are valid.
        valid: usize,
    },
    /// Less than [`MIN_VALID_PERCENT`] of the answers are valid.
    Share {
        /// How many are valid.
        valid: usize,
        /// Of how many.
        answers: usize,
    },
}

/// The valid ones, when they are enough to say anything.
///
/// # Errors
/// [`TooFewValid`].
pub fn valid_answers(answers: &[PriceAnswer]) -> Result<Vec<PriceAnswer>, TooFewValid> {
    let valid: Vec<PriceAnswer> = answers.iter().copied().filter(PriceAnswer::is_consistent).collect();
    if valid.len() < MIN_VALID {
        return Err(TooFewValid::Number { valid: valid.len() });
    }
    if valid.len() * 100 < answers.len() * MIN_VALID_PERCENT {
        return Err(TooFewValid::Share { valid: valid.len(), answers: answers.len() });
    }
    Ok(valid)
}

impl PriceOutcome {
    /// Draws the curves and finds their crossings.
    ///
    /// # Errors
    /// [`TooFewValid`].
    pub fn measure(answers: &[PriceAnswer]) -> Result<Self, TooFewValid> {
        let valid = valid_answers(answers)?;
        let curves = curves_of(&valid);
        let meet = |falling: fn(&CurveRow) -> usize, rising: fn(&CurveRow) -> usize| crossing(&curves, falling, rising);
        Ok(Self {
            answers: answers.len(),
            valid: valid.len(),
            marginal_cheapness: meet(|row| row.too_cheap, |row| row.expensive),
            marginal_expensiveness: meet(|row| row.cheap, |row| row.too_expensive),
            indifference: meet(|row| row.cheap, |row| row.expensive),
            optimal: meet(|row| row.too_cheap, |row| row.too_expensive),
            curves,
        })
    }
}

fn curves_of(valid: &[PriceAnswer]) -> Vec<CurveRow> {
    let sorted = |price: fn(&PriceAnswer) -> u64| {
        let mut prices: Vec<u64> = valid.iter().map(price).collect();
        prices.sort_unstable();
        prices
    };
    let (too_cheap, cheap) = (sorted(|answer| answer.too_cheap), sorted(|answer| answer.cheap));
    let (expensive, too_expensive) = (sorted(|answer| answer.expensive), sorted(|answer| answer.too_expensive));
    let mut prices = [too_cheap.as_slice(), &cheap, &expensive, &too_expensive].concat();
    prices.sort_unstable();
    prices.dedup();
    let or_more = |said: &[u64], price: u64| said.len() - said.partition_point(|&other| other < price);
    let or_less = |said: &[u64], price: u64| said.partition_point(|&other| other <= price);
    let row = |price: u64| CurveRow {
        price,
        too_cheap: or_more(&too_cheap, price),
        cheap: or_more(&cheap, price),
        expensive: or_less(&expensive, price),
        too_expensive: or_less(&too_expensive, price),
    };
    prices.into_iter().map(row).collect()
}

/// Where the falling curve stops being above the rising one.
#[must_use]
pub fn crossing(
    curves: &[CurveRow],
    falling: impl Fn(&CurveRow) -> usize,
    rising: impl Fn(&CurveRow) -> usize,
) -> Option<Crossing> {
    let equal: Vec<u64> = curves.iter().filter(|row| falling(row) == rising(row)).map(|row| row.price).collect();
    if let (Some(&first), Some(&last)) = (equal.first(), equal.last()) {
        return Some(Crossing { step_from: first, step_until: last, linear: (first + last).div_ceil(2) });
    }
    let after = curves.iter().position(|row| falling(row) < rising(row)).filter(|&after| after > 0)?;
    let (before, after) = (&curves[after - 1], &curves[after]);
    let (above, below) = (falling(before) - rising(before), rising(after) - falling(after));
    let (above, below) = (above as u128, below as u128);
    let way = super::fraction::nearest(u128::from(after.price - before.price) * above, above + below);
    let linear = before.price + u64::try_from(way).expect("it lies between two prices");
    Some(Crossing { step_from: before.price, step_until: after.price, linear })
}
