//! A form of a ballot: what it asks, what was typed, and what that says.

use std::collections::BTreeMap;

use cocreation::{
    Study, StudyOption,
    tally_file::{BallotProblem, EqualRanksRule, Group, Method, Numbers, Prices, Said, check_ballot},
};

use super::{
    booth::Frame,
    words::{name, yuan},
};
use crate::office::Fields;

/// What a form asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// One of the options.
    One,
    /// Any of them.
    Several,
    /// A place for each.
    Places,
    /// A score for each.
    Scores,
    /// Votes that cost their square.
    Votes,
    /// Four prices.
    Prices,
    /// Yes or no to each price.
    Ladder,
}

impl Asks {
    /// What the study's method asks; `None` for comparisons, which no household is asked for.
    pub(super) const fn of(method: Method) -> Option<Self> {
        Some(match method {
            Method::SingleChoice => Self::One,
            Method::Approval | Method::SequentialPav | Method::ExactPav => Self::Several,
            Method::Schulze | Method::InstantRunoff | Method::MeekStv | Method::ScottishStv => Self::Places,
            Method::Star => Self::Scores,
            Method::Quadratic => Self::Votes,
            Method::VanWestendorp => Self::Prices,
            Method::GaborGranger => Self::Ladder,
            Method::BradleyTerry | Method::MaxDiff => return None,
        })
    }
}

/// A line of a form: an option, a price or a question, its field, and what was typed there.
pub(super) struct Line {
    pub(super) field: String,
    pub(super) value: String,
    pub(super) text: String,
    pub(super) typed: String,
    /// What may be picked: value and text.
    pub(super) picks: Vec<(String, String)>,
}

impl Line {
    fn new(field: String, value: String, text: String, form: &Fields, picks: Vec<(String, String)>) -> Self {
        let typed = form.text(&field).to_owned();
        Self { field, value, text, typed, picks }
    }
}

/// The four questions on prices: field, Chinese, English.
const QUESTIONS: [(&str, &str, &str); 4] = [
    ("too_cheap", "便宜到会担心质量，是多少钱？", "So cheap that you would doubt the quality?"),
    ("cheap", "觉得便宜、划算，是多少钱？", "A bargain?"),
    ("expensive", "觉得有点贵、但还会考虑，是多少钱？", "Getting expensive, but thinkable?"),
    ("too_expensive", "贵到不会买，是多少钱？", "So expensive that it is out of the question?"),
];

/// The lines of the form, in the household's own order.
pub(super) fn lines(frame: &Frame, asks: Asks, study: &Study, form: &Fields) -> Vec<Line> {
    let definition = &study.asked.definition;
    let field = |option: &StudyOption| {
        let at = definition.options.iter().position(|id| *id == option.id).unwrap_or_default();
        format!("o{at}")
    };
    let all = study.asked.options.len();
    let picks = |option: &StudyOption, picks: Vec<(String, String)>| {
        Line::new(field(option), option.id.clone(), name(frame, option), form, picks)
    };
    let numbers = |range: std::ops::RangeInclusive<usize>, say: &dyn Fn(usize) -> String| {
        range.map(|number| (number.to_string(), say(number))).collect::<Vec<_>>()
    };
    let options = study.asked.options.iter();
    match asks {
        Asks::One | Asks::Several => {
            let typed: Vec<&str> = form.all("choice").collect();
            let line = |option: &StudyOption| Line {
                field: "choice".to_owned(),
                value: option.id.clone(),
                text: name(frame, option),
                typed: if typed.contains(&option.id.as_str()) { "yes".to_owned() } else { String::new() },
                picks: Vec::new(),
            };
            options.map(line).collect()
        }
        Asks::Places => {
            let say = |number: usize| format!("{}{number}{}", frame.t("第 ", "No. "), frame.t(" 位", ""));
            options.map(|option| picks(option, numbers(1..=all, &say))).collect()
        }
        Asks::Scores => {
            let say = |number: usize| format!("{number}{}", frame.t(" 分", ""));
            options.map(|option| picks(option, numbers(0..=5, &say))).collect()
        }
        Asks::Votes => {
            let say = |number: usize| {
                let cost = number * number;
                match frame.t("zh", "en") {
                    "zh" => format!("{number} 票（{cost} 点）"),
                    _ => format!("{number} ({cost} credits)"),
                }
            };
            options.map(|option| picks(option, numbers(1..=10, &say))).collect()
        }
        Asks::Prices => {
            let line = |(field, zh_cn, en): (&str, &str, &str)| {
                Line::new(field.to_owned(), String::new(), frame.t(zh_cn, en).to_owned(), form, Vec::new())
            };
            QUESTIONS.into_iter().map(line).collect()
        }
        Asks::Ladder => {
            let line = |(at, &price): (usize, &u64)| {
                let text =
                    format!("{}{}{}", frame.t("卖 ", "At "), yuan(price), frame.t("，买吗？", ", would you buy?"));
                Line::new(format!("p{at}"), String::new(), text, form, Vec::new())
            };
            definition.prices.iter().enumerate().map(line).collect()
        }
    }
}

/// What was typed, as a ballot this study takes.
pub(super) fn read(asks: Asks, study: &Study, form: &Fields) -> Result<Said, BallotProblem> {
    let definition = &study.asked.definition;
    let said = if form.is_ticked("blank") {
        Said::Blank(true)
    } else {
        match asks {
            Asks::One => match form.text("choice") {
                "" => return Err(BallotProblem::Empty),
                choice => Said::Choice(choice.to_owned()),
            },
            Asks::Several => Said::Approved(form.all("choice").map(str::to_owned).collect()),
            Asks::Places => Said::Ranking(ranking(&definition.options, form)?),
            Asks::Scores => Said::Scores(Numbers(by_option(&definition.options, form, BallotProblem::BadScore)?)),
            Asks::Votes => Said::Votes(Numbers(by_option(&definition.options, form, BallotProblem::OverBudget)?)),
            Asks::Prices => Said::Prices(prices(form)?),
            Asks::Ladder => Said::Buys(buys(definition.prices.len(), form)?),
        }
    };
    check_ballot(definition, &said)?;
    Ok(said)
}

/// Places by option; who has none stands nowhere in the ranking.
fn ranking(options: &[String], form: &Fields) -> Result<Vec<Group>, BallotProblem> {
    let mut places: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for (option, place) in by_option(options, form, BallotProblem::WrongKind)? {
        places.entry(place).or_default().push(option);
    }
    let group = |mut group: Vec<String>| match group.len() {
        1 => Group::One(group.remove(0)),
        _ => Group::Equal(group),
    };
    Ok(places.into_values().map(group).collect())
}

/// A number by option; nothing picked is none.
fn by_option(options: &[String], form: &Fields, bad: BallotProblem) -> Result<BTreeMap<String, u64>, BallotProblem> {
    let mut numbers = BTreeMap::new();
    for (at, option) in options.iter().enumerate() {
        let typed = form.text(&format!("o{at}"));
        if !typed.is_empty() {
            let is_plain = typed.len() <= 3 && typed.bytes().all(|byte| byte.is_ascii_digit());
            let number = Some(typed).filter(|_| is_plain).and_then(|typed| typed.parse().ok());
            numbers.insert(option.clone(), number.ok_or_else(|| bad.clone())?);
        }
    }
    if numbers.is_empty() { Err(BallotProblem::Empty) } else { Ok(numbers) }
}

fn prices(form: &Fields) -> Result<Prices, BallotProblem> {
    let [too_cheap, cheap, expensive, too_expensive] = QUESTIONS.map(|(field, _, _)| fen(form.text(field)));
    Ok(Prices {
        too_cheap: too_cheap?,
        cheap: cheap?,
        expensive: expensive?,
        too_expensive: too_expensive?,
        intent_at_cheap: None,
        intent_at_expensive: None,
    })
}

/// Yuan as people type them, `12`, `12.5` or `¥12.50`, in fen. Nothing typed names nobody's price.
fn fen(typed: &str) -> Result<u64, BallotProblem> {
    let typed = typed.trim_start_matches(['¥', '￥']).trim_end_matches('元').trim();
    if typed.is_empty() {
        return Err(BallotProblem::Empty);
    }
    let (yuan, rest) = typed.split_once('.').unwrap_or((typed, ""));
    let is_plain = |text: &str, most: usize| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    if yuan.is_empty() || !is_plain(yuan, 7) || !is_plain(rest, 2) {
        return Err(BallotProblem::OutOfRange);
    }
    format!("{yuan}{rest:0<2}").parse().map_err(|_| BallotProblem::OutOfRange)
}

fn buys(prices: usize, form: &Fields) -> Result<Vec<bool>, BallotProblem> {
    let answer = |at: usize| match form.text(&format!("p{at}")) {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(BallotProblem::BadLength),
    };
    (0..prices).map(answer).collect()
}

/// What a ballot says, a line each, for whoever is about to cast it.
pub(super) fn in_words(frame: &Frame, study: &Study, said: &Said) -> Vec<String> {
    let called = |id: &str| {
        let option = study.asked.options.iter().find(|option| option.id == id);
        option.map_or_else(|| id.to_owned(), |option| name(frame, option))
    };
    let numbers = |Numbers(numbers): &Numbers, unit: &str| {
        let line = |(id, number): (&String, &u64)| format!("{}{}{number}{unit}", called(id), frame.t("：", ": "));
        numbers.iter().map(line).collect()
    };
    match said {
        Said::Blank(_) => vec![frame.t("空白票：哪一项都不选", "A blank ballot: none of them").to_owned()],
        Said::Choice(id) => vec![called(id)],
        Said::Approved(ids) => ids.iter().map(|id| called(id)).collect(),
        Said::Ranking(groups) => {
            let line = |(place, group): (usize, &Group)| {
                let names = match group {
                    Group::One(id) => called(id),
                    Group::Equal(ids) => ids.iter().map(|id| called(id)).collect::<Vec<_>>().join(frame.t("、", ", ")),
                };
                format!("{place}. {names}")
            };
            (1..).zip(groups).map(line).collect()
        }
        Said::Scores(scores) => numbers(scores, frame.t(" 分", "")),
        Said::Votes(votes) => numbers(votes, frame.t(" 票", " votes")),
        Said::Prices(prices) => {
            let all = [prices.too_cheap, prices.cheap, prices.expensive, prices.too_expensive];
            let line =
                |((_, zh_cn, en), fen): ((&str, &str, &str), u64)| format!("{} {}", frame.t(zh_cn, en), yuan(fen));
            QUESTIONS.into_iter().zip(all).map(line).collect()
        }
        Said::Buys(buys) => {
            let word = |buys: bool| if buys { frame.t("买", "yes") } else { frame.t("不买", "no") };
            let prices = study.asked.definition.prices.iter();
            prices
                .zip(buys)
                .map(|(price, &buys)| format!("{}{}{}", yuan(*price), frame.t("：", ": "), word(buys)))
                .collect()
        }
        Said::Preferred(_) | Said::BestWorst(_) => Vec::new(),
    }
}

/// What is wrong, and what to do about it.
pub(super) fn problem(frame: &Frame, asks: Asks, problem: &BallotProblem) -> &'static str {
    let [zh_cn, en] = match (problem, asks) {
        (BallotProblem::Empty, Asks::Prices) => ["四个价格都要填。", "Please fill in all four prices."],
        (BallotProblem::Empty, _) => [
            "还没有选。请至少选一项；如果哪一项都不想选，请点“投空白票”。",
            "Nothing is chosen. Choose something, or cast a blank ballot.",
        ],
        (BallotProblem::EqualRanks, _) => {
            ["这次不能并列，每个名次只能给一项。", "Each place can be given to one option only."]
        }
        (BallotProblem::OverBudget, _) => {
            ["用的点数超过了 100。请少投几票。", "That costs more than 100 credits. Give fewer votes."]
        }
        (BallotProblem::OutOfRange, _) => [
            "价格请填数字，比如 12.5，从 0.01 元到 100 万元。",
            "A price is a number such as 12.5, from 0.01 to a million yuan.",
        ],
        (BallotProblem::BadLength, _) => ["每个价格都要回答买或不买。", "Please answer each price."],
        _ => ["这张票看不懂，请重新填写。", "This could not be read. Please fill it in again."],
    };
    if frame.locale == kernel::Locale::ZhCn { zh_cn } else { en }
}

/// Whether several options may share a place.
pub(super) fn may_be_equal(study: &Study) -> bool {
    let definition = &study.asked.definition;
    definition.equal_ranks == EqualRanksRule::Allowed
        && !matches!(definition.method, Method::MeekStv | Method::ScottishStv)
}

#[cfg(test)]
mod tests {
    use cocreation::tally_file::BallotProblem;

    use super::fen;

    #[test]
    fn reads_yuan_as_people_type_them() {
        for (typed, expected) in [("12", 1_200), ("12.5", 1_250), ("¥12.50", 1_250), ("0.01", 1), ("12元", 1_200)] {
            assert_eq!(fen(typed), Ok(expected), "{typed}");
        }
        for typed in ["-1", "12.505", "1e3", "十二", ".5", "12.5.0", "99999999"] {
            assert_eq!(fen(typed), Err(BallotProblem::OutOfRange), "{typed}");
        }
        assert_eq!(fen(" "), Err(BallotProblem::Empty));
    }
}
