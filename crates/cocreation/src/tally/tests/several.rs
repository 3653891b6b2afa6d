//! Several winners.

use super::{ballots, tie_order};
use crate::tally::{
    approval::{ApprovalBallots, MostOutcome},
    meek,
    pav::{ExactPavOutcome, SequentialPavOutcome, TooManyCommittees},
    quadratic::{OverBudget, QuadraticBallots},
    scottish, shared_part,
    transfer::{EqualRanks, Papers, StageAct},
};

/// Source: Wikipedia, "Proportional approval voting": 5 vote A and B, 17 A and C, 8 D; the best two are A and C with 30.5.
fn wikipedia() -> ApprovalBallots {
    let mut ballots = ApprovalBallots::new(4);
    ballots.push([0, 1], 5);
    ballots.push([0, 2], 17);
    ballots.push([3], 8);
    ballots
}

#[test]
fn the_example_of_proportional_approval() {
    let exact = ExactPavOutcome::count(&wikipedia(), 2, &tie_order(4)).unwrap();
    let sequential = SequentialPavOutcome::count(&wikipedia(), 2, &mut tie_order(4));

    assert_eq!((exact.elected, exact.score), (vec![0, 2], 30 * shared_part(1) + shared_part(2)));
    assert_eq!(sequential.elected(), [0, 2]);
    let second = &sequential.rounds[1].gains;
    let halves = |halves| Some(halves * shared_part(2));
    assert_eq!(second, &[None, halves(5), halves(17), halves(16)]);
}

/// Source: Aziz, Brill, Conitzer, Elkind, Freeman and Walsh, "Justified representation in approval-based committee voting" (2017): what
/// sequential PAV takes first may be what the best committee does without. Worked by hand: A is named by 8 and each other by 7.
#[test]
fn sequential_and_exact_committees_may_differ() {
    let mut ballots = ApprovalBallots::new(3);
    ballots.push([0, 1], 4);
    ballots.push([0, 2], 4);
    ballots.push([1], 3);
    ballots.push([2], 3);

    let exact = ExactPavOutcome::count(&ballots, 2, &tie_order(3)).unwrap();
    let sequential = SequentialPavOutcome::count(&ballots, 2, &mut tie_order(3));

    assert_eq!((exact.elected, exact.score), (vec![1, 2], 14 * shared_part(1)));
    assert_eq!(sequential.rounds[0].elected, 0);
    assert_eq!(sequential.tied.outcomes.into_iter().collect::<Vec<_>>(), [vec![0, 1], vec![0, 2]]);
}

#[test]
fn exact_committees_that_are_equal_are_all_named() {
    let mut ballots = ApprovalBallots::new(3);
    (0..3).for_each(|option| ballots.push([option], 1));

    let exact = ExactPavOutcome::count(&ballots, 2, &tie_order(3)).unwrap();

    assert_eq!(exact.tied.outcomes.into_iter().collect::<Vec<_>>(), [vec![0, 1], vec![0, 2], vec![1, 2]]);
}

#[test]
fn an_exact_count_that_would_take_hours_is_refused() {
    let mut ballots = ApprovalBallots::new(30);
    (0..29).for_each(|option| ballots.push([option, option + 1], 1));

    let refusal = ExactPavOutcome::count(&ballots, 15, &tie_order(26)).unwrap_err();

    assert_eq!(refusal, TooManyCommittees { committees: 155_117_520, ballots: 29 });
}

#[test]
fn a_tie_at_the_edge_of_the_seats_is_reported() {
    let outcome = MostOutcome::elect(vec![5, 3, 9, 3, 0], 3, &mut tie_order(5));

    assert_eq!(outcome.elected[..2], [2, 0]);
    assert_eq!(outcome.tied_at_the_edge, [1, 3]);
    assert_eq!(outcome.tied.outcomes.into_iter().collect::<Vec<_>>(), [vec![0, 1, 2], vec![0, 2, 3]]);
}

#[test]
fn a_hundred_credits_buy_ten_votes_for_one_or_one_for_each_of_a_hundred() {
    let mut ballots = QuadraticBallots::new(3);
    ballots.push(&[10, 0, 0], 1).unwrap();
    ballots.push(&[6, 8, 0], 2).unwrap();

    assert_eq!(ballots.push(&[6, 8, 1], 1), Err(OverBudget { cost: 101 }));
    assert_eq!(ballots.sums(), [22, 16, 0]);
}

/// What to eat at a party: oranges, pears, chocolate, strawberries, hamburgers, for three of five. Source: Wikipedia, "Single
/// transferable vote", its example: chocolate first, then oranges, then strawberries.
fn party() -> Papers {
    Papers::of(&ballots(5, &[(4, "A"), (2, "B>A"), (8, "C>D"), (4, "C>E"), (1, "D"), (1, "E")])).unwrap()
}

#[test]
fn the_example_of_transferable_votes() {
    let outcome = scottish::count(&party(), 3, &mut tie_order(5));

    assert_eq!(outcome.elected, [2, 0, 3]);
    let acts: Vec<StageAct> = outcome.stages.iter().map(|stage| stage.act.clone()).collect();
    assert_eq!(
        acts,
        [
            StageAct::Elected(vec![2]),
            StageAct::SurplusTransferred(2),
            StageAct::Eliminated(vec![1]),
            StageAct::Elected(vec![0]),
            StageAct::Eliminated(vec![4]),
            StageAct::Filled(vec![3]),
        ]
    );
    // After the surplus: four for oranges, two for pears, five for strawberries, three for hamburgers.
    assert_eq!(outcome.stages[2].votes, [400_000, 200_000, 0, 500_000, 300_000]);
    assert_eq!(outcome.stages[2].quota, 600_000);
    assert!(!outcome.tied.is_tie());
}

#[test]
fn meek_elects_the_same_at_the_party() {
    let outcome = meek::count(&party(), 3, &mut tie_order(5));

    assert_eq!(outcome.tied.winners(), [0, 2, 3]);
    assert_eq!(outcome.elected[0], 2);
    assert_eq!(outcome.stages[0].quota, 5 * meek::SCALE + 1);
}

/// By hand: 5 A>B, 1 C, two seats. A keeps a quota of 2 and gives 3 on to B, each paper at 0.6.
#[test]
fn meek_keeps_a_quota_and_hands_on_the_rest() {
    let papers = Papers::of(&ballots(3, &[(5, "A>B"), (1, "C")])).unwrap();

    let outcome = meek::count(&papers, 2, &mut tie_order(3));

    assert_eq!(outcome.elected, [0, 1]);
    assert_eq!(outcome.stages[1].votes, [2_000_000_005, 2_999_999_995, 1_000_000_000]);
}

#[test]
fn transferable_votes_take_no_equals() {
    assert_eq!(Papers::of(&ballots(3, &[(1, "A=B>C")])).unwrap_err(), EqualRanks);
}

#[test]
fn a_tie_between_the_last_looks_back_and_then_tells_both_outcomes() {
    // D goes first and lifts C to B's two votes. Before, C had less: C goes, nothing was drawn.
    let looked_back = Papers::of(&ballots(4, &[(5, "A"), (2, "B"), (1, "C"), (1, "D>C")])).unwrap();
    let outcome = scottish::count(&looked_back, 1, &mut tie_order(4));
    assert_eq!((outcome.elected, outcome.stages.len()), (vec![0], 1));

    let even = Papers::of(&ballots(3, &[(3, "A"), (2, "B"), (2, "C")])).unwrap();
    let outcome = scottish::count(&even, 2, &mut tie_order(3));
    assert_eq!(outcome.tied.outcomes.into_iter().collect::<Vec<_>>(), [vec![0, 1], vec![0, 2]]);
}
