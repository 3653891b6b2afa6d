//! What both ways of transferring votes share: papers without equals, stages, and what came of it.

use std::collections::BTreeMap;

use super::{
    ranked::{RankedBallots, UNLISTED},
    tie::TiedOutcomes,
};

/// Papers by their order of options, and how many gave each. An order may end early.
#[derive(Debug, Clone)]
pub struct Papers {
    pub(crate) options: usize,
    pub(crate) orders: Vec<(Vec<usize>, u128)>,
}

/// A ballot ranks two options equally, which transferable votes cannot take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EqualRanks;

impl Papers {
    /// The ballots as papers.
    ///
    /// # Errors
    /// [`EqualRanks`] when one ranks two options equally.
    pub fn of(ballots: &RankedBallots) -> Result<Self, EqualRanks> {
        let mut orders: BTreeMap<Vec<usize>, u128> = BTreeMap::new();
        for (row, count) in ballots.rows() {
            let mut listed: Vec<usize> = (0..row.len()).filter(|&option| row[option] != UNLISTED).collect();
            listed.sort_by_key(|&option| row[option]);
            if listed.windows(2).any(|two| row[two[0]] == row[two[1]]) {
                return Err(EqualRanks);
            }
            *orders.entry(listed).or_insert(0) += u128::from(count);
        }
        Ok(Self { options: ballots.options(), orders: orders.into_iter().collect() })
    }

    /// How many voters list somebody.
    #[must_use]
    pub fn valid(&self) -> u128 {
        self.orders.iter().filter(|(order, _)| !order.is_empty()).map(|(_, count)| count).sum()
    }
}

/// What a stage did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageAct {
    /// These reached the quota.
    Elected(Vec<usize>),
    /// What this one had above the quota went to others.
    SurplusTransferred(usize),
    /// These went out, and their votes to others. Several only when none of them had votes: then their order is nobody's loss.
    Eliminated(Vec<usize>),
    /// These took the seats that were left, without the quota.
    Filled(Vec<usize>),
}

/// A stage of the count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What each option had before the act, in units of the method's scale.
    pub votes: Vec<u128>,
    /// The quota at that moment, in the same units.
    pub quota: u128,
    /// What was done.
    pub act: StageAct,
    /// Those among whom the announced rule chose; empty when nothing was tied.
    pub tied: Vec<usize>,
}

/// What transferring votes elects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferOutcome {
    /// How many units make one vote.
    pub scale: u128,
    /// Stage by stage, under the announced rule.
    pub stages: Vec<Stage>,
    /// Who is elected, in the order of election.
    pub elected: Vec<usize>,
    /// Every outcome the ties allow.
    pub tied: TiedOutcomes,
}

/// All without votes, when there are several and enough others for the seats: they would go out one after another, moving nothing.
pub(crate) fn without_votes(
    continuing: impl Iterator<Item = usize> + Clone,
    votes: &[u128],
    seats: usize,
) -> Option<Vec<usize>> {
    let out: Vec<usize> = continuing.clone().filter(|&option| votes[option] == 0).collect();
    (out.len() > 1 && continuing.count() >= out.len() + seats).then_some(out)
}
