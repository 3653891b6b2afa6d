use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Position;
use crate::console;

/// How often a line is printed where nobody watches.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How often the bar is drawn, at most.
const DRAWS_PER_SECOND: u8 = 5;

/// Says how far reading a file has come: a moving bar on a terminal, a line every few seconds elsewhere.
pub struct Progress {
    noun: &'static str,
    position: Position,
    started: Instant,
    said: Instant,
    rows: u64,
    voice: Voice,
}

enum Voice {
    Bar(ProgressBar),
    Lines,
    Silent,
}

impl Progress {
    /// For a file of so many bytes.
    #[must_use]
    pub fn new(noun: &'static str, position: Position) -> Self {
        let voice = if console::is_watched() { Voice::Bar(bar(&position)) } else { Voice::Lines };
        Self::with(noun, position, voice)
    }

    /// Says nothing.
    #[must_use]
    pub fn silent(noun: &'static str, position: Position) -> Self {
        Self::with(noun, position, Voice::Silent)
    }

    fn with(noun: &'static str, position: Position, voice: Voice) -> Self {
        let now = Instant::now();
        Self { noun, position, started: now, said: now, rows: 0, voice }
    }

    /// So many more rows are done.
    pub fn advance(&mut self, rows: u64) {
        self.rows += rows;
        match &self.voice {
            Voice::Bar(bar) => {
                bar.set_position(self.position.read());
                bar.set_message(format!("{} {}, {}/s", grouped(self.rows), self.noun, grouped(self.per_second())));
            }
            Voice::Lines if self.said.elapsed() >= LINE_EVERY => {
                self.said = Instant::now();
                console::note(self.line());
            }
            Voice::Lines | Voice::Silent => {}
        }
    }

    /// Takes the bar away.
    pub fn finish(self) {
        if let Voice::Bar(bar) = self.voice {
            bar.finish_and_clear();
        }
    }

    fn per_second(&self) -> u64 {
        rate(self.rows, self.started.elapsed())
    }

    fn line(&self) -> String {
        let (read, total) = (self.position.read(), self.position.total());
        let rows = format!("{}: {} rows, {} a second", self.noun, grouped(self.rows), grouped(self.per_second()));
        let left = seconds_left(self.started.elapsed(), read, total);
        match left {
            Some(left) => format!("{rows}, {} % of the file, about {left} s left", read.min(total) * 100 / total),
            None => rows,
        }
    }
}

fn bar(position: &Position) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND);
    let bar = ProgressBar::with_draw_target(Some(position.total()), target);
    let template = "{wide_bar} {percent:>3} %  {msg}  {elapsed} gone, {eta} left";
    bar.with_style(ProgressStyle::with_template(template).expect("the template is well-formed"))
}

/// How many a second, rounded down; in the first millisecond as if it had passed.
#[must_use]
pub fn rate(rows: u64, elapsed: Duration) -> u64 {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    rows.saturating_mul(1_000) / millis
}

fn seconds_left(elapsed: Duration, read: u64, total: u64) -> Option<u64> {
    let unread = total.checked_sub(read).filter(|_| read > 0)?;
    Some(elapsed.as_secs().saturating_mul(unread) / read)
}

/// A number with its thousands set apart.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{grouped, rate, seconds_left};

    #[test]
    fn sets_thousands_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_469_307, "1,469,307")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn estimates_in_whole_numbers() {
        assert_eq!(rate(500, Duration::from_millis(250)), 2_000);
        assert_eq!(rate(5, Duration::ZERO), 5_000);
        assert_eq!(seconds_left(Duration::from_secs(10), 25, 100), Some(30));
        assert_eq!(seconds_left(Duration::from_secs(10), 0, 100), None);
        assert_eq!(seconds_left(Duration::from_secs(10), 10, 0), None);
    }
}
