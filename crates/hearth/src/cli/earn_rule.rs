//! What the command line says of earn rules.

use clap::{Args, Subcommand, builder::PossibleValue};
use kernel::{BusinessDate, ExternalRef, Id, Label, Points, Rate, kinds};
use ledger::{EarnCap, Rounding};

/// What can be done with earn rules.
#[derive(Debug, Subcommand)]
pub enum EarnRule {
    /// Show every version of every rule, oldest first, and what closed it.
    #[command(after_help = "Example:
  hearth earn-rule list")]
    List,
    /// Add the next version of a rule: of the base rule, when none is named. Points already earned stay as they are.
    ///
    /// All that is not said is as plain as can be; nothing is taken over from the version before.
    #[command(after_help = "Examples:
  hearth earn-rule revise --name 春季双倍 --points-per-yuan 1 --multiplier 生鲜水果=2 --from 2027-03-01
  hearth earn-rule revise --points-per-yuan 1 --cap member/day=200 --cap household/month=3000")]
    Revise(ReviseEarnRule),
    /// Add a rule beside those there are. Every rule in force gives points of its own, in stacking order.
    #[command(after_help = "Example:
  hearth earn-rule add --name 新品加赠 --points-per-yuan 1 --product S001=1 --others 0 --stacking-order 10 \\
      --cap household/ever=500 --closes-at 2000000 --from 2027-03-01 --until 2027-03-31")]
    Add(AddEarnRule),
    /// Replay the orders of some days as if a rule had been so, beside the rules there are. Writes nothing.
    ///
    /// The proposed rule holds on all days replayed. Caps count from the first of them, with nothing used up before; whether the
    /// rule would close is not foretold. At most 2,000,000 orders.
    #[command(after_help = "Examples:
  hearth earn-rule simulate --points-per-yuan 1.2 --from 2026-01-01 --until 2026-06-30
  hearth earn-rule simulate --new --points-per-yuan 1 --cap household/day=50 --from 2026-06-01 --until 2026-06-30 --json")]
    Simulate(SimulateEarnRule),
}

/// Options of `earn-rule revise`.
#[derive(Debug, Args)]
pub struct ReviseEarnRule {
    /// Which rule, by the id that `earn-rule list` shows [default: the base rule].
    #[arg(long, value_name = "ID")]
    pub rule: Option<Id<kinds::EarnRule>>,
    /// What the version says.
    #[command(flatten)]
    pub terms: EarnRuleTerms,
    /// Which days it holds for.
    #[command(flatten)]
    pub days: EarnRuleDays,
}

/// Options of `earn-rule add`.
#[derive(Debug, Args)]
pub struct AddEarnRule {
    /// What the rule says.
    #[command(flatten)]
    pub terms: EarnRuleTerms,
    /// Which days it holds for.
    #[command(flatten)]
    pub days: EarnRuleDays,
}

/// Options of `earn-rule simulate`.
#[derive(Debug, Args)]
pub struct SimulateEarnRule {
    /// Which rule would be revised, by the id that `earn-rule list` shows [default: the base rule].
    #[arg(long, value_name = "ID", conflicts_with = "new")]
    pub rule: Option<Id<kinds::EarnRule>>,
    /// The rule would be added beside those there are.
    #[arg(long)]
    pub new: bool,
    /// What the rule would say.
    #[command(flatten)]
    pub terms: EarnRuleTerms,
    /// The first day whose orders are replayed.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: BusinessDate,
    /// The last one.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: BusinessDate,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// What a version of a rule says.
#[derive(Debug, Args)]
pub struct EarnRuleTerms {
    /// What staff call it.
    #[arg(long, default_value = "每元一分")]
    pub name: Label,
    /// Points for one yuan of cash, up to four decimals.
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub points_per_yuan: Rate,
    /// A category that earns more or less than once the rate, such as 生鲜水果=2. May be given several times.
    #[arg(long = "multiplier", value_name = "CATEGORY=RATE", value_parser = parse_multiplier)]
    pub multipliers: Vec<(Label, Rate)>,
    /// A product that does, by the operator's number, such as S001=3; wins over its category. May be given several times.
    #[arg(long = "product", value_name = "PRODUCT=RATE", value_parser = parse_product)]
    pub products: Vec<(ExternalRef, Rate)>,
    /// What every other category and product earns: 0 for a rule about the named ones only.
    #[arg(long, value_name = "RATE", value_parser = parse_rate, default_value_t = Rate::ONE)]
    pub others: Rate,
    /// How exact points become whole: the sale rounded down as a whole, each line down, or each line to the nearest.
    #[arg(long, value_enum, default_value_t = RoundingName(Rounding::SaleFloor))]
    pub rounding: RoundingName,
    /// Its place among rules in force on the same day: lower ones first.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub stacking_order: u16,
    /// Rules after it give nothing for an order to which it gave points.
    #[arg(long)]
    pub exclusive: bool,
    /// The most it gives, such as member/day=200: to a member, household or programme, in a day, month or ever; or
    /// household/order=100. May be given several times.
    #[arg(long = "cap", value_name = "SCOPE/PERIOD=POINTS", value_parser = parse_cap)]
    pub caps: Vec<(EarnCap, Points)>,
    /// Close it once this many points are outstanding over all households. Looked at once a minute.
    #[arg(long, value_name = "POINTS", value_parser = parse_points)]
    pub closes_at: Option<Points>,
}

/// Which days a rule holds for.
#[derive(Debug, Args)]
pub struct EarnRuleDays {
    /// The first day it holds for; also for orders of that day imported later [default: today].
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<BusinessDate>,
    /// The last day it holds for; open when not given.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: Option<BusinessDate>,
}

/// A rounding as it is spelled here, with hyphens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundingName(pub Rounding);

impl clap::ValueEnum for RoundingName {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self(Rounding::SaleFloor), Self(Rounding::LineFloor), Self(Rounding::LineHalfUp)]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self.0 {
            Rounding::SaleFloor => "sale-floor",
            Rounding::LineFloor => "line-floor",
            Rounding::LineHalfUp => "line-half-up",
        }))
    }
}

fn parse_rate(text: &str) -> Result<Rate, String> {
    Rate::parse(text).ok_or_else(|| format!("a rate is a number from 0 to {} with at most four decimals", Rate::MAX))
}

fn parse_multiplier(text: &str) -> Result<(Label, Rate), String> {
    let (category, rate) = text.rsplit_once('=').ok_or("a multiplier is written CATEGORY=RATE, such as 生鲜水果=2")?;
    let category = category.parse().map_err(|error| format!("the category {error}"))?;
    Ok((category, parse_rate(rate)?))
}

fn parse_product(text: &str) -> Result<(ExternalRef, Rate), String> {
    let (product, rate) = text.rsplit_once('=').ok_or("a product is written PRODUCT=RATE, such as S001=3")?;
    let product = product.parse().map_err(|error| format!("the product {error}"))?;
    Ok((product, parse_rate(rate)?))
}

fn parse_cap(text: &str) -> Result<(EarnCap, Points), String> {
    let (cap, points) = text.split_once('=').ok_or("a cap is written SCOPE/PERIOD=POINTS, such as member/day=200")?;
    let cap: EarnCap = cap.parse().map_err(|error: ledger::CapParseError| error.to_string())?;
    Ok((cap, parse_points(points)?))
}

fn parse_points(text: &str) -> Result<Points, String> {
    let points = text.parse().ok().and_then(Points::new);
    points.ok_or_else(|| "points are a whole number, not below 0".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::EarnRule;
    use crate::cli::{Cli, Command};

    fn read(words: &str) -> Result<EarnRule, String> {
        let words = std::iter::once("hearth").chain(std::iter::once("earn-rule")).chain(words.split(' '));
        match Cli::try_parse_from(words).map_err(|refusal| refusal.to_string())?.command {
            Some(Command::EarnRule(rule)) => Ok(rule),
            other => panic!("it is about earn rules, not {other:?}"),
        }
    }

    #[test]
    fn reads_multipliers_products_and_caps() {
        let words = "revise --points-per-yuan 1 --multiplier 米面=粮油=1.5 --product S=1=3 --cap member/day=200";
        let EarnRule::Revise(revise) = read(words).unwrap() else { panic!("it is a revision") };

        let terms = revise.terms;
        let (category, rate) = &terms.multipliers[0];
        assert_eq!((category.as_str(), rate.basis_points()), ("米面=粮油", 15_000));
        let (product, rate) = &terms.products[0];
        assert_eq!((product.as_str(), rate.basis_points()), ("S=1", 30_000));
        let (cap, points) = &terms.caps[0];
        assert_eq!((cap.to_string().as_str(), points.get()), ("member/day", 200));
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        for (words, part) in [
            ("revise --points-per-yuan -1", "unexpected argument"),
            ("revise --points-per-yuan=-1", "a rate is a number"),
            ("add --points-per-yuan 1 --cap member/order=1", "household/order"),
            ("add --points-per-yuan 1 --cap member/day=-1", "not below 0"),
            ("add --points-per-yuan 1 --rounding up", "line-half-up"),
            ("add --points-per-yuan 1 --stacking-order 70000", "65535"),
            ("simulate --points-per-yuan 1 --from 2026-01-01", "--until"),
            ("simulate --new --rule er_1 --points-per-yuan 1 --from 2026-01-01 --until 2026-01-02", "invalid value"),
        ] {
            let refusal = read(words).unwrap_err();
            assert!(refusal.contains(part), "{words}: {refusal}");
        }
    }
}
