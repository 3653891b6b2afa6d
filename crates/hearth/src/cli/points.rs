//! What the command line says of points that are given, taken, waived and moved by decision.

use std::str::FromStr;

use clap::{ArgGroup, Args, Subcommand};
use kernel::{ExternalRef, Id, IdempotencyKey, Label, kinds};

/// What can be done with a household's points.
#[derive(Debug, Subcommand)]
pub enum Points {
    /// Give or take points. Given ones pay a debt first and last as long as those earned today; taken ones leave no debt.
    #[command(after_help = "Examples:
  hearth points adjust F1 --give 100 --reason 配送延误补偿
  hearth points adjust hh_0193c1a27e5b7cc29f6a0d4c5e8f1a2b --take 50 --reason 重复补偿更正 --key 2026-03-adjust-0017")]
    Adjust(AdjustPoints),
    /// Waive what a household owes, or part of it.
    #[command(after_help = "Example:
  hearth points forgive F1 --points 30 --reason 退款误会")]
    Forgive(ForgivePoints),
    /// Move a household's points with their dates to another: all of them with the debt, or what one person brought.
    #[command(after_help = "Examples:
  hearth points move F1 F2 --reason 两户合并
  hearth points move F1 F2 --contributor F1-2 --reason 爷爷搬到女儿家 --key 2026-03-move-0004")]
    Move(MovePoints),
    /// Take a move back, unless some of its points were used since.
    #[command(after_help = "Example:
  hearth points undo-move F1 2026-03-move-0004 --reason 操作错误")]
    UndoMove(UndoMove),
}

/// A household by the operator's number, or by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HouseholdNamed {
    /// `hh_…`.
    Id(Id<kinds::Household>),
    /// The operator's number.
    Number(ExternalRef),
}

impl FromStr for HouseholdNamed {
    type Err = kernel::TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::Id).or_else(|_| text.parse().map(Self::Number))
    }
}

/// Why, and which act it is.
#[derive(Debug, Args)]
pub struct Decision {
    /// Why: kept for good, and shown to the household where points are given, taken or waived.
    #[arg(long)]
    pub reason: Label,
    /// A name for this very act, 16 to 64 characters: with the same key nothing happens twice [default: a new one, printed].
    #[arg(long)]
    pub key: Option<IdempotencyKey>,
}

/// Options of `points adjust`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("way").required(true).args(["give", "take"]))]
pub struct AdjustPoints {
    /// Whose points: the operator's number or `hh_…`.
    pub household: HouseholdNamed,
    /// How many to give.
    #[arg(long, value_name = "POINTS", value_parser = parse_points)]
    pub give: Option<kernel::Points>,
    /// How many to take, the earliest expiry first.
    #[arg(long, value_name = "POINTS", value_parser = parse_points)]
    pub take: Option<kernel::Points>,
    /// Why.
    #[command(flatten)]
    pub decision: Decision,
}

/// Options of `points forgive`.
#[derive(Debug, Args)]
pub struct ForgivePoints {
    /// Whose debt: the operator's number or `hh_…`.
    pub household: HouseholdNamed,
    /// How much of it.
    #[arg(long, value_name = "POINTS", value_parser = parse_points)]
    pub points: kernel::Points,
    /// Why.
    #[command(flatten)]
    pub decision: Decision,
}

/// Options of `points move`.
#[derive(Debug, Args)]
pub struct MovePoints {
    /// Whose points: the operator's number or `hh_…`.
    pub from: HouseholdNamed,
    /// Who gets them.
    pub to: HouseholdNamed,
    /// Only what this person brought, by the operator's number; the debt stays.
    #[arg(long, value_name = "PERSON")]
    pub contributor: Option<ExternalRef>,
    /// Why.
    #[command(flatten)]
    pub decision: Decision,
}

/// Options of `points undo-move`.
#[derive(Debug, Args)]
pub struct UndoMove {
    /// The household the points had left.
    pub from: HouseholdNamed,
    /// The key of the move.
    pub key: IdempotencyKey,
    /// Why: kept for good.
    #[arg(long)]
    pub reason: Label,
}

/// What can be done with grants.
#[derive(Debug, Subcommand)]
pub enum Grants {
    /// Cancel a grant: its points return with the age they had, and the perk is on the shelf again.
    #[command(after_help = "Example:
  hearth grants cancel F1 gr_0193c1a27e5b7cc29f6a0d4c5e8f1a2b --reason 当天无法配送")]
    Cancel(CancelGrant),
}

/// Options of `grants cancel`.
#[derive(Debug, Args)]
pub struct CancelGrant {
    /// Whose grant: the operator's number or `hh_…`.
    pub household: HouseholdNamed,
    /// The grant.
    pub grant: Id<kinds::Grant>,
    /// Why: kept for good.
    #[arg(long)]
    pub reason: Label,
}

fn parse_points(text: &str) -> Result<kernel::Points, String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let points = text.parse().ok().filter(|_| is_plain).and_then(kernel::Points::new);
    let points = points.filter(|&points| !points.is_zero() && points <= kernel::Points::MAX);
    points.ok_or_else(|| format!("points are a whole number from 1 to {}", kernel::Points::MAX))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{HouseholdNamed, Points};
    use crate::cli::{Cli, Command};

    fn read(words: &str) -> Result<Points, String> {
        let words = ["hearth", "points"].into_iter().chain(words.split(' '));
        match Cli::try_parse_from(words).map_err(|refusal| refusal.to_string())?.command {
            Some(Command::Points(act)) => Ok(act),
            other => panic!("it is about points, not {other:?}"),
        }
    }

    #[test]
    fn reads_who_how_many_and_why() {
        let Points::Adjust(adjust) = read("adjust F1 --take 50 --reason 更正").unwrap() else { panic!("it adjusts") };
        assert_eq!(adjust.household, HouseholdNamed::Number("F1".parse().unwrap()));
        assert_eq!((adjust.give, adjust.take.map(kernel::Points::get)), (None, Some(50)));
        assert_eq!((adjust.decision.reason.as_str(), adjust.decision.key), ("更正", None));

        let id = "hh_0193c1a27e5b7cc29f6a0d4c5e8f1a2b";
        let Points::Move(moving) = read(&format!("move F1 {id} --reason x")).unwrap() else { panic!("it moves") };
        assert_eq!(moving.to, HouseholdNamed::Id(id.parse().unwrap()));
    }

    #[test]
    fn refuses_what_makes_no_act() {
        for (words, part) in [
            ("adjust F1 --give 100", "--reason"),
            ("adjust F1 --reason x", "--give <POINTS>|--take <POINTS>"),
            ("adjust F1 --give 1 --take 1 --reason x", "cannot be used with"),
            ("adjust F1 --give 0 --reason x", "from 1 to 2147483647"),
            ("adjust F1 --give +1 --reason x", "from 1 to"),
            ("adjust F1 --give 1.5 --reason x", "from 1 to"),
            ("adjust F1 --give 2147483648 --reason x", "from 1 to"),
            ("adjust F1 --give 1 --reason x --key short", "invalid value"),
            ("forgive F1 --points １ --reason x", "from 1 to"),
            ("move F1 --reason x", "<TO>"),
            ("undo-move F1 2026-03-move-0004", "--reason"),
        ] {
            let refusal = read(words).unwrap_err();
            assert!(refusal.contains(part), "{words}: {refusal}");
        }
    }
}
