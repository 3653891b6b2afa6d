//! The words people measure with, and what they come to.

/// A word of measure as it is judged: synonyms are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A weight of so many grams.
    Weight(i64),
    /// 个: a piece of something, or one of whatever it is sold by.
    Piece,
    /// 打: twelve pieces.
    Dozen,
    /// A package or a shape, named by the word the group goes by: 板, 瓶, 箱.
    Package(&'static str),
}

/// Weights, in grams. 两 is a numeral too; which it is the place decides.
const WEIGHTS: &[(&str, i64)] =
    &[("公斤", 1000), ("千克", 1000), ("市斤", 500), ("斤", 500), ("两", 50), ("克", 1), ("kg", 1000), ("g", 1)];

/// Words for the same package: the first of each group stands for all.
const PACKAGES: &[&[&str]] = &[
    &["板", "托", "盘"],
    &["瓶"],
    &["盒"],
    &["袋", "包"],
    &["箱", "件"],
    &["提"],
    &["桶", "壶"],
    &["把", "捆", "扎"],
    &["条", "尾"],
    &["块"],
    &["只"],
    &["头"],
    &["根"],
    &["棵", "颗"],
    &["串", "挂"],
    &["罐", "听"],
    &["卷"],
    &["双"],
    &["杯"],
    &["碗"],
    &["份"],
    &["筐"],
    &["张"],
    &["支"],
];

impl Unit {
    /// Reads a word of measure.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        if let Some((_, grams)) = WEIGHTS.iter().find(|(weight, _)| *weight == word) {
            return Some(Self::Weight(*grams));
        }
        match word {
            "个" | "枚" => Some(Self::Piece),
            "打" => Some(Self::Dozen),
            package => PACKAGES.iter().find(|group| group.contains(&package)).map(|group| Self::Package(group[0])),
        }
    }

    /// The longest word of measure that a text begins with, and how many characters it has.
    pub(super) fn at_start(characters: &[char]) -> Option<(Self, usize)> {
        (1..=2.min(characters.len())).rev().find_map(|length| {
            let word: String = characters[..length].iter().collect();
            Self::from_word(&word).map(|unit| (unit, length))
        })
    }
}
