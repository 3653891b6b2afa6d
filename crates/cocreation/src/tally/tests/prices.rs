//! What people think of prices.

use crate::tally::{
    gabor_granger,
    newton_miller_smith::{self, Intent},
    van_westendorp::{Crossing, CurveRow, PriceAnswer, PriceOutcome, TooFewValid, crossing},
};

fn answer(too_cheap: u64, cheap: u64, expensive: u64, too_expensive: u64) -> PriceAnswer {
    PriceAnswer { too_cheap, cheap, expensive, too_expensive }
}

/// Forty answers worked by hand: ten people each say a four-price ladder that begins at 1, 2, 3 and 4 yuan.
fn ladders() -> Vec<PriceAnswer> {
    let ladder = |start: u64| answer(start, start + 200, start + 300, start + 600);
    [100, 200, 300, 400].into_iter().flat_map(|start| std::iter::repeat_n(ladder(start), 10)).collect()
}

#[test]
fn a_worked_meter() {
    let outcome = PriceOutcome::measure(&ladders()).unwrap();

    assert_eq!((outcome.answers, outcome.valid), (40, 40));
    // Too cheap: 40, 30, 20, 10 at 1 to 4 yuan, then none. Expensive: 10 at 4, 20 at 5, 30 at 6, 40 at 7.
    assert_eq!(outcome.marginal_cheapness, Some(Crossing { step_from: 400, step_until: 400, linear: 400 }));
    // Cheap: 40 until 3, then 30, 20, 10 at 6. Too expensive: 10 at 7. Straight lines from (6, 10 to 0) to (7, 0 to 10) meet halfway.
    assert_eq!(outcome.marginal_expensiveness, Some(Crossing { step_from: 600, step_until: 700, linear: 650 }));
    // Cheap 20 and expensive 20 at 5.
    assert_eq!(outcome.indifference, Some(Crossing { step_from: 500, step_until: 500, linear: 500 }));
    // Nobody finds 5 or 6 too cheap or too expensive: all of that stretch.
    assert_eq!(outcome.optimal, Some(Crossing { step_from: 500, step_until: 600, linear: 550 }));
    let row = CurveRow { price: 400, too_cheap: 10, cheap: 30, expensive: 10, too_expensive: 0 };
    assert_eq!(outcome.curves[3], row);
}

/// Cumulative percentages of a published study: price, cheap, too cheap, expensive, too expensive. Source: Linescale, "Van Westendorp
/// Pricing Analysis", its table. Crossings on its straight lines, by hand.
#[test]
fn the_curves_of_a_published_study() {
    let rows = [
        (199, 83, 46, 4, 4),
        (299, 58, 26, 7, 6),
        (399, 30, 19, 22, 8),
        (499, 20, 16, 41, 13),
        (599, 12, 14, 61, 27),
        (699, 8, 12, 72, 40),
    ];
    let curves = rows.map(|(price, cheap, too_cheap, expensive, too_expensive)| CurveRow {
        price,
        too_cheap,
        cheap,
        expensive,
        too_expensive,
    });

    let at = |from, until, linear| Some(Crossing { step_from: from, step_until: until, linear });
    // 26-7 = 19 above, 22-19 = 3 below: 299 + 100 × 19/22.
    assert_eq!(crossing(&curves, |row| row.too_cheap, |row| row.expensive), at(299, 399, 385));
    assert_eq!(crossing(&curves, |row| row.cheap, |row| row.expensive), at(399, 499, 427));
    assert_eq!(crossing(&curves, |row| row.too_cheap, |row| row.too_expensive), at(499, 599, 518));
    assert_eq!(crossing(&curves, |row| row.cheap, |row| row.too_expensive), at(499, 599, 531));
}

#[test]
fn answers_that_do_not_rise_are_kept_marked_and_left_out() {
    let mut answers = ladders();
    answers.push(answer(300, 200, 400, 500));
    answers.push(answer(200, 200, 400, 500));

    let outcome = PriceOutcome::measure(&answers).unwrap();

    assert_eq!((outcome.answers, outcome.valid), (42, 40));
    assert_eq!(outcome.curves, PriceOutcome::measure(&ladders()).unwrap().curves);
}

#[test]
fn too_few_valid_answers_say_nothing() {
    let few = &ladders()[..29];
    let mut doubtful = ladders();
    doubtful.extend(std::iter::repeat_n(answer(5, 4, 3, 2), 27));

    assert_eq!(PriceOutcome::measure(few), Err(TooFewValid::Number { valid: 29 }));
    assert_eq!(PriceOutcome::measure(&doubtful), Err(TooFewValid::Share { valid: 40, answers: 67 }));
    doubtful.pop();
    assert_eq!(PriceOutcome::measure(&doubtful).unwrap().valid, 40);
}

#[test]
fn curves_that_do_not_cross_give_no_point() {
    let curves = [(100, 0, 5), (200, 0, 9)];
    let curves = curves.map(|(price, too_cheap, expensive)| CurveRow {
        price,
        too_cheap,
        cheap: 0,
        expensive,
        too_expensive: 0,
    });

    assert_eq!(crossing(&curves, |row| row.too_cheap, |row| row.expensive), None);
}

/// By hand: one person, 50 percent at 200 and 10 percent at 400.
#[test]
fn a_likelihood_is_straight_between_the_prices_a_person_says() {
    let person = (answer(100, 200, 400, 500), Intent { at_cheap: 4, at_expensive: 2 });
    let other = (answer(100, 300, 350, 500), Intent { at_cheap: 4, at_expensive: 4 });

    let outcome = newton_miller_smith::measure(&[person, other]);

    let trial: Vec<(u64, u64)> = outcome.rows.iter().map(|row| (row.price, row.trial)).collect();
    assert_eq!(trial, [(100, 0), (200, 750_000), (300, 800_000), (350, 700_000), (400, 433_333), (500, 0)]);
    assert_eq!((outcome.most_trial, outcome.most_revenue), (vec![300], vec![350]));
}

#[test]
fn demand_falls_and_the_best_revenue_may_be_two_prices() {
    let answers: Vec<Vec<bool>> = [(20, [true, false, false]), (5, [true, true, false]), (15, [true, true, true])]
        .into_iter()
        .flat_map(|(count, answer)| std::iter::repeat_n(answer.to_vec(), count))
        .collect();

    let outcome = gabor_granger::measure(&[300, 600, 800], &answers).unwrap();

    let rows: Vec<(u64, u64, u128)> = outcome.rows.iter().map(|row| (row.price, row.buyers, row.revenue)).collect();
    assert_eq!(rows, [(300, 40, 12_000), (600, 20, 12_000), (800, 15, 12_000)]);
    assert_eq!(outcome.most_revenue, [300, 600, 800]);
}

#[test]
fn yes_after_no_is_left_out() {
    let mut answers = vec![vec![true, false]; 30];
    answers.push(vec![false, true]);

    let outcome = gabor_granger::measure(&[100, 200], &answers).unwrap();

    assert_eq!((outcome.answers, outcome.valid, outcome.rows[1].buyers), (31, 30, 0));
    assert_eq!(gabor_granger::measure(&[100, 200], &answers[2..]), Err(TooFewValid::Number { valid: 28 }));
}
