use kernel::{Currency, ExternalRef, Label, Money};

use super::{Unit, measure::Measure};

/// Most units of one product, or jin of one, that are put into an order without asking: beyond it somebody misheard.
pub const MAX_UNITS: i64 = 99;
/// Most jin of one product that are put into an order without asking.
pub const MAX_JIN: i64 = 50;

/// How much of a product: thousandths of the unit it is sold by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i64);

impl Quantity {
    /// From thousandths; `None` when nothing is left of it.
    #[must_use]
    pub const fn from_thousandths(thousandths: i64) -> Option<Self> {
        if thousandths > 0 { Some(Self(thousandths)) } else { None }
    }

    /// In thousandths of the unit.
    #[must_use]
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// Both together; `None` when that is too much to count.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, rest) = (self.0 / 1000, self.0 % 1000);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{}", format!("{rest:03}").trim_end_matches('0'))
    }
}

/// How another word of measure compares with the unit a product is sold by: `count` of it are `units`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// The word of measure.
    pub unit: Unit,
    /// So many of them …
    pub count: i64,
    /// … are so many of the unit it is sold by.
    pub units: i64,
}

/// A product as it can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpokenProduct {
    /// The operator's number.
    pub product_ref: ExternalRef,
    /// What it is called.
    pub name: Label,
    /// What else people call it.
    pub aliases: Vec<Label>,
    /// The word it is sold by: 斤, 板, 袋.
    pub unit: Label,
    /// What one unit costs.
    pub price: Money,
    /// What else it is counted in.
    pub packs: Vec<Pack>,
    /// The health tags it does not go with, by their words.
    pub warns: Vec<Label>,
}

/// Why a pack cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a pack: neither 箱=24 nor 30个")]
pub struct PackParseError;

impl Pack {
    /// Reads 箱=24 (a case is 24 units) or 30个 (a unit holds 30 pieces), several with semicolons.
    ///
    /// # Errors
    /// [`PackParseError`] for anything else.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, PackParseError> {
        text.split([';', ';']).map(str::trim).filter(|part| !part.is_empty()).map(Self::parse).collect()
    }

    fn parse(text: &str) -> Result<Self, PackParseError> {
        let positive = |digits: &str| digits.parse().ok().filter(|n| (1..=100_000).contains(n)).ok_or(PackParseError);
        if let Some((word, units)) = text.split_once('=') {
            let unit = Unit::from_word(word.trim()).ok_or(PackParseError)?;
            return Ok(Self { unit, count: 1, units: positive(units.trim())? });
        }
        let word = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let count = positive(&text[..text.len() - word.len()])?;
        Ok(Self { unit: Unit::from_word(word.trim()).ok_or(PackParseError)?, count, units: 1 })
    }
}

impl SpokenProduct {
    /// Whether it is sold by weight, so that any part of a unit can be had.
    #[must_use]
    pub fn is_weighed(&self) -> bool {
        matches!(Unit::from_word(self.unit.as_str()), Some(Unit::Weight(_)))
    }

    /// What a quantity costs, half a fen rounded up; `None` beyond what money can be.
    #[must_use]
    pub fn amount(&self, quantity: Quantity) -> Option<Money> {
        let exact = i128::from(self.price.minor()) * i128::from(quantity.thousandths());
        let minor = i64::try_from((exact + 500) / 1000).ok()?;
        Money::from_minor(minor, Currency::Cny)
    }

    /// Whether it can be measured so at all.
    pub(super) fn is_measured_in(&self, unit: Unit) -> bool {
        self.ratio(unit).is_some()
    }

    /// A measure in the unit it is sold by; `None` when it is not sold so, not in whole units, or in amounts nobody carries home.
    pub(super) fn quantity(&self, measure: &Measure) -> Option<Quantity> {
        let (units, count) = self.ratio(measure.unit)?;
        let mut exact = measure.thousandths.checked_mul(units)?;
        if let Some(grams) = measure.extra_grams {
            // The rest of 一斤二两 is a weight too, by its own ratio.
            let (rest_units, rest_count) = self.ratio(Unit::Weight(grams))?;
            exact = exact.checked_add(1000 * rest_units * count / rest_count)?;
        }
        if exact % count != 0 {
            return None;
        }
        let thousandths = exact / count;
        let is_sold_so = self.is_weighed() || thousandths % 1000 == 0;
        (is_sold_so && thousandths <= self.most_thousandths())
            .then(|| Quantity::from_thousandths(thousandths))
            .flatten()
    }

    /// The most of it that is put into an order without asking, in thousandths of the unit.
    pub(super) fn most_thousandths(&self) -> i64 {
        match Unit::from_word(self.unit.as_str()) {
            Some(Unit::Weight(grams)) => MAX_JIN * 500 / grams * 1000,
            Some(Unit::Piece | Unit::Dozen | Unit::Package(_)) | None => MAX_UNITS * 1000,
        }
    }

    /// How many units so many of a measure are: (units, count).
    fn ratio(&self, unit: Unit) -> Option<(i64, i64)> {
        let own = Unit::from_word(self.unit.as_str());
        if own == Some(unit) {
            return Some((1, 1));
        }
        let pack = |unit: Unit| self.packs.iter().find(|pack| pack.unit == unit).map(|pack| (pack.units, pack.count));
        if let Some(found) = pack(unit) {
            return Some(found);
        }
        match unit {
            Unit::Weight(grams) => {
                let own_grams = match own {
                    Some(Unit::Weight(grams)) => Some(grams),
                    Some(Unit::Piece | Unit::Dozen | Unit::Package(_)) | None => {
                        self.packs.iter().find_map(|pack| match pack.unit {
                            Unit::Weight(grams) => Some(grams * pack.count),
                            Unit::Piece | Unit::Dozen | Unit::Package(_) => None,
                        })
                    }
                }?;
                Some((grams, own_grams))
            }
            Unit::Dozen => match pack(Unit::Piece) {
                Some((units, count)) => Some((12 * units, count)),
                None => (!self.is_weighed()).then_some((12, 1)),
            },
            // 个 stands for any unit, as long as there is only one it can stand for.
            Unit::Piece => (!self.is_weighed() && self.packs.is_empty()).then_some((1, 1)),
            Unit::Package(_) => None,
        }
    }
}
