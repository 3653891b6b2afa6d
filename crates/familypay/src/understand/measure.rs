//! How much: 两斤, 一斤半, 一斤二两, 俩, 半打, 两三斤, 十来个, 五块钱的.

use chinese_number::{ChineseCountMethod, ChineseToNumber};

use super::Unit;

/// So much of something, as it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Measure {
    /// Thousandths of the unit.
    pub(super) thousandths: i64,
    pub(super) unit: Unit,
    /// What comes on top in a smaller unit: the 二两 of 一斤二两.
    pub(super) extra_grams: Option<i64>,
}

/// What was said of an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Amount {
    /// One amount and no other.
    Exact(Measure),
    /// Two amounts it may be: 两三斤.
    Between(Measure, Measure),
    /// An amount that has to be asked for: 一点, 十来个, 五块钱的. The unit if one was named.
    Vague(Option<Unit>),
}

impl Amount {
    /// The unit it was said in.
    pub(super) fn unit(&self) -> Option<Unit> {
        match self {
            Self::Exact(measure) | Self::Between(measure, _) => Some(measure.unit),
            Self::Vague(unit) => *unit,
        }
    }
}

/// Words that leave the amount open.
const VAGUE: &[&str] = &["一点儿", "一点", "一些", "点儿", "几个", "几斤", "点", "些"];
/// What follows a number that is money: so much for so much.
const MONEY: &[&str] = &["块钱的", "块钱", "元钱的", "元的", "元", "毛钱"];
/// Verbs after which a bare word of measure is one: 来袋盐.
const TAKING: &[&str] = &["来", "拿", "买", "要", "送", "带", "称", "整", "弄", "打"];

/// The longest amount a text begins with, and how many characters it has.
pub(super) fn at_start(text: &[char]) -> Option<(Amount, usize)> {
    counted(text).or_else(|| half_more(text)).or_else(|| one_taken(text)).or_else(|| pair(text)).or_else(|| vague(text))
}

/// 来袋盐: the verb and the unit, one of it. What follows must not be a numeral, or 来个 is only a way of speaking.
fn one_taken(text: &[char]) -> Option<(Amount, usize)> {
    let (verb, rest) = text.split_first()?;
    if !TAKING.contains(&verb.to_string().as_str()) {
        return None;
    }
    let (unit, length) = Unit::at_start(rest)?;
    let next = rest.get(length)?;
    if unit == Unit::Dozen || is_numeral(*next) || !next.is_alphabetic() || "吧的了啊呢".contains(*next) {
        return None;
    }
    Some((Amount::Exact(Measure { thousandths: 1000, unit, extra_grams: None }), 1 + length))
}

/// 斤半: one and a half.
fn half_more(text: &[char]) -> Option<(Amount, usize)> {
    let (unit, length) = Unit::at_start(text)?;
    (text.get(length) == Some(&'半') && matches!(unit, Unit::Weight(500 | 1000)))
        .then_some((Amount::Exact(Measure { thousandths: 1500, unit, extra_grams: None }), length + 1))
}

/// 俩 and 仨: the number with its 个.
fn pair(text: &[char]) -> Option<(Amount, usize)> {
    let count = match text.first()? {
        '俩' => 2000,
        '仨' => 3000,
        _ => return None,
    };
    Some((Amount::Exact(Measure { thousandths: count, unit: Unit::Piece, extra_grams: None }), 1))
}

fn vague(text: &[char]) -> Option<(Amount, usize)> {
    let length = starts_with_any(text, VAGUE)?;
    let unit = (text[0] == '几').then(|| Unit::at_start(&text[1..]).map(|(unit, _)| unit)).flatten();
    Some((Amount::Vague(unit), length))
}

/// A number and a unit, and what may stand between and behind them.
fn counted(text: &[char]) -> Option<(Amount, usize)> {
    // The longest number first: in 一两百斤 the 两 is a numeral, in 一两姜 it is the unit.
    (1..=numerals(text)).rev().find_map(|length| counted_by(text, length))
}

fn counted_by(text: &[char], length: usize) -> Option<(Amount, usize)> {
    let numbers = number(&text[..length])?;
    let rest = &text[length..];
    if let Some(money) = starts_with_any(rest, MONEY) {
        return Some((Amount::Vague(None), length + money));
    }
    let (loose, rest) = match rest.first() {
        Some('来' | '几' | '多') => (1, &rest[1..]),
        _ => (0, rest),
    };
    // 两大袋, 一小瓶: said of packages, and there is one size of each.
    let sized = usize::from(matches!(rest.first(), Some('大' | '小')));
    let (unit, unit_length) = Unit::at_start(&rest[sized..])?;
    if sized == 1 && !matches!(unit, Unit::Package(_)) {
        return None;
    }
    let behind = &rest[sized + unit_length..];
    let end = length + loose + sized + unit_length;
    let measure = |thousandths| Measure { thousandths, unit, extra_grams: None };
    if loose == 1 || behind.first() == Some(&'多') {
        let more = usize::from(behind.first() == Some(&'多'));
        return Some((Amount::Vague(Some(unit)), end + more));
    }
    let thousandths = match numbers {
        Number::One(thousandths) => thousandths,
        Number::Either(a, b) => return Some((Amount::Between(measure(a), measure(b)), end)),
    };
    if behind.first() == Some(&'半') && Unit::at_start(&behind[1..]).is_none() {
        return Some((Amount::Exact(measure(thousandths.checked_add(500)?)), end + 1));
    }
    if let Some((grams, more)) = smaller(unit, behind) {
        return Some((Amount::Exact(Measure { thousandths, unit, extra_grams: Some(grams) }), end + more));
    }
    Some((Amount::Exact(measure(thousandths)), end))
}

/// The 二两 after 一斤.
fn smaller(unit: Unit, behind: &[char]) -> Option<(i64, usize)> {
    if !matches!(unit, Unit::Weight(500 | 1000)) {
        return None;
    }
    let length = numerals(behind);
    (1..=length).rev().find_map(|length| {
        let Number::One(thousandths) = number(&behind[..length])? else { return None };
        (behind.get(length) == Some(&'两') && thousandths < 10_000).then_some((thousandths * 50 / 1000, length + 1))
    })
}

enum Number {
    One(i64),
    Either(i64, i64),
}

fn is_numeral(character: char) -> bool {
    character.is_ascii_digit() || "零〇一二两三四五六七八九十百千万半".contains(character)
}

fn numerals(text: &[char]) -> usize {
    text.iter().take(12).take_while(|c| is_numeral(**c) || **c == '.').count()
}

/// A number in thousandths.
fn number(text: &[char]) -> Option<Number> {
    if text == ['半'] {
        return Some(Number::One(500));
    }
    if text[0].is_ascii_digit() {
        return decimal(&text.iter().collect::<String>()).map(Number::One);
    }
    let units = "一二两三四五六七八九";
    let doubled = text.windows(2).position(|two| units.contains(two[0]) && units.contains(two[1]));
    let Some(at) = doubled else { return whole(text).map(Number::One) };
    // 两三斤, 十七八个, 一两百斤: it is the one or the other.
    let without = |skipped: usize| {
        whole(&text.iter().enumerate().filter(|(i, _)| *i != skipped).map(|(_, c)| *c).collect::<Vec<_>>())
    };
    let is_two = !text.windows(3).any(|three| three.iter().all(|c| units.contains(*c)));
    if is_two { Some(Number::Either(without(at + 1)?, without(at)?)) } else { None }
}

fn whole(text: &[char]) -> Option<i64> {
    if text.is_empty() || text.iter().any(|c| *c == '半' || *c == '.' || c.is_ascii_digit()) {
        return None;
    }
    let text: String = text.iter().map(|c| if *c == '两' { '二' } else { *c }).collect();
    let number: i64 = text.to_number(ChineseCountMethod::TenThousand).ok()?;
    (number > 0).then(|| number.checked_mul(1000)).flatten()
}

fn decimal(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    if part.is_empty() || part.len() > 3 || whole.len() > 6 {
        return None;
    }
    let part: i64 = format!("{part:0<3}").parse().ok()?;
    let thousandths = whole.parse::<i64>().ok()? * 1000 + part;
    (thousandths > 0).then_some(thousandths)
}

/// The length of the first of these that a text begins with.
pub(super) fn starts_with_any(text: &[char], words: &[&str]) -> Option<usize> {
    words
        .iter()
        .filter(|word| text.len() >= word.chars().count() && word.chars().zip(text).all(|(a, b)| a == *b))
        .map(|word| word.chars().count())
        .max()
}

#[cfg(test)]
mod tests {
    use super::{Amount, Measure, Unit, at_start};

    fn read(text: &str) -> Option<(Amount, usize)> {
        at_start(&text.chars().collect::<Vec<_>>())
    }

    #[test]
    fn reads_how_people_count() {
        let jin = Unit::Weight(500);
        for (text, thousandths, unit, extra_grams, length) in [
            ("两斤橘子", 2000, jin, None, 2),
            ("半斤", 500, jin, None, 2),
            ("一斤半肉", 1500, jin, None, 3),
            ("斤半肉", 1500, jin, None, 2),
            ("一斤半斤", 1000, jin, None, 2),
            ("一斤二两肉", 1000, jin, Some(100), 4),
            ("二两姜", 2000, Unit::Weight(50), None, 2),
            ("两两姜", 2000, Unit::Weight(50), None, 2),
            ("十二个", 12_000, Unit::Piece, None, 3),
            ("俩瓜", 2000, Unit::Piece, None, 1),
            ("仨瓜", 3000, Unit::Piece, None, 1),
            ("一打", 1000, Unit::Dozen, None, 2),
            ("半打", 500, Unit::Dozen, None, 2),
            ("1.5斤", 1500, jin, None, 4),
            ("来袋盐", 1000, Unit::Package("袋"), None, 2),
            ("两大袋米", 2000, Unit::Package("袋"), None, 3),
            ("一托蛋", 1000, Unit::Package("板"), None, 2),
        ] {
            let expected = Amount::Exact(Measure { thousandths, unit, extra_grams });
            assert_eq!(read(text), Some((expected, length)), "{text}");
        }
    }

    #[test]
    fn never_makes_one_amount_of_a_loose_one() {
        let jin = |n: i64| Measure { thousandths: n * 1000, unit: Unit::Weight(500), extra_grams: None };
        assert_eq!(read("两三斤"), Some((Amount::Between(jin(2), jin(3)), 3)));
        assert_eq!(read("三五斤"), Some((Amount::Between(jin(3), jin(5)), 3)));
        assert_eq!(read("一两百斤"), Some((Amount::Between(jin(100), jin(200)), 4)));
        assert_eq!(read("十七八斤"), Some((Amount::Between(jin(17), jin(18)), 4)));
        for (text, unit, length) in [
            ("十来斤", Some(Unit::Weight(500)), 3),
            ("一斤多肉", Some(Unit::Weight(500)), 3),
            ("十几个", Some(Unit::Piece), 3),
            ("五块钱的豆腐", None, 4),
            ("点儿姜", None, 2),
        ] {
            assert_eq!(read(text), Some((Amount::Vague(unit), length)), "{text}");
        }
        assert_eq!(read("一二三四五六七斤"), None);
        assert_eq!(read("二百五"), None);
        assert_eq!(read("橘子"), None);
    }
}
