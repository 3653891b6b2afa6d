//! Ballots in, result out: which rule counts what.

use serde_json::{Value, json};

use super::{
    Ballot, DefeatStrengthRule, Definition, MAX_BALLOTS, Method, TallyRefusal, UnlistedRule,
    read::{Checked, Names, checked},
    show::Shown,
};
use crate::tally::{
    Fate, RankedBallots, TieBreaker, TieOrder, TiedOutcomes, Unlisted,
    approval::{ApprovalBallots, MostOutcome},
    bradley_terry::BradleyTerryOutcome,
    gabor_granger,
    max_diff::{MaxDiffAnswers, MaxDiffOutcome},
    meek, newton_miller_smith,
    pav::{ExactPavOutcome, SequentialPavOutcome},
    quadratic::QuadraticBallots,
    runoff::RunoffOutcome,
    schulze::{DefeatStrength, SchulzeOutcome},
    scottish,
    star::{ScoreBallots, StarOutcome},
    transfer::Papers,
    van_westendorp::{PriceAnswer, PriceOutcome, TooFewValid},
};

/// Ballots with how many gave each, blank ones left out.
type Cast = Vec<(Checked, u32)>;

/// What a rule elects, and what else it says.
pub(super) struct Elected {
    pub(super) elected: Vec<usize>,
    pub(super) tied: TiedOutcomes,
    pub(super) detail: Value,
}

/// Counts ballots by the definition's method, as JSON: see `docs/TALLY.md`.
///
/// # Errors
/// [`TallyRefusal`]: nothing is counted when anything is wrong.
pub fn count(definition: &Definition, ballots: &[Ballot]) -> Result<Value, TallyRefusal> {
    definition.check()?;
    if ballots.len() > MAX_BALLOTS {
        return Err(TallyRefusal::TooManyBallots);
    }
    let names = Names::of(definition);
    let (mut cast, mut blank): (Cast, u64) = (Vec::with_capacity(ballots.len()), 0);
    for (ballot, number) in ballots.iter().zip(1..) {
        match checked(definition, &names, ballot) {
            Ok(Checked::Blank) => blank += u64::from(ballot.count),
            Ok(said) => cast.push((said, ballot.count)),
            Err(problem) => return Err(TallyRefusal::Ballot { number, problem }),
        }
    }
    let valid: u64 = cast.iter().map(|(_, count)| u64::from(*count)).sum();
    let mut result = json!({
        "format": "hearth-tally-result/1",
        "method": definition.method,
        "options": definition.options,
        "ballots": { "received": valid + blank, "blank": blank, "valid": valid },
        "quorum": { "needed": definition.quorum, "is_met": valid + blank >= definition.quorum },
    });
    let rest = match definition.method {
        Method::VanWestendorp => json!({ "detail": van_westendorp(&cast)? }),
        Method::GaborGranger => json!({ "detail": gabor_granger_of(definition, &cast)? }),
        _ => Shown(definition).elected(elect(definition, &cast)?),
    };
    if let (Some(result), Value::Object(rest)) = (result.as_object_mut(), rest) {
        result.extend(rest);
    }
    Ok(result)
}

fn elect(definition: &Definition, cast: &Cast) -> Result<Elected, TallyRefusal> {
    let mut ties = TieOrder::new(definition.seed.as_bytes(), definition.options.iter().map(String::as_str));
    let (options, seats, shown) = (definition.options.len(), definition.seats, Shown(definition));
    Ok(match definition.method {
        Method::SingleChoice | Method::Approval => most(&shown, approvals(options, cast).sums(), seats, &mut ties),
        Method::Quadratic => most(&shown, votes(options, cast), seats, &mut ties),
        Method::Schulze => schulze(&shown, &rankings(options, cast), &mut ties),
        Method::InstantRunoff => {
            let outcome = RunoffOutcome::count(&rankings(options, cast), &mut ties);
            let detail = shown.runoff(&outcome);
            Elected { elected: outcome.winner.into_iter().collect(), tied: outcome.tied, detail }
        }
        Method::Star => {
            let outcome = StarOutcome::count(scores(options, cast), &mut ties);
            let detail = shown.star(&outcome);
            Elected { elected: outcome.winner.into_iter().collect(), tied: outcome.tied, detail }
        }
        Method::SequentialPav => {
            let outcome = SequentialPavOutcome::count(&approvals(options, cast), seats, &mut ties);
            let detail = shown.sequential_pav(&outcome);
            Elected { elected: outcome.elected(), tied: outcome.tied, detail }
        }
        Method::ExactPav => exact_pav(&shown, &approvals(options, cast), seats, &ties)?,
        Method::MeekStv | Method::ScottishStv => {
            let papers = Papers::of(&rankings(options, cast)).expect("rankings with equals were refused");
            let outcome = match definition.method {
                Method::MeekStv => meek::count(&papers, seats, &mut ties),
                _ => scottish::count(&papers, seats, &mut ties),
            };
            let detail = shown.transfers(&outcome);
            Elected { elected: outcome.elected, tied: outcome.tied, detail }
        }
        Method::BradleyTerry => bradley_terry(&shown, options, cast, &mut ties),
        Method::MaxDiff => max_diff(&shown, options, cast, &mut ties),
        Method::VanWestendorp | Method::GaborGranger => unreachable!("prices elect nobody"),
    })
}

fn most(shown: &Shown<'_>, sums: Vec<u64>, seats: usize, ties: &mut TieOrder) -> Elected {
    let outcome = MostOutcome::elect(sums, seats, ties);
    let detail = json!({
        "sums": shown.by_option(&outcome.sums),
        "tied_at_the_edge": shown.ids(&outcome.tied_at_the_edge),
    });
    Elected { elected: outcome.elected, tied: outcome.tied, detail }
}

fn schulze(shown: &Shown<'_>, ballots: &RankedBallots, ties: &mut TieOrder) -> Elected {
    let unlisted = match shown.0.unlisted {
        UnlistedRule::Last => Unlisted::Last,
        UnlistedRule::NoOpinion => Unlisted::NoOpinion,
    };
    let strength = match shown.0.defeat_strength {
        DefeatStrengthRule::WinningVotes => DefeatStrength::WinningVotes,
        DefeatStrengthRule::Margins => DefeatStrength::Margins,
    };
    let pairs = ballots.pairwise(unlisted);
    let outcome = SchulzeOutcome::count(&pairs, strength);
    let runoff = RunoffOutcome::count(ballots, ties);
    let detail = json!({
        "pairwise": shown.matrix(&pairs),
        "paths": shown.matrix(&outcome.paths),
        "places": outcome.places.iter().map(|place| shown.ids(place)).collect::<Vec<_>>(),
        "condorcet_winner": outcome.condorcet_winner.map(|winner| shown.id(winner)),
        "runoff_beside": shown.runoff(&runoff),
    });
    favourite(&outcome.places[0], ties, detail)
}

/// The one of equal winners that the announced rule takes.
fn favourite(winners: &[usize], ties: &mut TieOrder, detail: Value) -> Elected {
    let elected = match winners {
        [] => Vec::new(),
        [only] => vec![*only],
        several => vec![ties.choose(several, Fate::Kept)],
    };
    let tied = TiedOutcomes::all(winners.iter().map(|&winner| vec![winner]).collect());
    Elected { elected, tied, detail }
}

fn exact_pav(
    shown: &Shown<'_>,
    ballots: &ApprovalBallots,
    seats: usize,
    ties: &TieOrder,
) -> Result<Elected, TallyRefusal> {
    let outcome = ExactPavOutcome::count(ballots, seats, ties)
        .map_err(|many| TallyRefusal::TooManyCommittees { committees: many.committees, ballots: many.ballots })?;
    let detail = json!({ "score": shown.votes(outcome.score), "sums": shown.by_option(&ballots.sums()) });
    Ok(Elected { elected: outcome.elected, tied: outcome.tied, detail })
}

fn bradley_terry(shown: &Shown<'_>, options: usize, cast: &Cast, ties: &mut TieOrder) -> Elected {
    let mut wins = vec![vec![0_u64; options]; options];
    for (said, count) in cast {
        if let Checked::Preferred(preferred, other) = said {
            wins[*preferred][*other] += u64::from(*count);
        }
    }
    let outcome = BradleyTerryOutcome::fit(&wins);
    let detail = json!({
        "wins": shown.matrix(&wins),
        "comparisons": shown.by_option(&outcome.comparisons),
        "shares_in_millionths": outcome.shares.as_ref().map(|shares| shown.by_option(shares)),
        "comparable_groups": outcome.groups.iter().map(|group| shown.ids(group)).collect::<Vec<_>>(),
    });
    favourite(&outcome.strongest, ties, detail)
}

fn max_diff(shown: &Shown<'_>, options: usize, cast: &Cast, ties: &mut TieOrder) -> Elected {
    let mut answers = MaxDiffAnswers::new(options);
    for (said, count) in cast {
        if let Checked::BestWorst { shown, best, worst } = said {
            answers.push(shown, *best, *worst, *count).expect("answers were checked");
        }
    }
    let outcome = MaxDiffOutcome::count(&answers);
    let detail = json!({
        "best": shown.by_option(&outcome.best),
        "worst": shown.by_option(&outcome.worst),
        "shown": shown.by_option(&outcome.shown),
        "half_answers": outcome.missing,
        "utilities_in_thousandths": outcome.utilities.as_ref().map(|utilities| shown.by_option(utilities)),
        "shares_in_millionths": outcome.shares.as_ref().map(|shares| shown.by_option(shares)),
        "comparable_groups": outcome.groups.iter().map(|group| shown.ids(group)).collect::<Vec<_>>(),
    });
    favourite(&outcome.winners, ties, detail)
}

fn van_westendorp(cast: &Cast) -> Result<Value, TallyRefusal> {
    let mut answers: Vec<PriceAnswer> = Vec::new();
    let mut intents = Vec::new();
    for (said, count) in cast {
        if let Checked::Prices(answer, intent) = said {
            let times = usize::try_from(*count).expect("counts fit a machine word");
            answers.extend(std::iter::repeat_n(*answer, times));
            intents.extend(
                intent
                    .filter(|_| answer.is_consistent())
                    .map(|intent| (*answer, intent))
                    .into_iter()
                    .flat_map(|answered| std::iter::repeat_n(answered, times)),
            );
        }
    }
    let outcome = PriceOutcome::measure(&answers).map_err(|few| too_few(few, answers.len()))?;
    let trial = (!intents.is_empty()).then(|| newton_miller_smith::measure(&intents));
    Ok(super::show::prices(&outcome, trial.as_ref()))
}

fn too_few(few: TooFewValid, answers: usize) -> TallyRefusal {
    match few {
        TooFewValid::Number { valid } | TooFewValid::Share { valid, .. } => {
            TallyRefusal::TooFewValid { valid, answers }
        }
    }
}

fn gabor_granger_of(definition: &Definition, cast: &Cast) -> Result<Value, TallyRefusal> {
    let answers: Vec<Vec<bool>> = cast
        .iter()
        .filter_map(|(said, count)| match said {
            Checked::Buys(buys) => Some(std::iter::repeat_n(buys.clone(), usize::try_from(*count).ok()?)),
            _ => None,
        })
        .flatten()
        .collect();
    let outcome = gabor_granger::measure(&definition.prices, &answers).map_err(|few| too_few(few, answers.len()))?;
    Ok(super::show::demand(&outcome))
}

fn approvals(options: usize, cast: &Cast) -> ApprovalBallots {
    let mut ballots = ApprovalBallots::new(options);
    for (said, count) in cast {
        if let Checked::Set(named) = said {
            ballots.push(named.iter().copied(), *count);
        }
    }
    ballots
}

fn rankings(options: usize, cast: &Cast) -> RankedBallots {
    let mut ballots = RankedBallots::new(options);
    ballots.reserve(cast.len());
    for (said, count) in cast {
        if let Checked::Ranking(groups) = said {
            let groups: Vec<&[usize]> = groups.iter().map(Vec::as_slice).collect();
            ballots.push(&groups, *count);
        }
    }
    ballots
}

fn scores(options: usize, cast: &Cast) -> ScoreBallots {
    let mut ballots = ScoreBallots::new(options);
    for (said, count) in cast {
        if let Checked::Row(scores) = said {
            ballots.push(scores, *count);
        }
    }
    ballots
}

fn votes(options: usize, cast: &Cast) -> Vec<u64> {
    let mut ballots = QuadraticBallots::new(options);
    for (said, count) in cast {
        if let Checked::Row(votes) = said {
            ballots.push(votes, *count).expect("costs were checked");
        }
    }
    ballots.sums().to_vec()
}
