use ::accounts::SpendRight as Right;
use app::accounts::{SetSpendRight, SetSpendRightRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{Locale, Points};

use super::Household;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::points,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct SetSpendRightMutation;

/// How much of the household's points somebody may spend.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum SpendRightKind {
    /// All there is.
    Unlimited,
    /// So many a week; a week begins on Monday, in the operator's time zone.
    Weekly,
    /// None.
    None,
}

/// How much of the household's points a member may spend.
#[derive(SimpleObject)]
pub(super) struct SpendRight {
    /// Which kind of right.
    kind: SpendRightKind,
    /// How many points a week; null unless `kind` is `WEEKLY`.
    weekly_points: Option<i32>,
}

impl SpendRight {
    pub(super) fn of(right: Right) -> async_graphql::Result<Self> {
        let kind = match right {
            Right::Unlimited => SpendRightKind::Unlimited,
            Right::Weekly(_) => SpendRightKind::Weekly,
            Right::None => SpendRightKind::None,
        };
        Ok(Self { kind, weekly_points: right.weekly_points().map(points).transpose()? })
    }
}

/// Whose right, and what it is from now on.
#[derive(InputObject)]
struct SetSpendRightInput {
    /// The member, from `household { members { person { id } } }`.
    person_id: ID,
    /// Which kind of right.
    kind: SpendRightKind,
    /// How many points a week, from 1; give it with `WEEKLY` and only then.
    weekly_points: Option<i32>,
}

/// What became of setting a right.
#[derive(SimpleObject, Default)]
struct SetSpendRightPayload {
    /// The household with the right as it stands now; null when refused.
    household: Option<Household>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<SetSpendRightUserError>,
}

#[Object]
impl SetSpendRightMutation {
    /// Sets how much of the household's points a member may spend, from the next redemption on. Only the owner may. What was spent
    /// this week counts.
    async fn set_spend_right(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose right, and what it is.")] input: SetSpendRightInput,
    ) -> Nullable<SetSpendRightPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let refused = |code| Ok(Some(SetSpendRightPayload::refused(code, session.locale())));
            let Some(right) = read_right(&input) else { return refused(SetSpendRightErrorCode::BadWeeklyPoints) };
            let Some(person) = ids::read(&input.person_id)? else {
                return refused(SetSpendRightErrorCode::NoSuchMember);
            };
            match app(ctx).set_spend_right(principal, SetSpendRight { person, right }).await? {
                Ok(()) => {
                    let household = principal.household.map(|(household, _)| Household::new(household));
                    Ok(Some(SetSpendRightPayload { household, user_errors: Vec::new() }))
                }
                Err(SetSpendRightRefusal::NotOwner) => refused(SetSpendRightErrorCode::NotOwner),
                Err(SetSpendRightRefusal::NoSuchMember) => refused(SetSpendRightErrorCode::NoSuchMember),
                Err(SetSpendRightRefusal::TooYoung) => refused(SetSpendRightErrorCode::TooYoung),
            }
        })
        .await
    }
}

fn read_right(input: &SetSpendRightInput) -> Option<Right> {
    match (input.kind, input.weekly_points) {
        (SpendRightKind::Unlimited, None) => Some(Right::Unlimited),
        (SpendRightKind::None, None) => Some(Right::None),
        (SpendRightKind::Weekly, Some(weekly)) => {
            Points::new(i64::from(weekly)).filter(|weekly| !weekly.is_zero()).map(Right::Weekly)
        }
        (SpendRightKind::Unlimited | SpendRightKind::None, Some(_)) | (SpendRightKind::Weekly, None) => None,
    }
}

user_error! {
    /// Why it was refused.
    SetSpendRightUserError(SetSpendRightErrorCode)
}

/// The refusals of `setSpendRight`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum SetSpendRightErrorCode {
    /// You own no household: only the owner decides.
    NotOwner,
    /// Nobody of this id belongs to your household.
    NoSuchMember,
    /// The member is under fourteen, or a child whose birth date is not known.
    TooYoung,
    /// `weeklyPoints` is from 1 with `WEEKLY`, and absent otherwise.
    BadWeeklyPoints,
}

impl SetSpendRightPayload {
    fn refused(code: SetSpendRightErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            SetSpendRightErrorCode::NotOwner => None,
            SetSpendRightErrorCode::NoSuchMember | SetSpendRightErrorCode::TooYoung => input_field("personId"),
            SetSpendRightErrorCode::BadWeeklyPoints => input_field("weeklyPoints"),
        };
        let retryable = false;
        let error = SetSpendRightUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: SetSpendRightErrorCode) -> (&'static str, &'static str) {
    match code {
        SetSpendRightErrorCode::NotOwner => {
            ("只有户主可以设置成员能用多少积分。", "Only the owner of a household sets what its members may spend.")
        }
        SetSpendRightErrorCode::NoSuchMember => ("您家没有这位成员。", "Nobody of your household has this id."),
        SetSpendRightErrorCode::TooYoung => {
            ("未满十四岁的成员不能使用家庭积分。", "Members under fourteen spend no points.")
        }
        SetSpendRightErrorCode::BadWeeklyPoints => (
            "每周积分需为正整数,且只在按周限额时填写。",
            "Weekly points are 1 or more, and given for a weekly right only.",
        ),
    }
}
