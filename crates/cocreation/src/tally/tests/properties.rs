//! What the methods promise, on ballots by chance.

use std::collections::BTreeSet;

use proptest::prelude::{Just, ProptestConfig, Strategy, prop, prop_assert, prop_assert_eq, prop_assume, proptest};

use super::tie_order;
use crate::tally::{
    RankedBallots, TieOrder, Unlisted,
    approval::{ApprovalBallots, MostOutcome},
    bradley_terry::BradleyTerryOutcome,
    pav::{ExactPavOutcome, SequentialPavOutcome},
    runoff::RunoffOutcome,
    schulze::{DefeatStrength, SchulzeOutcome},
};

/// A ballot: for each option its rank, or none when it is not listed. Ranks may be equal.
type Row = Vec<Option<u8>>;

fn rows(options: usize) -> impl Strategy<Value = Vec<(Row, u32)>> {
    let rank = prop::option::weighted(0.8, 0_u8..6);
    prop::collection::vec((prop::collection::vec(rank, options), 1_u32..4), 1..24)
}

fn packed(options: usize, rows: &[(Row, u32)]) -> RankedBallots {
    let mut ballots = RankedBallots::new(options);
    for (row, count) in rows {
        let ranks: BTreeSet<u8> = row.iter().flatten().copied().collect();
        let group = |rank: u8| (0..options).filter(|&option| row[option] == Some(rank)).collect::<Vec<usize>>();
        let groups: Vec<Vec<usize>> = ranks.into_iter().map(group).collect();
        ballots.push(&groups.iter().map(Vec::as_slice).collect::<Vec<_>>(), *count);
    }
    ballots
}

fn schulze(ballots: &RankedBallots) -> BTreeSet<usize> {
    let outcome = SchulzeOutcome::count(&ballots.pairwise(Unlisted::Last), DefeatStrength::WinningVotes);
    outcome.places[0].iter().copied().collect()
}

fn runoff(ballots: &RankedBallots, ties: &mut TieOrder) -> Option<BTreeSet<usize>> {
    let tied = RunoffOutcome::count(ballots, ties).tied;
    tied.is_complete.then(|| tied.winners().into_iter().collect())
}

/// Each option's new number.
fn renamed(rows: &[(Row, u32)], numbers: &[usize]) -> Vec<(Row, u32)> {
    let rename = |row: &Row| {
        let mut renamed = vec![None; row.len()];
        row.iter().zip(numbers).for_each(|(&rank, &number)| renamed[number] = rank);
        renamed
    };
    rows.iter().map(|(row, count)| (rename(row), *count)).collect()
}

fn named(set: &BTreeSet<usize>, numbers: &[usize]) -> BTreeSet<usize> {
    set.iter().map(|&option| numbers[option]).collect()
}

fn approvals(options: usize, rows: &[(Row, u32)]) -> ApprovalBallots {
    let mut ballots = ApprovalBallots::new(options);
    for (row, count) in rows {
        ballots.push((0..options).filter(|&option| row[option].is_some_and(|rank| rank < 3)), *count);
    }
    ballots
}

fn committees(tied: &BTreeSet<Vec<usize>>, numbers: &[usize]) -> BTreeSet<BTreeSet<usize>> {
    tied.iter().map(|group| named(&group.iter().copied().collect(), numbers)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn whoever_beats_all_others_is_elected(rows in rows(5)) {
        let pairs = packed(5, &rows).pairwise(Unlisted::Last);
        let outcome = SchulzeOutcome::count(&pairs, DefeatStrength::WinningVotes);
        prop_assume!(outcome.condorcet_winner.is_some());

        prop_assert_eq!(&outcome.places[0], &outcome.condorcet_winner.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn pairs_counted_in_blocks_are_those_counted_one_by_one(rows in rows(9)) {
        let ballots = packed(9, &rows);
        for (unlisted, worst) in [(Unlisted::Last, Some(u8::MAX)), (Unlisted::NoOpinion, None)] {
            let pairs = ballots.pairwise(unlisted);
            for (a, b) in (0..9).flat_map(|a| (0..9).map(move |b| (a, b))) {
                let prefers = |row: &Row| row[a].is_some_and(|rank| row[b].or(worst).is_some_and(|other| rank < other));
                let expected: u64 = rows.iter().filter(|(row, _)| prefers(row)).map(|(_, count)| u64::from(*count)).sum();
                prop_assert_eq!(pairs[a][b], expected);
            }
        }
    }

    #[test]
    fn other_names_and_another_order_of_options_change_nothing(
        rows in rows(5),
        numbers in Just((0..5).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let (as_is, other) = (packed(5, &rows), packed(5, &renamed(&rows, &numbers)));
        prop_assert_eq!(named(&schulze(&as_is), &numbers), schulze(&other));
        if let (Some(as_is), Some(other)) = (runoff(&as_is, &mut tie_order(5)), runoff(&other, &mut tie_order(5))) {
            prop_assert_eq!(named(&as_is, &numbers), other);
        }
        let (as_is, other) = (approvals(5, &rows), approvals(5, &renamed(&rows, &numbers)));
        let same: Vec<usize> = (0..5).collect();
        let exact = |ballots| ExactPavOutcome::count(ballots, 2, &tie_order(5)).unwrap().tied.outcomes;
        prop_assert_eq!(committees(&exact(&as_is), &numbers), committees(&exact(&other), &same));
        let sequential = |ballots| SequentialPavOutcome::count(ballots, 2, &mut tie_order(5)).tied.outcomes;
        prop_assert_eq!(committees(&sequential(&as_is), &numbers), committees(&sequential(&other), &same));
    }

    #[test]
    fn every_ballot_twenty_times_changes_nothing(rows in rows(4)) {
        let twenty: Vec<(Row, u32)> = rows.iter().map(|(row, count)| (row.clone(), count * 20)).collect();
        let (once, often) = (packed(4, &rows), packed(4, &twenty));

        prop_assert_eq!(schulze(&once), schulze(&often));
        prop_assert_eq!(runoff(&once, &mut tie_order(4)), runoff(&often, &mut tie_order(4)));
        let most = |rows| MostOutcome::elect(approvals(4, rows).sums(), 2, &mut tie_order(4)).tied;
        prop_assert_eq!(most(&rows), most(&twenty));
        let pairs = |ballots: &RankedBallots| BradleyTerryOutcome::fit(&ballots.pairwise(Unlisted::NoOpinion)).shares;
        prop_assert_eq!(pairs(&once), pairs(&often));
    }

    #[test]
    fn a_ballot_that_lifts_the_winner_keeps_it_winning(rows in rows(5), chosen in 0_usize..24) {
        let winners = schulze(&packed(5, &rows));
        let chosen = chosen % rows.len();
        for &winner in &winners {
            let mut lifted = rows.clone();
            // Above all others, whose order stays.
            let row = &mut lifted[chosen].0;
            row.iter_mut().flatten().for_each(|rank| *rank += 1);
            row[winner] = Some(0);
            prop_assert!(schulze(&packed(5, &lifted)).contains(&winner));
        }
    }

    #[test]
    fn a_clone_of_an_option_helps_and_hurts_nobody(rows in rows(4), cloned in 0_usize..4) {
        // The clone stands right beside it on every ballot: here equal with it.
        let with_clone: Vec<(Row, u32)> = rows
            .iter()
            .map(|(row, count)| (row.iter().copied().chain([row[cloned]]).collect(), *count))
            .collect();

        let (before, after) = (schulze(&packed(4, &rows)), schulze(&packed(5, &with_clone)));

        let folded: BTreeSet<usize> = after.into_iter().map(|option| if option == 4 { cloned } else { option }).collect();
        prop_assert_eq!(before, folded);
    }
}

/// Not by chance alone: a hundred orders of the same options, and the tie of all is the tie of all.
#[test]
fn a_hundred_orders_of_the_options_name_the_same_tie() {
    let rows: Vec<(Row, u32)> = vec![
        (vec![Some(0), Some(1), Some(2), None], 3),
        (vec![Some(2), Some(0), Some(1), None], 3),
        (vec![Some(1), Some(2), Some(0), None], 3),
    ];
    let mut numbers: Vec<usize> = (0..4).collect();
    for step in 0..100 {
        numbers.rotate_left(1);
        numbers.swap(0, step % 4);
        let ballots = packed(4, &renamed(&rows, &numbers));
        let tied = named(&[0, 1, 2].into(), &numbers);
        assert_eq!(schulze(&ballots), tied);
        assert_eq!(runoff(&ballots, &mut tie_order(4)), Some(tied));
    }
}
