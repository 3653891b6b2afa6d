//! Results as JSON: options by their ids, votes as exact numbers.

use serde_json::{Map, Value, json};

use super::{Definition, count::Elected};
use crate::tally::{
    Fraction,
    gabor_granger::DemandOutcome,
    newton_miller_smith::TrialOutcome,
    pav::SequentialPavOutcome,
    runoff::RunoffOutcome,
    star::StarOutcome,
    transfer::{StageAct, TransferOutcome},
    van_westendorp::{Crossing, PriceOutcome},
};

/// Shows numbers by the ids of this definition's options.
pub(super) struct Shown<'a>(pub(super) &'a Definition);

impl Shown<'_> {
    pub(super) fn id(&self, option: usize) -> &str {
        &self.0.options[option]
    }

    pub(super) fn ids(&self, options: &[usize]) -> Vec<&str> {
        options.iter().map(|&option| self.id(option)).collect()
    }

    pub(super) fn by_option<T: Into<Value> + Copy>(&self, values: &[T]) -> Value {
        let fields = self.0.options.iter().cloned().zip(values.iter().map(|&value| value.into()));
        Value::Object(fields.collect::<Map<String, Value>>())
    }

    pub(super) fn matrix(&self, rows: &[Vec<u64>]) -> Value {
        let fields = self.0.options.iter().cloned().zip(rows.iter().map(|row| self.by_option(row)));
        Value::Object(fields.collect::<Map<String, Value>>())
    }

    /// Votes from parts, exactly: "12" or "25/2".
    pub(super) fn votes(&self, parts: u128) -> String {
        Fraction::of_votes(parts).to_string()
    }

    fn votes_by_option(&self, parts: &[Option<u128>]) -> Value {
        let fields =
            self.0.options.iter().cloned().zip(parts.iter().map(|parts| parts.map(|parts| self.votes(parts)).into()));
        Value::Object(fields.collect::<Map<String, Value>>())
    }

    pub(super) fn elected(&self, elected: Elected) -> Value {
        let outcomes: Vec<Vec<&str>> = elected.tied.outcomes.iter().map(|outcome| self.ids(outcome)).collect();
        let is_tie = elected.tied.is_tie();
        json!({
            "elected": self.ids(&elected.elected),
            "winners": self.ids(&elected.tied.winners()),
            "is_tie": is_tie,
            "outcomes": outcomes,
            "outcomes_are_complete": elected.tied.is_complete,
            "tie_broken_by": is_tie.then_some("lowest SHA-256 of seed and option"),
            "detail": elected.detail,
        })
    }

    pub(super) fn runoff(&self, outcome: &RunoffOutcome) -> Value {
        let round = |round: &crate::tally::runoff::RunoffRound| {
            json!({
                "votes": self.votes_by_option(&round.parts),
                "exhausted": round.exhausted,
                "eliminated": self.ids(&round.eliminated),
                "tied": self.ids(&round.tied),
            })
        };
        json!({
            "rounds": outcome.rounds.iter().map(round).collect::<Vec<_>>(),
            "winner": outcome.winner.map(|winner| self.id(winner)),
            "winners": self.ids(&outcome.tied.winners()),
            "outcomes_are_complete": outcome.tied.is_complete,
        })
    }

    pub(super) fn star(&self, outcome: &StarOutcome) -> Value {
        json!({
            "sums": self.by_option(&outcome.sums),
            "scored_higher": self.matrix(&outcome.higher),
            "finalists": self.ids(&outcome.finalists),
        })
    }

    pub(super) fn sequential_pav(&self, outcome: &SequentialPavOutcome) -> Value {
        let round = |round: &crate::tally::pav::PavRound| {
            json!({
                "gains": self.votes_by_option(&round.gains),
                "elected": self.id(round.elected),
                "tied": self.ids(&round.tied),
            })
        };
        json!({ "rounds": outcome.rounds.iter().map(round).collect::<Vec<_>>() })
    }

    pub(super) fn transfers(&self, outcome: &TransferOutcome) -> Value {
        let exact = |units: u128| Fraction::new(units, outcome.scale).to_string();
        let stage = |stage: &crate::tally::transfer::Stage| {
            let votes = self.0.options.iter().cloned().zip(stage.votes.iter().map(|&units| exact(units).into()));
            let (act, options) = match &stage.act {
                StageAct::Elected(options) => ("elected", self.ids(options)),
                StageAct::SurplusTransferred(option) => ("surplus_transferred", vec![self.id(*option)]),
                StageAct::Eliminated(options) => ("eliminated", self.ids(options)),
                StageAct::Filled(options) => ("filled", self.ids(options)),
            };
            json!({
                "votes": Value::Object(votes.collect::<Map<String, Value>>()),
                "quota": exact(stage.quota),
                "act": act,
                "options": options,
                "tied": self.ids(&stage.tied),
            })
        };
        json!({ "stages": outcome.stages.iter().map(stage).collect::<Vec<_>>() })
    }
}

fn crossing(crossing: Option<Crossing>) -> Value {
    crossing.map_or(
        Value::Null,
        |crossing| json!({ "step": [crossing.step_from, crossing.step_until], "linear": crossing.linear }),
    )
}

/// The price sensitivity meter, in fen; and how many would buy, when that was asked.
pub(super) fn prices(outcome: &PriceOutcome, trial: Option<&TrialOutcome>) -> Value {
    let curves = outcome.curves.iter().map(|row| {
        json!({
            "price": row.price,
            "too_cheap": row.too_cheap,
            "cheap": row.cheap,
            "expensive": row.expensive,
            "too_expensive": row.too_expensive,
        })
    });
    json!({
        "answers": outcome.answers,
        "valid": outcome.valid,
        "inconsistent": outcome.answers - outcome.valid,
        "marginal_cheapness": crossing(outcome.marginal_cheapness),
        "optimal": crossing(outcome.optimal),
        "indifference": crossing(outcome.indifference),
        "marginal_expensiveness": crossing(outcome.marginal_expensiveness),
        "curves": curves.collect::<Vec<_>>(),
        "trial": trial.map(trial_of),
    })
}

fn trial_of(trial: &TrialOutcome) -> Value {
    let rows = trial.rows.iter().map(|row| {
        json!({ "price": row.price, "buyers_in_millionths": row.trial, "revenue_in_millionths": row.revenue.to_string() })
    });
    json!({
        "most_buyers_at": trial.most_trial,
        "most_revenue_at": trial.most_revenue,
        "rows": rows.collect::<Vec<_>>(),
    })
}

/// Demand by price, in fen.
pub(super) fn demand(outcome: &DemandOutcome) -> Value {
    let rows = outcome
        .rows
        .iter()
        .map(|row| json!({ "price": row.price, "buyers": row.buyers, "revenue": row.revenue.to_string() }));
    json!({
        "answers": outcome.answers,
        "valid": outcome.valid,
        "inconsistent": outcome.answers - outcome.valid,
        "most_revenue_at": outcome.most_revenue,
        "rows": rows.collect::<Vec<_>>(),
    })
}
