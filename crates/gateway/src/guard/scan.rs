//! One pass over the text, outside strings and comments, before the parser may see it.

use std::collections::HashSet;

use super::{GuardRefusal, MAX_NESTING, MAX_TOKENS};

/// An open bracket. Only object literals have names that must differ.
enum Frame<'a> {
    /// `( … )`, `[ … ]`: inside, a brace opens an object literal.
    Value,
    /// `{ … }` with fields to select.
    Selection,
    /// `{ … }` as a literal, with the names seen in it: hundreds may stand in one, so no list.
    Object(HashSet<&'a str>),
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    tokens: usize,
    frames: Vec<Frame<'a>>,
    /// The name just read, until another token comes.
    name: Option<&'a str>,
}

/// Counts tokens, comments among them, and nesting, and refuses strings without an end and object literals that name a field twice: the parser
/// would silently keep the last one.
///
/// Nothing is validated beyond that. An unended string is refused here because the parser would read its quotes in another
/// way than this scan did, and then the counts would mean nothing.
pub(super) fn scan(text: &str) -> Result<(), GuardRefusal> {
    let mut scanner = Scanner { text, at: 0, tokens: 0, frames: Vec::with_capacity(MAX_NESTING), name: None };
    while let Some(byte) = scanner.peek() {
        scanner.step(byte)?;
    }
    Ok(())
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn step(&mut self, byte: u8) -> Result<(), GuardRefusal> {
        match byte {
            b' ' | b',' | b'\t' | b'\n' | b'\r' => self.at += 1,
            b'#' => {
                self.count_token()?;
                self.skip_while(|byte| byte != b'\n' && byte != b'\r');
            }
            b'"' => {
                self.count_token()?;
                self.name = None;
                self.skip_string()?;
            }
            b'(' | b'[' | b'{' => {
                self.count_token()?;
                self.open(byte)?;
            }
            b')' | b']' | b'}' => {
                self.count_token()?;
                self.frames.pop();
                self.name = None;
                self.at += 1;
            }
            b':' => {
                self.count_token()?;
                self.keep_name()?;
                self.at += 1;
            }
            b'.' => {
                self.count_token()?;
                self.name = None;
                self.skip_while(|byte| byte == b'.');
            }
            _ if is_word(byte) => {
                self.count_token()?;
                let start = self.at;
                self.skip_while(is_word);
                self.name = self.text.get(start..self.at);
            }
            // Punctuation, and whatever is not GraphQL at all: the parser refuses it in its own words.
            _ => {
                self.count_token()?;
                self.name = None;
                self.at += 1;
            }
        }
        Ok(())
    }

    fn count_token(&mut self) -> Result<(), GuardRefusal> {
        self.tokens += 1;
        if self.tokens > MAX_TOKENS { Err(GuardRefusal::TooManyTokens) } else { Ok(()) }
    }

    fn skip_while(&mut self, goes_on: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&goes_on) {
            self.at += 1;
        }
    }

    fn open(&mut self, bracket: u8) -> Result<(), GuardRefusal> {
        if self.frames.len() == MAX_NESTING {
            return Err(GuardRefusal::NestedTooDeep);
        }
        let is_inside_value = matches!(self.frames.last(), Some(Frame::Value | Frame::Object(_)));
        let frame = match bracket {
            b'{' if is_inside_value => Frame::Object(HashSet::new()),
            b'{' => Frame::Selection,
            _ => Frame::Value,
        };
        self.frames.push(frame);
        self.name = None;
        self.at += 1;
        Ok(())
    }

    fn keep_name(&mut self) -> Result<(), GuardRefusal> {
        let Some(name) = self.name.take() else { return Ok(()) };
        let Some(Frame::Object(names)) = self.frames.last_mut() else { return Ok(()) };
        let is_new = names.insert(name);
        if is_new { Ok(()) } else { Err(GuardRefusal::DuplicateInputField { name: name.to_owned() }) }
    }

    fn skip_string(&mut self) -> Result<(), GuardRefusal> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let length = if rest.starts_with(b"\"\"\"") { block_string(rest) } else { line_string(rest) };
        self.at += length.ok_or(GuardRefusal::UnendedString)?;
        Ok(())
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The length of `"""…"""`, where `\"""` is text.
fn block_string(rest: &[u8]) -> Option<usize> {
    let mut at = 3;
    while at < rest.len() {
        match &rest[at..] {
            [b'\\', b'"', b'"', b'"', ..] => at += 4,
            [b'"', b'"', b'"', ..] => return Some(at + 3),
            _ => at += 1,
        }
    }
    None
}

/// The length of `"…"` within one line, where a backslash hides the next character.
fn line_string(rest: &[u8]) -> Option<usize> {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            b'\n' | b'\r' => return None,
            _ => at += 1,
        }
    }
    None
}
