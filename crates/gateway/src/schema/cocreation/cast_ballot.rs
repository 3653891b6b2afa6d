use std::collections::BTreeMap;

use ::cocreation::{
    CastRefusal,
    tally_file::{BallotProblem, Group, Numbers, Said},
};
use app::cocreation::{CastBallot, CastBallotRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::BallotReceipt;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

/// The most options a ballot may name anywhere; a study has at most 30.
const MAX_NAMED: usize = 30;

#[derive(Default)]
pub(in crate::schema) struct CastBallotMutation;

/// In which study, and what your household says.
#[derive(InputObject)]
struct CastBallotInput {
    /// The study, from `studies`.
    study_id: ID,
    /// What your household says.
    ballot: BallotInput,
}

/// What a ballot says: just one of these, as the study's method asks.
#[derive(InputObject)]
struct BallotInput {
    /// True to vote for nobody on purpose; it counts for the quorum.
    blank: Option<bool>,
    /// One option.
    choice: Option<String>,
    /// Options without order.
    approved: Option<Vec<String>>,
    /// Options in order, the most preferred first; equals stand in one group.
    ranking: Option<Vec<Vec<String>>>,
    /// Scores from 0 to 5. Options left out have 0.
    scores: Option<Vec<OptionNumberInput>>,
    /// Votes, n for n² of 100 credits. Options left out have 0.
    votes: Option<Vec<OptionNumberInput>>,
}

/// A number for an option.
#[derive(InputObject)]
struct OptionNumberInput {
    /// Which option.
    option_id: String,
    /// The score, or the votes.
    number: i32,
}

/// What became of casting a ballot.
#[derive(SimpleObject, Default)]
struct CastBallotPayload {
    /// What your household keeps; null when refused.
    receipt: Option<BallotReceipt>,
    /// Whether the ballot said this already: then the receipt is that of then, and nothing changed. Null when refused.
    is_unchanged: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<CastBallotUserError>,
}

user_error! {
    /// Why a ballot was not taken.
    CastBallotUserError(CastBallotErrorCode)
}

/// The refusals of `castBallot`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum CastBallotErrorCode {
    /// You belong to no household.
    NoHousehold,
    /// Children do not vote.
    NotAllowed,
    /// There is no such study.
    NoSuchStudy,
    /// No more ballots are taken.
    Closed,
    /// Your household may not vote in this study: its `membership` says why.
    NotInPanel,
    /// The ballot says nothing, several things, or not what the method asks.
    WrongKind,
    /// It names an option that the study does not have.
    UnknownOption,
    /// It names an option twice. Nothing is repaired: which place was meant?
    Duplicate,
    /// It names nobody. To vote for nobody, say `blank`.
    Empty,
    /// It ranks options equally, and the study takes no equals.
    EqualRanks,
    /// A score is not from 0 to 5.
    BadScore,
    /// Its votes cost more than 100 credits, or are below 0.
    OverBudget,
}

use CastBallotErrorCode as Code;

#[Object]
impl CastBallotMutation {
    /// Casts your household's ballot, or changes it: each household has one, any member but a child may cast and change it until the
    /// study closes, and the last one accepted before that instant counts. Sent again unchanged it answers with the same receipt.
    async fn cast_ballot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which study, and what your household says.")] input: CastBallotInput,
    ) -> Nullable<CastBallotPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let Some(study) = ids::read(&input.study_id)? else {
                return Ok(Some(CastBallotPayload::refused(Code::NoSuchStudy, locale)));
            };
            let said = match read(input.ballot) {
                Ok(said) => said,
                Err(code) => return Ok(Some(CastBallotPayload::refused(code, locale))),
            };
            match app(ctx).cast_ballot(principal, CastBallot { study, said }).await? {
                Ok(cast) => Ok(Some(CastBallotPayload {
                    receipt: Some(cast.receipt.into()),
                    is_unchanged: Some(cast.is_unchanged),
                    user_errors: Vec::new(),
                })),
                Err(refusal) => Ok(Some(CastBallotPayload::refused(code_of(&refusal), locale))),
            }
        })
        .await
    }
}

fn read(ballot: BallotInput) -> Result<Said, Code> {
    let BallotInput { blank, choice, approved, ranking, scores, votes } = ballot;
    let named = approved
        .as_ref()
        .map_or(0, Vec::len)
        .max(ranking.as_ref().map_or(0, |groups| groups.len().max(groups.iter().map(Vec::len).sum())));
    if named > MAX_NAMED {
        return Err(Code::UnknownOption);
    }
    let group = |mut group: Vec<String>| match group.len() {
        1 => Group::One(group.remove(0)),
        _ => Group::Equal(group),
    };
    let mut said = [
        blank.map(Said::Blank),
        choice.map(Said::Choice),
        approved.map(Said::Approved),
        ranking.map(|groups| Said::Ranking(groups.into_iter().map(group).collect())),
        scores.map(|scores| numbers(scores, Code::BadScore)).transpose()?.map(Said::Scores),
        votes.map(|votes| numbers(votes, Code::OverBudget)).transpose()?.map(Said::Votes),
    ]
    .into_iter()
    .flatten();
    match (said.next(), said.next()) {
        (Some(said), None) => Ok(said),
        (None, _) | (Some(_), Some(_)) => Err(Code::WrongKind),
    }
}

fn numbers(given: Vec<OptionNumberInput>, bad: Code) -> Result<Numbers, Code> {
    let mut numbers = BTreeMap::new();
    for OptionNumberInput { option_id, number } in given {
        let number = u64::try_from(number).map_err(|_| bad)?;
        if numbers.insert(option_id, number).is_some() {
            return Err(Code::Duplicate);
        }
    }
    Ok(Numbers(numbers))
}

fn code_of(refusal: &CastBallotRefusal) -> Code {
    match refusal {
        CastBallotRefusal::NoHousehold => Code::NoHousehold,
        CastBallotRefusal::NotAllowed => Code::NotAllowed,
        CastBallotRefusal::NoSuchStudy | CastBallotRefusal::NotCast(CastRefusal::NotOpen) => Code::NoSuchStudy,
        CastBallotRefusal::NotCast(CastRefusal::Closed) => Code::Closed,
        CastBallotRefusal::NotCast(CastRefusal::NotInPanel(_)) => Code::NotInPanel,
        CastBallotRefusal::NotCast(CastRefusal::BadBallot(problem)) => match problem {
            BallotProblem::Unknown(_) => Code::UnknownOption,
            BallotProblem::Duplicate(_) => Code::Duplicate,
            BallotProblem::Empty => Code::Empty,
            BallotProblem::EqualRanks => Code::EqualRanks,
            BallotProblem::BadScore => Code::BadScore,
            BallotProblem::OverBudget => Code::OverBudget,
            BallotProblem::WrongKind
            | BallotProblem::BadChoice
            | BallotProblem::OutOfRange
            | BallotProblem::BadIntent
            | BallotProblem::BadLength
            | BallotProblem::BadCount => Code::WrongKind,
        },
    }
}

impl CastBallotPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = explained(code);
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = CastBallotUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

const fn explained(code: Code) -> (&'static str, &'static str, Option<&'static str>) {
    let ballot = Some("ballot");
    match code {
        Code::NoHousehold => ("您还没有加入家庭户。", "You do not belong to a household yet.", None),
        Code::NotAllowed => ("未成年成员不能投票。", "Children cannot vote.", None),
        Code::NoSuchStudy => ("没有这项投票。", "There is no such study.", Some("studyId")),
        Code::Closed => ("投票已经截止。", "The vote is closed.", Some("studyId")),
        Code::NotInPanel => {
            ("您家不在这次投票的名单里。", "Your household is not on the list of this vote.", Some("studyId"))
        }
        Code::WrongKind => ("请按这次投票的方式填写。", "The ballot does not say what this vote asks.", ballot),
        Code::UnknownOption => ("选项不在这次投票里。", "An option is not part of this vote.", ballot),
        Code::Duplicate => ("有选项填了两次,请检查。", "An option is named twice.", ballot),
        Code::Empty => {
            ("还没有选择。想投空白票请选“空白”。", "Nobody is named. To vote for nobody, vote blank.", ballot)
        }
        Code::EqualRanks => ("这次投票不能并列。", "This vote takes no equal ranks.", ballot),
        Code::BadScore => ("每项打 0 到 5 分。", "A score is 0 to 5.", ballot),
        Code::OverBudget => ("超过了 100 个票点。", "These votes cost more than 100 credits.", ballot),
    }
}
