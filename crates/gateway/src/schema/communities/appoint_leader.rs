use ::accounts::{GrowthShare, LeaderRefusal};
use app::communities::{AppointLeader, AppointLeaderRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{Label, Locale};

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct AppointLeaderMutation;

/// Who shall lead which community.
#[derive(InputObject)]
struct AppointLeaderInput {
    /// The community, from `communities`.
    community_id: ID,
    /// Who: a person who lives and is no child.
    person_id: ID,
    /// The share that was agreed of the growth of their households, in thousandths, 0 to 1000: see `growthShares`. It stands until their time
    /// as a leader ends. Left out: none.
    growth_share_permille: Option<i32>,
    /// Why, in at most 120 characters. It stays in the audit log for ever: name nobody in it.
    reason: String,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct AppointLeaderPayload {
    /// What was refused. Nothing changed then.
    user_errors: Vec<AppointLeaderUserError>,
}

user_error! {
    /// Why nothing changed.
    AppointLeaderUserError(AppointLeaderErrorCode)
}

/// The refusals of `appointLeader`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AppointLeaderErrorCode {
    /// None of your roles allows this.
    NotAllowed,
    /// The reason is empty, longer than 120 characters, or holds characters that cannot be seen.
    BadReason,
    /// The growth share is below 0 or above 1000 thousandths.
    BadGrowthShare,
    /// There is no such community.
    NoSuchCommunity,
    /// There is no such person.
    NoSuchPerson,
    /// A child does not lead a community.
    Child,
}

use AppointLeaderErrorCode as Code;

#[Object]
impl AppointLeaderMutation {
    /// For admins: lets a person lead a community, beside whoever leads it already. Appointing a leader again changes nothing, the
    /// agreed growth share neither: end and appoint for that.
    async fn appoint_leader(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which community, who, and why.")] input: AppointLeaderInput,
    ) -> Nullable<AppointLeaderPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| Ok(Some(AppointLeaderPayload::refused(code, locale)));
            let Ok(reason) = input.reason.parse::<Label>() else { return refused(Code::BadReason) };
            let Some(community) = ids::read(&input.community_id)? else { return refused(Code::NoSuchCommunity) };
            let Some(person) = ids::read(&input.person_id)? else { return refused(Code::NoSuchPerson) };
            let Ok(growth_share) = GrowthShare::from_permille(input.growth_share_permille.unwrap_or(0).into()) else {
                return refused(Code::BadGrowthShare);
            };
            let appoint = AppointLeader { community, person, growth_share, reason };
            match app(ctx).appoint_leader(principal, &appoint).await? {
                Ok(()) => Ok(Some(AppointLeaderPayload::default())),
                Err(AppointLeaderRefusal::NotAllowed(_)) => refused(Code::NotAllowed),
                Err(AppointLeaderRefusal::NoSuchCommunity) => refused(Code::NoSuchCommunity),
                Err(AppointLeaderRefusal::CannotLead(LeaderRefusal::NoSuchPerson)) => refused(Code::NoSuchPerson),
                Err(AppointLeaderRefusal::CannotLead(LeaderRefusal::Child)) => refused(Code::Child),
            }
        })
        .await
    }
}

impl AppointLeaderPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = sentences(code);
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = AppointLeaderUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error] }
    }
}

/// What the person reads, in Chinese and in English, and the field at fault.
const fn sentences(code: Code) -> (&'static str, &'static str, Option<&'static str>) {
    match code {
        Code::NotAllowed => ("您的岗位无权进行此操作。", "None of your roles allows this.", None),
        Code::BadReason => {
            ("请填写原因,不超过一百二十个字。", "Please give a reason of at most 120 characters.", Some("reason"))
        }
        Code::BadGrowthShare => (
            "增长分成须在千分之零到千分之一千之间。",
            "A growth share is from 0 to 1000 thousandths.",
            Some("growthSharePermille"),
        ),
        Code::NoSuchCommunity => ("没有这个小区。", "There is no such community.", Some("communityId")),
        Code::NoSuchPerson => ("没有这个人。", "There is no such person.", Some("personId")),
        Code::Child => ("儿童不能担任团长。", "A child does not lead a community.", Some("personId")),
    }
}
