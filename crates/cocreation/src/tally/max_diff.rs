//! MaxDiff: of a few options shown, which is best and which is worst.
//!
//! Sources: Finn and Louviere, "Determining the appropriate response to evidence of public concern", Journal of Public Policy &
//! Marketing 11 (1992), 12–25, for counts of best less worst; Marley and Louviere, "Some probabilistic models of best, worst, and
//! best–worst choices", Journal of Mathematical Psychology 49 (2005), 464–480, for the logit: the best is chosen by `exp(utility)` and
//! the worst by `exp(-utility)` among those shown. The likelihood is climbed by steps of gradient over times shown, which no step can
//! overshoot (Böhning, "Multinomial logistic regression algorithm", Annals of the Institute of Statistical Mathematics 44 (1992),
//! 197–200); [`ITERATIONS`] steps or until nothing changes, in fixed point.
//!
//! An answer with only one half is missing: it is counted as such, and nothing is filled in.

use std::collections::BTreeMap;

use super::{
    fixed::{ONE, comparable_groups, exp, nearest},
    fraction::gcd,
    options_in,
};

/// Steps of the climb at most.
pub const ITERATIONS: usize = 2_000;

/// Many answers, summed while they are read.
#[derive(Debug, Clone)]
pub struct MaxDiffAnswers {
    options: usize,
    // How often each set was shown to somebody who answered wholly.
    sets: BTreeMap<u32, u64>,
    best: Vec<u64>,
    worst: Vec<u64>,
    is_preferred: Vec<Vec<bool>>,
    missing: u64,
}

/// Why an answer is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadChoice {
    /// Best and worst are the same option.
    Same,
    /// It was not among those shown.
    NotShown,
}

impl MaxDiffAnswers {
    /// No answers yet.
    #[must_use]
    pub fn new(options: usize) -> Self {
        let (sets, best, worst) = (BTreeMap::new(), vec![0; options], vec![0; options]);
        Self { options, sets, best, worst, is_preferred: vec![vec![false; options]; options], missing: 0 }
    }

    /// Adds an answer given by `count` people to the question that showed these options.
    ///
    /// # Errors
    /// [`BadChoice`], and nothing is added.
    pub fn push(
        &mut self,
        shown: &[usize],
        best: Option<usize>,
        worst: Option<usize>,
        count: u32,
    ) -> Result<(), BadChoice> {
        if [best, worst].into_iter().flatten().any(|choice| !shown.contains(&choice)) {
            return Err(BadChoice::NotShown);
        }
        let count = u64::from(count);
        let (Some(best), Some(worst)) = (best, worst) else {
            self.missing += count;
            return Ok(());
        };
        if best == worst {
            return Err(BadChoice::Same);
        }
        *self.sets.entry(super::options_set(shown.iter().copied())).or_insert(0) += count;
        self.best[best] += count;
        self.worst[worst] += count;
        for &option in shown {
            self.is_preferred[best][option] |= option != best;
            self.is_preferred[option][worst] |= option != worst;
        }
        Ok(())
    }
}

/// What the answers say of the options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaxDiffOutcome {
    /// How often each was best.
    pub best: Vec<u64>,
    /// How often each was worst.
    pub worst: Vec<u64>,
    /// How often each was shown in a question that was answered wholly.
    pub shown: Vec<u64>,
    /// Questions of which one half is missing.
    pub missing: u64,
    /// Utilities in thousandths, their mean 0; `None` when not all options can be compared.
    pub utilities: Option<Vec<i64>>,
    /// Shares of preference, `exp(utility)` of the whole, in millionths to the nearest.
    pub shares: Option<Vec<u64>>,
    /// Options that can be compared with each other; one group when there are utilities.
    pub groups: Vec<Vec<usize>>,
    /// The greatest best less worst per time shown, ascending: the full tied set.
    pub winners: Vec<usize>,
}

impl MaxDiffOutcome {
    /// Counts, and fits the logit.
    #[must_use]
    pub fn count(answers: &MaxDiffAnswers) -> Self {
        let mut shown = vec![0_u64; answers.options];
        for (&set, &count) in &answers.sets {
            options_in(set).for_each(|option| shown[option] += count);
        }
        let groups = comparable_groups(&answers.is_preferred);
        let fitted = (groups.len() == 1 && answers.options > 1).then(|| fit(answers, &shown));
        let utilities = fitted.as_ref().map(|fitted| fitted.iter().map(|&utility| thousandths(utility)).collect());
        let shares = fitted.as_ref().map(|fitted| shares_of(fitted));
        let (best, worst) = (answers.best.clone(), answers.worst.clone());
        let winners = winners_of(&best, &worst, &shown);
        Self { best, worst, shown, missing: answers.missing, utilities, shares, groups, winners }
    }
}

/// The greatest (best - worst) / shown, compared exactly; options never shown cannot win.
fn winners_of(best: &[u64], worst: &[u64], shown: &[u64]) -> Vec<usize> {
    let ahead = |option: usize| i128::from(best[option]) - i128::from(worst[option]);
    let order = |a: &usize, b: &usize| (ahead(*a) * i128::from(shown[*b])).cmp(&(ahead(*b) * i128::from(shown[*a])));
    let compared = || (0..shown.len()).filter(|&option| shown[option] > 0);
    let Some(first) = compared().max_by(order) else { return Vec::new() };
    compared().filter(|option| order(option, &first).is_eq()).collect()
}

fn thousandths(utility: i128) -> i64 {
    i64::try_from(nearest(utility * 1_000, ONE)).expect("utilities are bounded")
}

fn shares_of(utilities: &[i128]) -> Vec<u64> {
    let weights: Vec<i128> = utilities.iter().map(|&utility| exp(utility)).collect();
    let whole: i128 = weights.iter().sum();
    let share = |&weight: &i128| u64::try_from(nearest(weight * 1_000_000, whole)).expect("below a million");
    weights.iter().map(share).collect()
}

fn fit(answers: &MaxDiffAnswers, shown: &[u64]) -> Vec<i128> {
    let all = answers.sets.values().chain(&answers.best).chain(&answers.worst);
    let common = all.fold(0, |common, &count| gcd(common, u128::from(count))).max(1);
    let part = |count: u64| i128::from(u64::try_from(u128::from(count) / common).expect("it was a u64"));
    let sets: Vec<(Vec<usize>, i128)> =
        answers.sets.iter().map(|(&set, &count)| (options_in(set).collect(), part(count))).collect();
    let ahead: Vec<i128> =
        (0..answers.options).map(|option| (part(answers.best[option]) - part(answers.worst[option])) * ONE).collect();
    let mut utilities = vec![0_i128; answers.options];
    for _ in 0..ITERATIONS {
        let gradient = gradient_at(&utilities, &sets, &ahead);
        let next: Vec<i128> = (0..answers.options)
            .map(|option| utilities[option] + nearest(gradient[option], part(shown[option]).max(1)))
            .collect();
        if next == utilities {
            break;
        }
        utilities = next;
    }
    let mean = nearest(utilities.iter().sum(), i128::try_from(answers.options).expect("few options"));
    utilities.iter().map(|utility| utility - mean).collect()
}

/// How the likelihood grows with each utility: chosen best less worst, less what the utilities expect.
fn gradient_at(utilities: &[i128], sets: &[(Vec<usize>, i128)], ahead: &[i128]) -> Vec<i128> {
    let rise: Vec<i128> = utilities.iter().map(|&utility| exp(utility)).collect();
    let fall: Vec<i128> = utilities.iter().map(|&utility| exp(-utility)).collect();
    let mut gradient = ahead.to_vec();
    for (set, count) in sets {
        let (best, worst): (i128, i128) =
            set.iter().fold((0, 0), |(best, worst), &option| (best + rise[option], worst + fall[option]));
        for &option in set {
            gradient[option] += count * (nearest(fall[option] * ONE, worst) - nearest(rise[option] * ONE, best));
        }
    }
    gradient
}
