//! From ids to numbers: each ballot is checked once, and packed.

use std::collections::HashMap;

use super::{
    Ballot, BallotProblem, BestWorst, Definition, EqualRanksRule, Group, MAX_ID_BYTES, MAX_PRICE, Method, Numbers,
    Prices, Said, TallyRefusal,
};
use crate::tally::{MAX_OPTIONS, newton_miller_smith::Intent, quadratic, star::MAX_SCORE, van_westendorp::PriceAnswer};

/// A ballot in the options' numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checked {
    Blank,
    /// Single choices are sets of one.
    Set(Vec<usize>),
    Ranking(Vec<Vec<usize>>),
    /// Scores or votes by option.
    Row(Vec<u8>),
    Preferred(usize, usize),
    BestWorst {
        shown: Vec<usize>,
        best: Option<usize>,
        worst: Option<usize>,
    },
    Prices(PriceAnswer, Option<Intent>),
    Buys(Vec<bool>),
}

/// The options by their ids.
pub(super) struct Names<'a>(HashMap<&'a str, usize>);

impl Definition {
    /// Whether a count can be made of it at all.
    ///
    /// # Errors
    /// [`TallyRefusal`] with what is wrong.
    pub fn check(&self) -> Result<(), TallyRefusal> {
        let is_about_prices = matches!(self.method, Method::VanWestendorp | Method::GaborGranger);
        let refuse = |what: &str| Err(TallyRefusal::BadOptions(what.to_owned()));
        if is_about_prices != self.options.is_empty() {
            return refuse("votes have options, prices have none");
        }
        if self.options.len() > MAX_OPTIONS {
            return refuse("there are at most 30 options");
        }
        if self.options.iter().any(|id| id.is_empty() || id.len() > MAX_ID_BYTES) {
            return refuse("an option's id has 1 to 64 bytes");
        }
        if Names::of(self).0.len() < self.options.len() {
            return refuse("two options have the same id");
        }
        let takes_seats = matches!(
            self.method,
            Method::Approval | Method::SequentialPav | Method::ExactPav | Method::MeekStv | Method::ScottishStv
        );
        let most_seats = if takes_seats { self.options.len() } else { 1 };
        if self.seats == 0 || self.seats > most_seats {
            return Err(TallyRefusal::BadSeats(self.seats));
        }
        let is_ladder = (1..=30).contains(&self.prices.len())
            && self.prices.windows(2).all(|two| two[0] < two[1])
            && self.prices.iter().all(|price| (1..=MAX_PRICE).contains(price));
        if (self.method == Method::GaborGranger) != is_ladder || (!is_ladder && !self.prices.is_empty()) {
            return Err(TallyRefusal::BadPrices);
        }
        Ok(())
    }
}

impl<'a> Names<'a> {
    pub(super) fn of(definition: &'a Definition) -> Self {
        Self(definition.options.iter().enumerate().map(|(option, id)| (id.as_str(), option)).collect())
    }

    fn find(&self, id: &str) -> Result<usize, BallotProblem> {
        self.0.get(id).copied().ok_or_else(|| BallotProblem::Unknown(id.to_owned()))
    }

    /// Different options.
    fn find_all<'b>(&self, ids: impl IntoIterator<Item = &'b String>) -> Result<Vec<usize>, BallotProblem> {
        let mut found = Vec::new();
        for id in ids {
            let option = self.find(id)?;
            if found.contains(&option) {
                return Err(BallotProblem::Duplicate(id.clone()));
            }
            found.push(option);
        }
        if found.is_empty() { Err(BallotProblem::Empty) } else { Ok(found) }
    }

    fn row(&self, numbers: &Numbers) -> Result<Vec<u64>, BallotProblem> {
        let mut row = vec![0; self.0.len()];
        for (id, &number) in &numbers.0 {
            row[self.find(id)?] = number;
        }
        Ok(row)
    }
}

/// Whether a ballot says what the definition asks.
///
/// # Errors
/// [`BallotProblem`] with what is wrong.
pub fn check_ballot(definition: &Definition, said: &Said) -> Result<(), BallotProblem> {
    checked(definition, &Names::of(definition), &Ballot { count: 1, said: said.clone() }).map(|_| ())
}

pub(super) fn checked(definition: &Definition, names: &Names<'_>, ballot: &Ballot) -> Result<Checked, BallotProblem> {
    if ballot.count == 0 {
        return Err(BallotProblem::BadCount);
    }
    match (definition.method, &ballot.said) {
        (_, Said::Blank(true)) => Ok(Checked::Blank),
        (Method::SingleChoice, Said::Choice(id)) => Ok(Checked::Set(vec![names.find(id)?])),
        (Method::Approval | Method::SequentialPav | Method::ExactPav, Said::Approved(ids)) => {
            Ok(Checked::Set(names.find_all(ids)?))
        }
        (Method::Schulze | Method::InstantRunoff | Method::MeekStv | Method::ScottishStv, Said::Ranking(groups)) => {
            ranking(definition, names, groups)
        }
        (Method::Star, Said::Scores(scores)) => scores_of(&names.row(scores)?),
        (Method::Quadratic, Said::Votes(votes)) => votes_of(&names.row(votes)?),
        (Method::BradleyTerry, Said::Preferred([preferred, other])) => {
            let pair = names.find_all([preferred, other])?;
            Ok(Checked::Preferred(pair[0], pair[1]))
        }
        (Method::MaxDiff, Said::BestWorst(answer)) => best_worst(names, answer),
        (Method::VanWestendorp, Said::Prices(said)) => prices(*said),
        (Method::GaborGranger, Said::Buys(buys)) if buys.len() == definition.prices.len() => {
            Ok(Checked::Buys(buys.clone()))
        }
        (Method::GaborGranger, Said::Buys(_)) => Err(BallotProblem::BadLength),
        _ => Err(BallotProblem::WrongKind),
    }
}

fn ranking(definition: &Definition, names: &Names<'_>, groups: &[Group]) -> Result<Checked, BallotProblem> {
    let takes_equals = match definition.method {
        Method::MeekStv | Method::ScottishStv => false,
        _ => definition.equal_ranks == EqualRanksRule::Allowed,
    };
    let ids = |group: &Group| match group {
        Group::One(id) => vec![id.clone()],
        Group::Equal(ids) => ids.clone(),
    };
    let listed: Vec<Vec<String>> = groups.iter().map(ids).collect();
    names.find_all(listed.iter().flatten())?;
    if listed.iter().any(Vec::is_empty) {
        return Err(BallotProblem::Empty);
    }
    if !takes_equals && listed.iter().any(|group| group.len() > 1) {
        return Err(BallotProblem::EqualRanks);
    }
    let groups: Result<Vec<Vec<usize>>, BallotProblem> = listed.iter().map(|group| names.find_all(group)).collect();
    Ok(Checked::Ranking(groups?))
}

fn scores_of(row: &[u64]) -> Result<Checked, BallotProblem> {
    let score = |&score: &u64| u8::try_from(score).ok().filter(|&score| score <= MAX_SCORE);
    row.iter().map(score).collect::<Option<Vec<u8>>>().map(Checked::Row).ok_or(BallotProblem::BadScore)
}

fn votes_of(row: &[u64]) -> Result<Checked, BallotProblem> {
    let votes = |&votes: &u64| u8::try_from(votes).ok().filter(|&votes| votes <= quadratic::MAX_VOTES);
    let votes: Vec<u8> = row.iter().map(votes).collect::<Option<_>>().ok_or(BallotProblem::OverBudget)?;
    quadratic::cost_of(&votes).map_err(|_| BallotProblem::OverBudget)?;
    if votes.iter().all(|&votes| votes == 0) {
        return Err(BallotProblem::Empty);
    }
    Ok(Checked::Row(votes))
}

fn best_worst(names: &Names<'_>, answer: &BestWorst) -> Result<Checked, BallotProblem> {
    let shown = names.find_all(&answer.shown)?;
    let find = |id: Option<&String>| id.map(|id| names.find(id)).transpose();
    let (best, worst) = (find(answer.best.as_ref())?, find(answer.worst.as_ref())?);
    let is_shown = |choice: Option<usize>| choice.is_none_or(|choice| shown.contains(&choice));
    if !is_shown(best) || !is_shown(worst) || (best.is_some() && best == worst) || shown.len() < 2 {
        return Err(BallotProblem::BadChoice);
    }
    Ok(Checked::BestWorst { shown, best, worst })
}

fn prices(said: Prices) -> Result<Checked, BallotProblem> {
    let Prices { too_cheap, cheap, expensive, too_expensive, intent_at_cheap, intent_at_expensive } = said;
    if [too_cheap, cheap, expensive, too_expensive].iter().any(|price| !(1..=MAX_PRICE).contains(price)) {
        return Err(BallotProblem::OutOfRange);
    }
    let intent = match (intent_at_cheap, intent_at_expensive) {
        (None, None) => None,
        (Some(at_cheap @ 1..=5), Some(at_expensive @ 1..=5)) => Some(Intent { at_cheap, at_expensive }),
        _ => return Err(BallotProblem::BadIntent),
    };
    Ok(Checked::Prices(PriceAnswer { too_cheap, cheap, expensive, too_expensive }, intent))
}
