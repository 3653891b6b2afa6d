use ::cocreation::{
    CastRefusal,
    tally_file::{BallotProblem, Prices, Said},
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

#[derive(Default)]
pub(in crate::schema) struct AnswerPriceStudyMutation;

/// To which study, and what your household answers: `prices` or `buys`, as the study's method asks.
#[derive(InputObject)]
struct AnswerPriceStudyInput {
    /// The study, from `studies`.
    study_id: ID,
    /// Four prices.
    prices: Option<PricesInput>,
    /// Yes or no to each price of the study's `ladderFen`, in its order.
    buys: Option<Vec<bool>>,
}

/// Four prices in fen, each from 1 to 100,000,000. Answers that do not rise are kept and counted, and left out of the result.
#[derive(InputObject)]
struct PricesInput {
    /// So cheap that you would doubt the quality.
    too_cheap_fen: i32,
    /// A bargain.
    cheap_fen: i32,
    /// Getting expensive, but thinkable.
    expensive_fen: i32,
    /// So expensive that it is out of the question.
    too_expensive_fen: i32,
    /// How likely you would buy at the cheap price, from 1 (surely not) to 5 (surely); with `intentAtExpensive` or not at all.
    intent_at_cheap: Option<i32>,
    /// How likely you would buy at the expensive price, from 1 to 5.
    intent_at_expensive: Option<i32>,
}

/// What became of answering.
#[derive(SimpleObject, Default)]
struct AnswerPriceStudyPayload {
    /// What your household keeps; null when refused.
    receipt: Option<BallotReceipt>,
    /// Whether the four prices rise: when they do not, ask again. Null for a ladder, and when refused.
    is_rising: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<AnswerPriceStudyUserError>,
}

user_error! {
    /// Why an answer was not taken.
    AnswerPriceStudyUserError(AnswerPriceStudyErrorCode)
}

/// The refusals of `answerPriceStudy`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AnswerPriceStudyErrorCode {
    /// You belong to no household.
    NoHousehold,
    /// Children do not answer for the household.
    NotAllowed,
    /// There is no such price study.
    NoSuchStudy,
    /// No more answers are taken.
    Closed,
    /// Your household is not asked in this study: its `membership` says why.
    NotInPanel,
    /// Neither `prices` nor `buys` is given, both are, or not the one the method asks.
    WrongKind,
    /// A price is below 1 or above 100,000,000 fen. Perhaps it was meant in yuan.
    OutOfRange,
    /// Intents are both given, from 1 to 5, or both left out.
    BadIntent,
    /// There is one answer for each price of the ladder.
    BadLength,
}

use AnswerPriceStudyErrorCode as Code;

#[Object]
impl AnswerPriceStudyMutation {
    /// Gives your household's answer to a price study, or changes it until the study closes. Each household has one; sent again
    /// unchanged it answers with the same receipt.
    async fn answer_price_study(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To which study, and what your household answers.")] input: AnswerPriceStudyInput,
    ) -> Nullable<AnswerPriceStudyPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let Some(study) = ids::read(&input.study_id)? else {
                return Ok(Some(AnswerPriceStudyPayload::refused(Code::NoSuchStudy, locale)));
            };
            let said = match read(input) {
                Ok(said) => said,
                Err(code) => return Ok(Some(AnswerPriceStudyPayload::refused(code, locale))),
            };
            let is_rising = if let Said::Prices(prices) = &said { Some(prices.is_rising()) } else { None };
            match app(ctx).cast_ballot(principal, CastBallot { study, said }).await? {
                Ok(cast) => Ok(Some(AnswerPriceStudyPayload {
                    receipt: Some(cast.receipt.into()),
                    is_rising,
                    user_errors: Vec::new(),
                })),
                Err(refusal) => Ok(Some(AnswerPriceStudyPayload::refused(code_of(&refusal), locale))),
            }
        })
        .await
    }
}

fn read(input: AnswerPriceStudyInput) -> Result<Said, Code> {
    let prices = match (input.prices, input.buys) {
        (None, Some(buys)) => return Ok(Said::Buys(buys)),
        (Some(prices), None) => prices,
        (None, None) | (Some(_), Some(_)) => return Err(Code::WrongKind),
    };
    let price = |fen: i32| u64::try_from(fen).map_err(|_| Code::OutOfRange);
    let intent = |intent: Option<i32>| intent.map(u8::try_from).transpose().map_err(|_| Code::BadIntent);
    Ok(Said::Prices(Prices {
        too_cheap: price(prices.too_cheap_fen)?,
        cheap: price(prices.cheap_fen)?,
        expensive: price(prices.expensive_fen)?,
        too_expensive: price(prices.too_expensive_fen)?,
        intent_at_cheap: intent(prices.intent_at_cheap)?,
        intent_at_expensive: intent(prices.intent_at_expensive)?,
    }))
}

fn code_of(refusal: &CastBallotRefusal) -> Code {
    match refusal {
        CastBallotRefusal::NoHousehold => Code::NoHousehold,
        CastBallotRefusal::NotAllowed => Code::NotAllowed,
        CastBallotRefusal::NoSuchStudy | CastBallotRefusal::NotCast(CastRefusal::NotOpen) => Code::NoSuchStudy,
        CastBallotRefusal::NotCast(CastRefusal::Closed) => Code::Closed,
        CastBallotRefusal::NotCast(CastRefusal::NotInPanel(_)) => Code::NotInPanel,
        CastBallotRefusal::NotCast(CastRefusal::BadBallot(problem)) => match problem {
            BallotProblem::OutOfRange => Code::OutOfRange,
            BallotProblem::BadIntent => Code::BadIntent,
            BallotProblem::BadLength => Code::BadLength,
            BallotProblem::WrongKind
            | BallotProblem::Unknown(_)
            | BallotProblem::Duplicate(_)
            | BallotProblem::Empty
            | BallotProblem::EqualRanks
            | BallotProblem::BadScore
            | BallotProblem::OverBudget
            | BallotProblem::BadChoice
            | BallotProblem::BadCount => Code::WrongKind,
        },
    }
}

impl AnswerPriceStudyPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = explained(code);
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = AnswerPriceStudyUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

const fn explained(code: Code) -> (&'static str, &'static str, Option<&'static str>) {
    match code {
        Code::NoHousehold => ("您还没有加入家庭户。", "You do not belong to a household yet.", None),
        Code::NotAllowed => ("未成年成员不能回答。", "Children cannot answer for the household.", None),
        Code::NoSuchStudy => ("没有这项价格调查。", "There is no such price study.", Some("studyId")),
        Code::Closed => ("调查已经截止。", "The study is closed.", Some("studyId")),
        Code::NotInPanel => {
            ("您家不在这次调查的名单里。", "Your household is not asked in this study.", Some("studyId"))
        }
        Code::WrongKind => ("请按这次调查的方式填写。", "The answer does not say what this study asks.", None),
        Code::OutOfRange => {
            ("价格超出范围,请检查是元还是分。", "A price is out of range: is it in fen, or in yuan?", Some("prices"))
        }
        Code::BadIntent => {
            ("购买意愿请两项都选 1 到 5。", "Give both intents, from 1 to 5, or neither.", Some("prices"))
        }
        Code::BadLength => ("每个价格都要回答。", "Answer each price of the ladder.", Some("buys")),
    }
}
