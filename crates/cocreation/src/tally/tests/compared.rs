//! Comparisons of two and of a few.

use crate::tally::{
    bradley_terry::BradleyTerryOutcome,
    fixed::{self, ONE, comparable_groups},
    max_diff::{BadChoice, MaxDiffAnswers, MaxDiffOutcome},
    max_diff_design::design,
};

/// Wins of seven baseball teams over each other in 1987: Milwaukee, Detroit, Toronto, New York, Boston, Cleveland, Baltimore. Source:
/// Agresti, "Categorical Data Analysis", 2nd edition, table 10.10; the logarithms of strength over Baltimore's are those of the vignette
/// of the R package BradleyTerry2: 1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839.
#[test]
fn the_american_league_of_1987() {
    let wins: [[u64; 7]; 7] = [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ];

    let outcome = BradleyTerryOutcome::fit(&wins.map(|row| row.to_vec()));

    let shares = outcome.shares.unwrap();
    // e to the published powers, over their sum, in thousandths.
    assert_eq!(shares.iter().map(|share| (share + 500) / 1_000).collect::<Vec<_>>(), [219, 189, 164, 157, 136, 89, 45]);
    assert_eq!(outcome.strongest, [0]);
    assert_eq!(outcome.comparisons, [78; 7]);
}

#[test]
fn twice_as_often_preferred_is_twice_as_strong() {
    let outcome = BradleyTerryOutcome::fit(&[vec![0, 20], vec![10, 0]]);

    assert_eq!(outcome.shares, Some(vec![666_667, 333_333]));
    assert_eq!(outcome.groups, [vec![0, 1]]);
}

#[test]
fn equally_strong_options_are_both_strongest() {
    let outcome = BradleyTerryOutcome::fit(&[vec![0, 3, 4], vec![3, 0, 4], vec![1, 1, 0]]);

    assert_eq!(outcome.strongest, [0, 1]);
}

#[test]
fn an_option_that_always_wins_has_no_strength_on_the_scale() {
    let outcome = BradleyTerryOutcome::fit(&[vec![0, 5, 5], vec![0, 0, 2], vec![0, 3, 0]]);

    assert_eq!((outcome.shares, outcome.wins), (None, vec![10, 2, 3]));
    assert_eq!(outcome.groups, [vec![0], vec![1, 2]]);
}

/// Six questions about A to F. Source: Displayr, "Counts Analysis of MaxDiff Data": best less worst is 1, 1, 3, 0, -2, -3.
#[test]
fn the_counts_of_a_worked_max_diff() {
    let questions: [([usize; 3], usize, usize); 6] = [
        ([2, 3, 4], 2, 4),
        ([0, 3, 4], 0, 4),
        ([1, 3, 5], 1, 5),
        ([0, 2, 5], 2, 5),
        ([0, 1, 2], 2, 1),
        ([1, 4, 5], 1, 5),
    ];
    let mut answers = MaxDiffAnswers::new(6);
    for (shown, best, worst) in questions {
        answers.push(&shown, Some(best), Some(worst), 1).unwrap();
    }

    let outcome = MaxDiffOutcome::count(&answers);

    assert_eq!((outcome.best, outcome.worst), (vec![1, 2, 3, 0, 0, 0], vec![0, 1, 0, 0, 2, 3]));
    assert_eq!((outcome.shown, outcome.winners), (vec![3; 6], vec![2]));
    // C is best whenever it is shown: no logit has a utility for that.
    assert_eq!((outcome.utilities, outcome.shares), (None, None));
    assert_eq!(outcome.groups[0], [0]);
}

/// By hand: of two options one is best in three of four answers, so that its odds are three to one.
#[test]
fn the_logit_of_two_options_is_the_logarithm_of_their_odds() {
    let mut answers = MaxDiffAnswers::new(2);
    answers.push(&[0, 1], Some(0), Some(1), 3).unwrap();
    answers.push(&[0, 1], Some(1), Some(0), 1).unwrap();

    let outcome = MaxDiffOutcome::count(&answers);

    // Half of ln 3 = 1.0986 above and below the mean.
    assert_eq!((outcome.utilities, outcome.shares), (Some(vec![549, -549]), Some(vec![750_000, 250_000])));
}

/// By hand: seven answers that stay the same when A and C, best and worst change places, so that the utilities are u, 0 and -u. Where the
/// likelihood is greatest, A's best less worst, 3 of 7, is `(x² - 1) / (x² + x + 1)` with x the power of e by u: x is 2.
#[test]
fn the_logit_of_three_options_solved_by_hand() {
    let mut answers = MaxDiffAnswers::new(3);
    for (best, worst, count) in [(0, 2, 3), (0, 1, 1), (1, 2, 1), (1, 0, 1), (2, 1, 1)] {
        answers.push(&[0, 1, 2], Some(best), Some(worst), count).unwrap();
    }

    let outcome = MaxDiffOutcome::count(&answers);

    assert_eq!((outcome.best, outcome.worst), (vec![4, 2, 1], vec![1, 2, 4]));
    assert_eq!(outcome.utilities, Some(vec![693, 0, -693]));
    // As 4 to 2 to 1.
    assert_eq!(outcome.shares, Some(vec![571_429, 285_714, 142_857]));
    assert_eq!(outcome.winners, [0]);
}

#[test]
fn half_an_answer_is_missing_and_wrong_ones_are_refused() {
    let mut answers = MaxDiffAnswers::new(4);

    answers.push(&[0, 1, 2], Some(0), None, 1).unwrap();
    assert_eq!(answers.push(&[0, 1, 2], Some(1), Some(1), 1), Err(BadChoice::Same));
    assert_eq!(answers.push(&[0, 1, 2], Some(1), Some(3), 1), Err(BadChoice::NotShown));

    let outcome = MaxDiffOutcome::count(&answers);
    assert_eq!((outcome.missing, outcome.best, outcome.shown), (1, vec![0; 4], vec![0; 4]));
    assert_eq!(outcome.winners, [0_usize; 0]);
}

#[test]
fn a_design_shows_every_option_equally_often() {
    for (options, shown, questions) in [(10, 4, 15), (7, 3, 7), (30, 5, 18), (5, 5, 3)] {
        let made = design(options, shown, questions, b"seed");

        let times = |option: usize| made.iter().filter(|set| set.contains(&option)).count();
        let all: Vec<usize> = (0..options).map(times).collect();
        assert!(all.iter().max().unwrap() - all.iter().min().unwrap() <= 1, "{all:?}");
        assert!(made.iter().all(|set| set.len() == shown));
        assert_eq!(made, design(options, shown, questions, b"seed"));
    }
}

#[test]
fn powers_of_e_are_right_to_six_digits() {
    // Source: e and its powers in any table; e^10 = 22026.4658, e^-5 = 0.0067379470.
    assert_eq!(fixed::exp(0), ONE);
    assert_eq!(fixed::nearest(fixed::exp(ONE) * 1_000_000, ONE), 2_718_282);
    assert_eq!(fixed::nearest(fixed::exp(10 * ONE) * 100, ONE), 2_202_647);
    assert_eq!(fixed::nearest(fixed::exp(-5 * ONE) * 1_000_000_000, ONE), 6_737_947);
    assert_eq!((fixed::nearest(5, 2), fixed::nearest(-5, 2), fixed::nearest(-4, 3)), (3, -3, -1));
}

#[test]
fn groups_hold_who_is_preferred_both_ways_round() {
    let beats = |pairs: &[(usize, usize)]| {
        let mut matrix = vec![vec![false; 4]; 4];
        pairs.iter().for_each(|&(a, b)| matrix[a][b] = true);
        matrix
    };

    assert_eq!(comparable_groups(&beats(&[(0, 1), (1, 2), (2, 0), (2, 3)])), [vec![0, 1, 2], vec![3]]);
    assert_eq!(comparable_groups(&beats(&[(0, 1), (1, 2), (2, 3), (3, 0)])), [vec![0, 1, 2, 3]]);
}
