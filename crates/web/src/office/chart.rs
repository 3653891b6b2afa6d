//! Pictures of numbers over time, as SVG in the page.
//!
//! Our own hundred lines: charts-rs draws with colours of its own, fixed when the picture is made, so it cannot follow a dark page, and
//! its text is measured in a font the reader may not have. Here colours are classes of the style sheet, lines also differ in their dashes, and
//! the numbers stand in a table beside the picture.

use askama::Template;

use super::Frame;

/// The picture's own measures; the page scales it.
const WIDTH: i64 = 560;
const HEIGHT: i64 = 240;
const LEFT: i64 = 62;
const RIGHT: i64 = 10;
const TOP: i64 = 12;
const BOTTOM: i64 = 30;

/// At most so many words under the picture.
const MAX_MARKS: usize = 7;

/// Lines over the same moments, with a table of the same numbers.
#[derive(Template)]
#[template(path = "office/chart.html")]
pub(super) struct Chart {
    frame: Frame,
    title: String,
    /// What the first column of the table is.
    moment: String,
    moments: Vec<String>,
    lines: Vec<Line>,
    grid: Vec<(i64, String)>,
    marks: Vec<(i64, String)>,
    /// Upright lines at something that lies between moments: where, how low its name stands, and its name.
    points: Vec<(i64, i64, String)>,
}

/// One of the lines.
pub(super) struct Line {
    name: String,
    numbers: Vec<i64>,
    points: String,
    dots: Vec<(i64, i64)>,
    /// From 1: its colour and its dashes.
    series: usize,
}

impl Chart {
    /// A picture of some lines; each has a number for every moment.
    pub(super) fn new(
        frame: &Frame,
        title: &str,
        moment: &str,
        moments: Vec<String>,
        named: Vec<(String, Vec<i64>)>,
    ) -> Self {
        let all = named.iter().flat_map(|(_, numbers)| numbers.iter().copied());
        let (low, high) = all.fold((0, 0), |(low, high): (i64, i64), number| (low.min(number), high.max(number)));
        let step = step_of(high - low);
        let (low, high) = (low.div_euclid(step) * step, (high + step - 1).div_euclid(step).max(1) * step);
        let x = |at: usize| {
            let at = i64::try_from(at).unwrap_or(0);
            let last = i64::try_from(moments.len().saturating_sub(1)).unwrap_or(0).max(1);
            LEFT + (WIDTH - LEFT - RIGHT) * at / last
        };
        let y = |number: i64| {
            let part = i128::from(number - low) * i128::from(HEIGHT - TOP - BOTTOM) / i128::from(high - low);
            HEIGHT - BOTTOM - i64::try_from(part).unwrap_or(0)
        };
        let every = moments.len().div_ceil(MAX_MARKS).max(1);
        let grid = (0..=(high - low) / step).map(|at| low + at * step).map(|at| (y(at), frame.number(at))).collect();
        let marks = moments.iter().enumerate().step_by(every).map(|(at, moment)| (x(at), moment.clone())).collect();
        let lines = named.into_iter().enumerate().map(|(at, (name, numbers))| {
            let dots: Vec<(i64, i64)> = numbers.iter().enumerate().map(|(at, &number)| (x(at), y(number))).collect();
            let points: Vec<String> = dots.iter().map(|(x, y)| format!("{x},{y}")).collect();
            Line { name, numbers, points: points.join(" "), dots, series: at % 4 + 1 }
        });
        let lines = lines.collect();
        let (title, moment, points) = (title.to_owned(), moment.to_owned(), Vec::new());
        Self { frame: frame.clone(), title, moment, moments, lines, grid, marks, points }
    }

    /// Marks something that lies so many thousandths of the way from one moment to the next.
    pub(super) fn mark(&mut self, after: usize, thousandths: i64, name: String) {
        let last = i64::try_from(self.moments.len().saturating_sub(1)).unwrap_or(0).max(1);
        let along = i64::try_from(after).unwrap_or(0) * 1_000 + thousandths;
        let x = LEFT + (WIDTH - LEFT - RIGHT) * along / (last * 1_000);
        // One below the other, for some may lie on one place.
        let y = TOP + 14 * i64::try_from(self.points.len() + 1).unwrap_or(1);
        self.points.push((x, y, name));
    }

    fn number(&self, line: &Line, at: &usize) -> String {
        line.numbers.get(*at).map_or_else(String::new, |&number| self.frame.number(number))
    }
}

/// A round step that divides a span into two to five parts: 1, 2 or 5 and noughts.
fn step_of(span: i64) -> i64 {
    let mut power: i64 = 1;
    loop {
        for step in [1, 2, 5] {
            let step = step * power;
            if span / step <= 4 {
                return step;
            }
        }
        let Some(next) = power.checked_mul(10) else { return power };
        power = next;
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Locale, Zone};

    use super::{Chart, step_of};
    use crate::office::{Frame, desk::render};

    fn frame() -> Frame {
        Frame {
            locale: Locale::En,
            zone: Zone::SHANGHAI,
            who: String::new(),
            roles: None,
            form_token: String::new(),
            here: "/office".to_owned(),
            notice: None,
        }
    }

    #[test]
    fn steps_are_round() {
        for (span, step) in
            [(0, 1), (4, 1), (5, 2), (9, 2), (12, 5), (99, 20), (1_234, 500), (i64::MAX, 2_000_000_000_000_000_000)]
        {
            assert_eq!(step_of(span), step, "{span}");
        }
    }

    #[test]
    fn draws_each_number_once_and_says_it_in_a_table() {
        let moments = vec!["2026-01".to_owned(), "2026-02".to_owned(), "2026-03".to_owned()];
        let lines = vec![("Issued".to_owned(), vec![0, 500, 1_000]), ("<b>".to_owned(), vec![0, 0, -250])];
        let page = render(&Chart::new(&frame(), "Points", "Month", moments, lines));
        // From −500 to 1,000 in 198 of the picture's 240 units: nought is 66 above the bottom.
        assert!(page.contains("points=\"62,144 306,78 550,12\""), "{page}");
        assert!(page.contains("points=\"62,144 306,144 550,177\""), "{page}");
        assert!(page.contains("<td class=\"number\">1,000</td>") && page.contains("−250"), "{page}");
        assert!(!page.contains("<b>") && !page.contains("style="), "{page}");
    }

    #[test]
    fn a_picture_of_nothing_is_still_one() {
        let page = render(&Chart::new(
            &frame(),
            "Points",
            "Month",
            vec!["2026-01".to_owned()],
            vec![("x".to_owned(), vec![0])],
        ));
        assert!(page.contains("points=\"62,210\""), "{page}");
    }
}
