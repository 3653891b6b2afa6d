//! Reads Rust sources well enough to measure them: which bytes are code, and where functions begin and end.
//!
//! A scanner of our own and not `syn`, which sees a macro's body as loose tokens: tests inside `on_both_engines!` would go unmeasured.

/// A function: its name, its first line (from 1) and how many lines it spans, signature and braces included.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) lines: usize,
}

/// The code with the inside of comments, strings and characters blanked. Lines stay where they are.
pub(crate) fn code_of(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let length = blank_length(&characters[at..], characters[..at].last().copied());
        if length == 0 {
            code.push(characters[at]);
            at += 1;
        } else {
            code.extend(characters[at..at + length].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at += length;
        }
    }
    code
}

/// How many characters from here are a comment, a string or a character; 0 for code.
fn blank_length(rest: &[char], before: Option<char>) -> usize {
    let starts = |text: &str| text.chars().enumerate().all(|(index, c)| rest.get(index) == Some(&c));
    let is_inside_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    match rest[0] {
        '/' if starts("//") => rest.iter().position(|&c| c == '\n').unwrap_or(rest.len()),
        '/' if starts("/*") => block_comment_length(rest),
        '"' => string_length(rest, 1),
        // r"…", r#"…"#, br"…", cr#"…"#: no escapes, closed by as many # as opened it. r#word is a word.
        'r' if !is_inside_word || matches!(before, Some('b' | 'c')) => raw_string_length(rest).unwrap_or(0),
        '\'' => character_length(rest),
        _ => 0,
    }
}

/// Block comments nest.
fn block_comment_length(rest: &[char]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        match (rest[at], rest.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn string_length(rest: &[char], opening: usize) -> usize {
    let mut at = opening;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

fn raw_string_length(rest: &[char]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|&&c| c == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return None;
    }
    let body = &rest[2 + hashes..];
    let is_end = |at: &usize| body[*at] == '"' && body[at + 1..].iter().take_while(|&&c| c == '#').count() >= hashes;
    Some((0..body.len()).find(is_end).map_or(rest.len(), |end| 2 + hashes + end + 1 + hashes))
}

/// 0 for a lifetime.
fn character_length(rest: &[char]) -> usize {
    if rest.get(1) == Some(&'\\') {
        // The escaped character itself may be a quote.
        let end = rest.iter().skip(3).position(|&c| c == '\'');
        return end.map_or(rest.len(), |end| end + 4);
    }
    if rest.get(2) == Some(&'\'') { 3 } else { 0 }
}

/// Every function with a body, inner ones and those inside macros included. `code` comes from [`code_of`].
pub(crate) fn functions(code: &str) -> Vec<Function> {
    let starts = code.match_indices("fn ").map(|(at, _)| at);
    let is_word = |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    starts.filter(|&at| is_word(at)).filter_map(|at| function_at(code, at)).collect()
}

fn function_at(code: &str, start: usize) -> Option<Function> {
    let name: String =
        code[start + 3..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '$')).collect();
    // A function type, `fn (…)`, and one that a trait only declares have no body.
    if name.is_empty() {
        return None;
    }
    let body = start + body_offset(&code[start..])?;
    let mut depth = 0_usize;
    let closing = code[body..].char_indices().find(|&(_, c)| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    });
    let end = body + closing?.0;
    let lines = |text: &str| text.matches('\n').count() + 1;
    Some(Function { name, line: lines(&code[..start]), lines: lines(&code[start..end]) })
}

/// Where the body's brace is. A `;` that comes first, outside parentheses and brackets, ends a mere declaration.
fn body_offset(signature: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, character) in signature.char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(at),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[test]
fn blanks_what_is_not_code() {
    for (text, code) in [
        ("a // fn b {", "a"),
        ("a /* x /* y */ { */ b", "a b"),
        (r#"f("a \" {", 1)"#, "f( , 1)"),
        (r##"f(r#"a " {"#, br"{")"##, "f( , b )"),
        (r"f('{', '\'', b'\\', '\u{1F351}')", "f( , , b , )"),
        ("fn a<'b>(c: &'b str) {}", "fn a<'b>(c: &'b str) {}"),
        ("r#type = for_r\n\"{\n\"", "r#type = for_r"),
    ] {
        let blanked = code_of(text);
        assert_eq!(blanked.split_whitespace().collect::<Vec<_>>().join(" "), code, "{text}");
        assert_eq!((blanked.chars().count(), blanked.lines().count()), (text.chars().count(), text.lines().count()));
    }
}

#[test]
fn measures_every_function() {
    let code = "trait T { fn declared(&self) -> [u8; 4]; }\nmacro! {\n  async fn outer(db: Db) {\n    fn inner() {}\n  }\n}\nlet f: fn (u8);";
    let found = functions(code);

    let function = |name: &str, line, lines| Function { name: name.to_owned(), line, lines };
    assert_eq!(found, [function("outer", 3, 3), function("inner", 4, 1)]);
}
