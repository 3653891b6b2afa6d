//! Cutting speech into what it can mean: the cheapest way to cover every character.

use super::{
    catalogue::{Named, SpokenCatalogue},
    measure::{Amount, at_start, starts_with_any},
    words::{Change, EACH, Kind, OR, USUAL, asking_at, change_at, chatter_at, dictionary, kind},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A product, or several the word may mean.
    Product {
        heard: String,
        named: Named,
    },
    Amount(Amount),
    Change(Change),
    /// A name the household has for a whole basket.
    Basket(Basket),
    /// Of each of what was just named.
    Each,
    /// One or the other.
    Or,
    /// A verb that asks for something.
    Asking,
    /// A word that is no product here.
    Other {
        heard: String,
        kind: Kind,
    },
    Chatter,
    /// Punctuation.
    Break,
}

/// Which of the household's baskets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basket {
    Usual,
    Named(usize),
}

/// What a way of reading costs; a character nobody can read is the dearest.
const CHANGE: u32 = 5;
const CHATTER: u32 = 9;
const NAMED: u32 = 10;
const AMOUNT: u32 = 10;
const SOUNDING: u32 = 20;
const WORD: u32 = 25;
const UNREAD: u32 = 40;
/// The longest word of the dictionary that is looked for.
const LONGEST_WORD: usize = 5;

struct Way {
    cost: u32,
    from: usize,
    token: Token,
}

/// The tokens of a text, which is no longer than a transcript may be.
pub(super) fn tokens(catalogue: &SpokenCatalogue, baskets: &[&str], text: &[char]) -> Vec<Token> {
    let mut ways: Vec<Option<Way>> = (0..=text.len()).map(|_| None).collect();
    for at in 0..text.len() {
        let so_far = match &ways[at] {
            Some(way) => way.cost,
            None if at == 0 => 0,
            None => continue,
        };
        for (length, cost, token) in readings(catalogue, baskets, &text[at..]) {
            let cost = so_far + cost;
            let end = &mut ways[at + length];
            if end.as_ref().is_none_or(|way| cost < way.cost) {
                *end = Some(Way { cost, from: at, token });
            }
        }
    }
    let mut found = Vec::new();
    let mut at = text.len();
    while at > 0 {
        let Some(way) = ways[at].take() else { break };
        at = way.from;
        found.push(way.token);
    }
    found.reverse();
    joined(found)
}

/// All that a text may begin with, each with its length and cost.
fn readings(catalogue: &SpokenCatalogue, baskets: &[&str], text: &[char]) -> Vec<(usize, u32, Token)> {
    if !text[0].is_alphanumeric() {
        return vec![(1, 0, Token::Break)];
    }
    let mut found = Vec::new();
    for length in 1..=catalogue.longest().min(text.len()) {
        let heard: String = text[..length].iter().collect();
        if let Some(named) = catalogue.named(&heard) {
            found.push((length, NAMED, Token::Product { heard, named: named.clone() }));
        } else if let Some(named) = catalogue.sounding(&text[..length]) {
            found.push((length, SOUNDING, Token::Product { heard, named }));
        }
    }
    if let Some((amount, length)) = at_start(text) {
        found.push((length, AMOUNT, Token::Amount(amount)));
    }
    if let Some((change, length)) = change_at(text) {
        found.push((length, CHANGE, Token::Change(change)));
    }
    // 不 by itself takes back what came before, and says that the right thing follows.
    if text[0] == '不' && text.get(1).is_some_and(|next| !next.is_alphanumeric()) {
        found.push((1, CHANGE, Token::Change(Change::Correct)));
    }
    if let Some(length) = starts_with_any(text, EACH) {
        found.push((length, CHANGE, Token::Each));
    }
    if let Some(length) = starts_with_any(text, OR) {
        found.push((length, CHANGE, Token::Or));
    }
    for (index, name) in baskets.iter().enumerate() {
        if let Some(length) = starts_with_any(text, &[name]) {
            found.push((length, CHANGE, Token::Basket(Basket::Named(index))));
        }
    }
    if let Some(length) = starts_with_any(text, USUAL) {
        found.push((length, CHANGE, Token::Basket(Basket::Usual)));
    }
    if let Some(length) = asking_at(text) {
        found.push((length, CHATTER, Token::Asking));
    }
    if let Some(length) = chatter_at(text) {
        found.push((length, CHATTER, Token::Chatter));
    }
    found.extend(words(text));
    found
}

/// The words of the dictionary a text may begin with, and its first character if nothing else.
fn words(text: &[char]) -> Vec<(usize, u32, Token)> {
    let mut found = vec![(1, UNREAD, other(&text[..1]))];
    for length in 2..=LONGEST_WORD.min(text.len()) {
        let word: String = text[..length].iter().collect();
        if text[..length].iter().all(char::is_ascii_alphanumeric) || dictionary().has_word(&word) {
            found.push((length, WORD, other(&text[..length])));
        }
    }
    found
}

fn other(characters: &[char]) -> Token {
    let heard: String = characters.iter().collect();
    let kind = kind(&heard);
    Token::Other { heard, kind }
}

/// What belongs together without a pause is one thing: 苹果醋 is neither 苹果 nor 醋, 橘子皮 is no 橘子.
fn joined(tokens: Vec<Token>) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    for token in tokens {
        match found.last().and_then(|before| compound(before, &token)) {
            Some(heard) => {
                found.pop();
                found.push(Token::Other { heard, kind: Kind::Thing });
            }
            None => found.push(token),
        }
    }
    found
}

fn compound(before: &Token, after: &Token) -> Option<String> {
    let is_one = |heard: &str| heard.chars().count() == 1;
    match (before, after) {
        (Token::Product { heard: a, .. }, Token::Product { heard: b, .. }) => {
            (!is_one(a) && is_one(b)).then(|| format!("{a}{b}"))
        }
        (Token::Product { heard: a, .. }, Token::Other { heard: b, kind }) => {
            (*kind == Kind::Thing || is_one(b)).then(|| format!("{a}{b}"))
        }
        (Token::Other { heard: a, kind }, Token::Product { heard: b, .. } | Token::Other { heard: b, .. }) => {
            (*kind == Kind::Thing || is_one(a)).then(|| format!("{a}{b}"))
        }
        _ => None,
    }
}
