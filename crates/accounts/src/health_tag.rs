use std::{fmt, str::FromStr};

use crate::UnknownWord;

/// 健康标签: what somebody eats or does not eat. A closed vocabulary: no diagnosis, no free text.
///
/// Prints as `HealthTag(…)`: a log must never tell what somebody suffers from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HealthTag {
    /// 低糖.
    LowSugar,
    /// 低盐.
    LowSalt,
    /// 低脂.
    LowFat,
    /// 软食: easy to chew and swallow.
    SoftFood,
    /// 不含花生.
    NoPeanuts,
    /// 不含坚果.
    NoNuts,
    /// 不含麸质.
    NoGluten,
    /// 不含乳糖.
    NoLactose,
    /// 不含鸡蛋.
    NoEggs,
    /// 不含海鲜.
    NoSeafood,
    /// 不含大豆.
    NoSoy,
    /// 素食.
    Vegetarian,
    /// 清真.
    Halal,
}

impl HealthTag {
    /// Every tag.
    pub const ALL: [Self; 13] = [
        Self::LowSugar,
        Self::LowSalt,
        Self::LowFat,
        Self::SoftFood,
        Self::NoPeanuts,
        Self::NoNuts,
        Self::NoGluten,
        Self::NoLactose,
        Self::NoEggs,
        Self::NoSeafood,
        Self::NoSoy,
        Self::Vegetarian,
        Self::Halal,
    ];

    /// The word that is sealed and, for the person's own export, written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::LowSugar => "low_sugar",
            Self::LowSalt => "low_salt",
            Self::LowFat => "low_fat",
            Self::SoftFood => "soft_food",
            Self::NoPeanuts => "no_peanuts",
            Self::NoNuts => "no_nuts",
            Self::NoGluten => "no_gluten",
            Self::NoLactose => "no_lactose",
            Self::NoEggs => "no_eggs",
            Self::NoSeafood => "no_seafood",
            Self::NoSoy => "no_soy",
            Self::Vegetarian => "vegetarian",
            Self::Halal => "halal",
        }
    }
}

impl FromStr for HealthTag {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|tag| tag.word() == word).ok_or(UnknownWord)
    }
}

impl fmt::Debug for HealthTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HealthTag(…)")
    }
}

/// What a rule that wants to use a tag is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagUse {
    /// The person has the tag and agrees to its use.
    Usable,
    /// The person agrees and has no such tag.
    NotSet,
    /// No consent stands: act as if nothing were known.
    NoConsent,
}

#[cfg(test)]
mod tests {
    use super::HealthTag;

    #[test]
    fn every_tag_has_one_word_and_debug_tells_none() {
        for tag in HealthTag::ALL {
            assert_eq!(tag.word().parse(), Ok(tag));
            assert_eq!(format!("{tag:?}"), "HealthTag(…)");
        }
        assert!("diabetes".parse::<HealthTag>().is_err());
    }
}
