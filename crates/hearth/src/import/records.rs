//! Splitting bytes into records.

use std::io::{ErrorKind, Read};

use csv_core::ReadRecordResult;

/// The longest record read, in bytes, its line break included. A longer one becomes a reject without being held whole.
pub const MAX_RECORD_BYTES: usize = 64 * 1024;

/// The most columns a file may have.
pub const MAX_COLUMNS: usize = 256;

/// How much of the file is held at once: records are only re-read where this window moves, so larger is faster, not better.
const WINDOW_BYTES: usize = 4 * MAX_RECORD_BYTES;

/// How much of an unreadable line is kept for the reject file.
const KEPT_BYTES: usize = 1_024;

/// What is left of a file that holds nothing but a byte order mark.
const LONE_BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF\n";

/// Why a stretch of the file is no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No end within [`MAX_RECORD_BYTES`].
    #[error("is longer than 64 KiB")]
    TooLong,
    /// A quoted field has no end.
    #[error("opens a quotation mark and does not close it")]
    OpenQuote,
    /// More than [`MAX_COLUMNS`].
    #[error("has more than {MAX_COLUMNS} fields")]
    TooManyColumns,
    /// Not as many fields as the header.
    #[error("has {found} fields where the header has {expected}")]
    WrongWidth {
        /// In this record.
        found: usize,
        /// In the header.
        expected: usize,
    },
    /// A value that must be on one line is not: almost always a stray quotation mark.
    #[error("has a line break inside a value")]
    LineBreakInside,
    /// The file ends early or its compression is damaged.
    #[error("cannot be read from here on: {0}")]
    Broken(String),
}

/// What comes next in the file.
#[derive(Debug)]
pub enum Next<'a> {
    /// A record of the right shape.
    Row(Row<'a>),
    /// Bytes that are none; reading goes on behind them.
    Unreadable {
        /// Where they begin, from 1.
        line: u64,
        /// What is wrong.
        why: Unreadable,
        /// Their beginning.
        raw: &'a [u8],
    },
    /// Nothing more.
    End,
}

/// One record: its fields unquoted, and as it stands in the file.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The line it begins on, from 1.
    pub line: u64,
    /// As it stands in the file.
    pub raw: &'a [u8],
    fields: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Row<'a> {
    /// How many fields it has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// One field, unquoted. There must be that many.
    #[must_use]
    pub fn field(&self, index: usize) -> &'a [u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.fields[start..self.ends[index]]
    }
}

/// What every record after the header must look like.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// How many fields.
    pub width: usize,
    /// Which of them never hold a line break.
    pub one_line: Vec<usize>,
}

/// Splits bytes into records (RFC 4180; LF, CRLF or both; a UTF-8 byte order mark is skipped) in bounded memory.
///
/// A record over several lines that turns out malformed is given up line by line: only its first line is reported, and reading
/// goes on with the second. So one stray quotation mark costs one line, not the rest of the file.
#[derive(Debug)]
pub struct Records<R> {
    source: R,
    splitter: csv_core::Reader,
    window: Vec<u8>,
    start: usize,
    end: usize,
    line: u64,
    is_at_end: bool,
    broken: Option<String>,
    shape: Option<Shape>,
    fields: Vec<u8>,
    ends: Vec<usize>,
}

/// What the splitter made of the window's beginning.
enum Split {
    Record { bytes: usize, width: usize },
    Incomplete,
    TooManyColumns,
}

impl<R: Read> Records<R> {
    /// Starts at line 1. Nothing is read yet.
    pub fn new(source: R) -> Self {
        Self {
            source,
            splitter: csv_core::Reader::new(),
            window: vec![0; WINDOW_BYTES],
            start: 0,
            end: 0,
            line: 1,
            is_at_end: false,
            broken: None,
            shape: None,
            fields: vec![0; MAX_RECORD_BYTES + 1],
            ends: vec![0; MAX_COLUMNS],
        }
    }

    /// From now on records of another shape are unreadable.
    pub fn expect(&mut self, shape: Shape) {
        self.shape = Some(shape);
    }

    /// The next record, the next unreadable stretch, or the end.
    pub fn read_next(&mut self) -> Next<'_> {
        loop {
            if !self.skip_line_breaks() {
                return self.ending();
            }
            match self.split() {
                Split::Record { bytes, width } => return self.record(bytes, width),
                Split::TooManyColumns => return self.first_line(Unreadable::TooManyColumns),
                Split::Incomplete if self.window_len() >= MAX_RECORD_BYTES => return self.give_up(),
                Split::Incomplete if self.broken.is_some() => return self.cut_off(),
                Split::Incomplete if self.is_at_end => return self.last_record(),
                Split::Incomplete => self.fill(),
            }
        }
    }

    fn window_len(&self) -> usize {
        self.end - self.start
    }

    /// Skips blank lines; false when nothing follows them.
    fn skip_line_breaks(&mut self) -> bool {
        loop {
            while self.start < self.end {
                match self.window[self.start] {
                    b'\n' => self.line += 1,
                    b'\r' => {}
                    _ => return true,
                }
                self.start += 1;
            }
            if self.is_at_end {
                return false;
            }
            self.fill();
        }
    }

    fn split(&mut self) -> Split {
        self.splitter.reset();
        let limit = self.end.min(self.start + MAX_RECORD_BYTES);
        let input = &self.window[self.start..limit];
        let (result, bytes, _, width) = self.splitter.read_record(input, &mut self.fields, &mut self.ends);
        match result {
            ReadRecordResult::Record => Split::Record { bytes, width },
            ReadRecordResult::OutputEndsFull => Split::TooManyColumns,
            // The output is as large as the largest input, so it cannot be full before the input is used up.
            ReadRecordResult::InputEmpty | ReadRecordResult::OutputFull | ReadRecordResult::End => Split::Incomplete,
        }
    }

    /// Hands out the record at the window's beginning, unless its shape is wrong.
    fn record(&mut self, bytes: usize, width: usize) -> Next<'_> {
        if let Some(why) = self.misshapen(width) {
            return self.first_line(why);
        }
        let (line, range) = (self.line, self.start..self.start + bytes);
        self.line += count_line_breaks(&self.window[range.clone()]);
        self.start = range.end;
        let raw = trim_line_break(&self.window[range]);
        Next::Row(Row { line, raw, fields: &self.fields, ends: &self.ends[..width] })
    }

    fn misshapen(&self, width: usize) -> Option<Unreadable> {
        let shape = self.shape.as_ref()?;
        if width != shape.width {
            return Some(Unreadable::WrongWidth { found: width, expected: shape.width });
        }
        let has_line_break = |&index: &usize| {
            let start = if index == 0 { 0 } else { self.ends[index - 1] };
            self.fields[start..self.ends[index]].contains(&b'\n')
        };
        shape.one_line.iter().any(has_line_break).then_some(Unreadable::LineBreakInside)
    }

    /// The source failed inside a record. What is there of it may look whole and be wrong, so it is not handed out.
    fn cut_off(&mut self) -> Next<'_> {
        let error = self.broken.take().unwrap_or_default();
        self.first_line(Unreadable::Broken(error))
    }

    /// The file ends without a line break: one is added, and if the record still does not end, a quotation mark is open.
    fn last_record(&mut self) -> Next<'_> {
        if self.end == self.window.len() {
            self.compact();
        }
        self.window[self.end] = b'\n';
        self.end += 1;
        match self.split() {
            Split::Record { bytes, width } => self.record(bytes, width),
            Split::TooManyColumns => self.first_line(Unreadable::TooManyColumns),
            Split::Incomplete if self.window[self.start..self.end] == *LONE_BYTE_ORDER_MARK => {
                self.start = self.end;
                Next::End
            }
            Split::Incomplete => self.first_line(Unreadable::OpenQuote),
        }
    }

    /// No record ends within the limit.
    fn give_up(&mut self) -> Next<'_> {
        let limit = self.start + MAX_RECORD_BYTES;
        let has_line_break = self.window[self.start..limit].contains(&b'\n');
        self.first_line(if has_line_break { Unreadable::OpenQuote } else { Unreadable::TooLong })
    }

    /// Reports the window's first line and moves behind it, however long it is.
    fn first_line(&mut self, why: Unreadable) -> Next<'_> {
        let kept = self.window_len().min(KEPT_BYTES);
        let mut beginning = self.window[self.start..self.start + kept].to_vec();
        if let Some(at) = beginning.iter().position(|&byte| byte == b'\n') {
            beginning.truncate(at);
        }
        let line = self.line;
        self.skip_line();
        self.fields[..beginning.len()].copy_from_slice(&beginning);
        Next::Unreadable { line, why, raw: trim_line_break(&self.fields[..beginning.len()]) }
    }

    fn skip_line(&mut self) {
        loop {
            if let Some(at) = self.window[self.start..self.end].iter().position(|&byte| byte == b'\n') {
                self.start += at + 1;
                self.line += 1;
                return;
            }
            self.start = self.end;
            if self.is_at_end {
                return;
            }
            self.fill();
        }
    }

    fn ending(&mut self) -> Next<'_> {
        match self.broken.take() {
            Some(error) => Next::Unreadable { line: self.line, why: Unreadable::Broken(error), raw: b"" },
            None => Next::End,
        }
    }

    fn compact(&mut self) {
        self.window.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
    }

    /// Reads more behind what the window holds. A failing source ends the file here; what came before stays good.
    fn fill(&mut self) {
        self.compact();
        match self.source.read(&mut self.window[self.end..]) {
            Ok(0) => self.is_at_end = true,
            Ok(bytes) => self.end += bytes,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                self.is_at_end = true;
                self.broken = Some(error.to_string());
            }
        }
    }
}

fn count_line_breaks(bytes: &[u8]) -> u64 {
    bytes.iter().map(|&byte| u64::from(byte == b'\n')).sum()
}

fn trim_line_break(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
    raw.strip_suffix(b"\r").unwrap_or(raw)
}

#[cfg(test)]
mod tests;
