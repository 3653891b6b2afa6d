//! One winner from rankings and scores.

use super::{ballots, tie_order};
use crate::tally::{
    Fate, Fraction, PARTS_OF_A_VOTE, RankedBallots, TieBreaker, Unlisted,
    approval::{ApprovalBallots, MostOutcome},
    runoff::RunoffOutcome,
    schulze::{DefeatStrength, SchulzeOutcome},
    star::{ScoreBallots, StarOutcome},
};

fn schulze(ballots: &RankedBallots) -> SchulzeOutcome {
    SchulzeOutcome::count(&ballots.pairwise(Unlisted::Last), DefeatStrength::WinningVotes)
}

/// The capital of Tennessee: Memphis, Nashville, Chattanooga, Knoxville. Source: Wikipedia, "Comparison of electoral systems".
fn tennessee() -> RankedBallots {
    ballots(4, &[(42, "A>B>C>D"), (26, "B>C>D>A"), (15, "C>D>B>A"), (17, "D>C>B>A")])
}

#[test]
fn tennessee_elects_another_city_by_each_rule() {
    let ballots = tennessee();

    let mut named = ApprovalBallots::new(4);
    for (option, count) in [(0, 42), (1, 26), (2, 15), (3, 17)] {
        named.push([option], count);
    }
    let most = MostOutcome::elect(named.sums(), 1, &mut tie_order(4));
    let runoff = RunoffOutcome::count(&ballots, &mut tie_order(4));

    assert_eq!((most.elected, most.sums), (vec![0], vec![42, 26, 15, 17]));
    assert_eq!(schulze(&ballots).places, [vec![1], vec![2], vec![3], vec![0]]);
    assert_eq!(runoff.winner, Some(3));
    let eliminated: Vec<_> = runoff.rounds.iter().map(|round| round.eliminated.clone()).collect();
    assert_eq!(eliminated, [vec![2], vec![1], vec![]]);
    let last = &runoff.rounds[2].parts;
    assert_eq!(last, &[Some(42 * PARTS_OF_A_VOTE), None, None, Some(58 * PARTS_OF_A_VOTE)]);
}

/// Source: Wikipedia, "STAR voting": the sums are 210, 293, 237, and Nashville beats Chattanooga by 68 to 32.
#[test]
fn tennessee_by_star() {
    let mut scores = ScoreBallots::new(4);
    for (row, count) in [([5, 2, 1, 0], 42), ([0, 5, 2, 1], 26), ([0, 3, 5, 4], 15), ([0, 2, 4, 5], 17)] {
        scores.push(&row, count);
    }

    let outcome = StarOutcome::count(scores, &mut tie_order(4));

    assert_eq!(outcome.sums[..3], [210, 293, 237]);
    assert_eq!((outcome.finalists, outcome.winner), (vec![1, 2], Some(1)));
    assert_eq!((outcome.higher[1][2], outcome.higher[2][1]), (68, 32));
    assert_eq!(outcome.tied.winners(), [1]);
}

/// Source: Schulze (2011), section 3.1, his first example: 21 voters, four options, winner d.
#[test]
fn the_first_example_of_schulze() {
    let ballots = ballots(4, &[(8, "A>C>D>B"), (2, "B>A>D>C"), (4, "C>D>B>A"), (4, "D>B>A>C"), (3, "D>C>B>A")]);

    let pairs = ballots.pairwise(Unlisted::Last);
    let outcome = schulze(&ballots);

    assert_eq!(pairs, [[0, 8, 14, 10], [13, 0, 6, 2], [7, 15, 0, 12], [11, 19, 9, 0]]);
    assert_eq!(outcome.places, [vec![3], vec![0], vec![2], vec![1]]);
    assert_eq!(outcome.condorcet_winner, None);
}

/// Source: Schulze, "A New Monotonic and Clone-Independent Single-Winner Election Method", Voting matters 17 (2003), example 1:
/// 45 voters, five options; also in Wikipedia, "Schulze method". Its table of strongest paths is checked whole.
#[test]
fn the_example_of_forty_five_voters() {
    let ballots = ballots(
        5,
        &[
            (5, "A>C>B>E>D"),
            (5, "A>D>E>C>B"),
            (8, "B>E>D>A>C"),
            (3, "C>A>B>E>D"),
            (7, "C>A>E>B>D"),
            (2, "C>B>A>D>E"),
            (7, "D>C>E>B>A"),
            (8, "E>B>A>D>C"),
        ],
    );

    let outcome = schulze(&ballots);

    let paths =
        [[0, 28, 28, 30, 24], [25, 0, 28, 33, 24], [25, 29, 0, 29, 24], [25, 28, 28, 0, 24], [25, 28, 28, 31, 0]];
    assert_eq!(outcome.paths, paths);
    assert_eq!(outcome.places, [vec![4], vec![0], vec![2], vec![1], vec![3]]);
}

/// Source: Schulze (2011), section 3.4, example 4: nine voters between whom b and d stay undecided.
#[test]
fn an_example_of_schulze_that_stays_a_tie() {
    let ballots = ballots(4, &[(3, "A>B>C>D"), (2, "C>B>D>A"), (2, "D>A>B>C"), (2, "D>B>C>A")]);

    let outcome = schulze(&ballots);

    assert_eq!(outcome.places[0], [1, 3]);
    assert_eq!(outcome.tied().winners(), [1, 3]);
    assert!(outcome.tied().is_tie());
}

/// The three last of the mayoral election of Burlington, Vermont, 2009: Montroll, Kiss, Wright. Source: the ballots as grouped in
/// Wikipedia, "2009 Burlington mayoral election". Kiss won the runoff by 4,314 to 4,064; every pair was won by Montroll.
#[test]
fn burlington_elects_kiss_by_runoff_and_montroll_by_pairs() {
    let ballots = ballots(
        3,
        &[
            (1332, "A>B>C"),
            (767, "A>C>B"),
            (455, "A"),
            (2043, "B>A>C"),
            (371, "B>C>A"),
            (568, "B"),
            (1513, "C>A>B"),
            (495, "C>B>A"),
            (1289, "C"),
        ],
    );

    let pairs = ballots.pairwise(Unlisted::Last);
    let runoff = RunoffOutcome::count(&ballots, &mut tie_order(3));

    assert_eq!((pairs[0][1], pairs[1][0]), (4067, 3477));
    assert_eq!((pairs[0][2], pairs[2][0]), (4597, 3668));
    assert_eq!((pairs[1][2], pairs[2][1]), (4314, 4064));
    assert_eq!(schulze(&ballots).condorcet_winner, Some(0));
    assert_eq!(runoff.winner, Some(1));
    assert_eq!(runoff.rounds[1].exhausted, 455);
    assert_eq!(runoff.rounds[1].parts[1..], [Some(4314 * PARTS_OF_A_VOTE), Some(4064 * PARTS_OF_A_VOTE)]);
}

/// Source: www.debian.org/vote/2002/vote_0001, its table of pairs: Robinson, Hertzog, Garbee, none of the above. Garbee won.
#[test]
fn the_debian_leader_election_of_2002() {
    let pairs = [[0, 255, 178, 385], [199, 0, 134, 406], [291, 327, 0, 443], [68, 50, 18, 0]].map(|row| row.to_vec());

    let outcome = SchulzeOutcome::count(&pairs.to_vec(), DefeatStrength::WinningVotes);

    assert_eq!(outcome.places, [vec![2], vec![0], vec![1], vec![3]]);
    assert_eq!(outcome.condorcet_winner, Some(2));
}

/// Zadka, Garbee, Robinson, Michlmayr, none of the above, by 488 voters. Source: the announced pairs of www.debian.org/vote/2003/vote_0001
/// as quoted in linux.slashdot.org/story/03/03/30/053219. Michlmayr won every pair, that over Garbee by 228 to 224.
#[test]
fn the_debian_leader_election_of_2003_was_won_by_four() {
    let pairs = [
        [0, 34, 66, 38, 228],
        [428, 0, 238, 224, 449],
        [385, 221, 0, 226, 405],
        [397, 228, 237, 0, 424],
        [202, 29, 65, 39, 0],
    ];
    let places = |michlmayr_over_garbee: u64, garbee_over_michlmayr: u64| {
        let mut pairs = pairs.map(|row| row.to_vec()).to_vec();
        (pairs[3][1], pairs[1][3]) = (michlmayr_over_garbee, garbee_over_michlmayr);
        SchulzeOutcome::count(&pairs, DefeatStrength::WinningVotes).places
    };

    assert_eq!(places(228, 224), [vec![3], vec![1], vec![2], vec![0], vec![4]]);
    // Had two thought otherwise, the two would have tied; had three, the other would lead.
    assert_eq!(places(226, 226), [vec![1, 3], vec![2], vec![0], vec![4]]);
    assert_eq!(places(225, 227), [vec![1], vec![3], vec![2], vec![0], vec![4]]);
}

#[test]
fn margins_and_winning_votes_may_differ() {
    // A beats B by 8 to 3, B beats C by 7 to 6, C beats A by 9 to 5: the weakest win is A's by votes and B's by margin.
    let pairs = vec![vec![0, 8, 5], vec![3, 0, 7], vec![9, 6, 0]];

    let by_votes = SchulzeOutcome::count(&pairs, DefeatStrength::WinningVotes);
    let by_margins = SchulzeOutcome::count(&pairs, DefeatStrength::Margins);

    assert_eq!(by_votes.places[0], [2]);
    assert_eq!(by_margins.places[0], [2]);
    assert_eq!((by_votes.paths[0][1], by_margins.paths[0][1]), (8, 5));
}

#[test]
fn options_a_ballot_leaves_out_are_last_or_not_compared() {
    let ballots = ballots(3, &[(2, "A"), (1, "B>C")]);

    assert_eq!(ballots.pairwise(Unlisted::Last), [[0, 2, 2], [1, 0, 1], [1, 0, 0]]);
    assert_eq!(ballots.pairwise(Unlisted::NoOpinion), [[0, 0, 0], [0, 0, 1], [0, 0, 0]]);
}

#[test]
fn equal_options_share_a_vote_exactly() {
    let runoff = RunoffOutcome::count(&ballots(4, &[(1, "A=B=C"), (2, "D"), (2, "A")]), &mut tie_order(4));

    let first = &runoff.rounds[0].parts;
    let shown: Vec<String> = first.iter().map(|parts| Fraction::of_votes(parts.unwrap()).to_string()).collect();
    assert_eq!(shown, ["7/3", "1/3", "1/3", "2"]);
    assert_eq!(runoff.rounds[0].eliminated, [1, 2]);
    assert_eq!(runoff.winner, Some(0));
}

#[test]
fn a_tie_in_a_runoff_names_every_winner_it_allows() {
    let ballots = ballots(3, &[(2, "A>C>B"), (2, "B>C>A"), (1, "C>A>B"), (1, "C>B>A")]);

    let runoff = RunoffOutcome::count(&ballots, &mut tie_order(3));

    assert_eq!(runoff.rounds[0].tied, [0, 1, 2]);
    assert_eq!(runoff.tied.winners(), [0, 1, 2]);
    assert!(runoff.tied.is_complete);
}

#[test]
fn a_tie_is_broken_by_the_lowest_hash_of_seed_and_option_alone() {
    // printf 'seed\0A' | sha256sum begins 40; of C it begins 63, of B 73, of D a4.
    let mut order = tie_order(4);

    assert_eq!([0, 1, 2, 3].map(|option| order.place(option)), [0, 2, 1, 3]);
    assert_eq!(order.choose(&[1, 2, 3], Fate::Kept), 2);
    assert_eq!(order.choose(&[0, 1, 2], Fate::Dropped), 1);
}

#[test]
fn nobody_wins_where_nobody_is_named() {
    let runoff = RunoffOutcome::count(&ballots(3, &[(4, "")]), &mut tie_order(3));

    assert_eq!((runoff.winner, runoff.rounds[0].exhausted), (None, 4));
    assert_eq!(schulze(&ballots(3, &[(4, "")])).places, [vec![0, 1, 2]]);
}

#[test]
fn a_packed_ballot_is_small() {
    assert_eq!(RankedBallots::new(10).bytes_per_ballot(), 20);
    assert_eq!(RankedBallots::new(30).bytes_per_ballot(), 36);
}

#[test]
fn many_ballots_of_one_voter_each_count_as_one_ballot_of_many() {
    for options in [3, 9, 20] {
        let mut one_by_one = RankedBallots::new(options);
        for _ in 0..1_000 {
            one_by_one.push(&[&[0], &[2]], 1);
            one_by_one.push(&[&[1, 2]], 1);
        }
        let mut at_once = RankedBallots::new(options);
        at_once.push(&[&[0], &[2]], 1_000);
        at_once.push(&[&[1, 2]], 1_000);

        for unlisted in [Unlisted::Last, Unlisted::NoOpinion] {
            assert_eq!(one_by_one.pairwise(unlisted), at_once.pairwise(unlisted));
        }
        let (a, b) = (one_by_one.pairwise(Unlisted::Last), at_once.voters());
        assert_eq!((a[0][1], a[1][0], a[2][1], b), (1_000, 1_000, 1_000, 2_000));
    }
}
