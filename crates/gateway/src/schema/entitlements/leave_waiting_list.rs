use app::entitlements::LeaveWaitingListRefusal;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct LeaveWaitingListMutation;

/// Which list.
#[derive(InputObject)]
struct LeaveWaitingListInput {
    /// The perk that was waited for.
    perk_id: ID,
}

/// What became of leaving.
#[derive(SimpleObject, Default)]
struct LeaveWaitingListPayload {
    /// True when the household waits no more; null when refused.
    is_left: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<LeaveWaitingListUserError>,
}

user_error! {
    /// Why no place was left.
    LeaveWaitingListUserError(LeaveWaitingListErrorCode)
}

/// The refusals of `leaveWaitingList`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum LeaveWaitingListErrorCode {
    /// The household has no place on that list.
    NotWaiting,
    /// You may spend none of the household's points.
    NotAllowed,
}

#[Object]
impl LeaveWaitingListMutation {
    /// Gives up the household's place on a waiting list, and what is kept for it; whoever is next moves up.
    async fn leave_waiting_list(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which list.")] input: LeaveWaitingListInput,
    ) -> Nullable<LeaveWaitingListPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let left = match ids::read(&input.perk_id)? {
                Some(perk) => app(ctx).leave_waiting_list(principal, perk).await?,
                None => Err(LeaveWaitingListRefusal::NotWaiting),
            };
            let refused = match left {
                Ok(_) => return Ok(Some(LeaveWaitingListPayload { is_left: Some(true), user_errors: Vec::new() })),
                Err(refused) => refused,
            };
            let (code, zh, en, field) = match refused {
                LeaveWaitingListRefusal::NotWaiting => (
                    LeaveWaitingListErrorCode::NotWaiting,
                    "您家不在这份候补名单上。",
                    "Your household is not on this waiting list.",
                    input_field("perkId"),
                ),
                LeaveWaitingListRefusal::NotAllowed => (
                    LeaveWaitingListErrorCode::NotAllowed,
                    "您不能使用家庭积分,请家里的大人来放弃候补。",
                    "You may spend none of the household's points. Please ask an adult at home.",
                    None,
                ),
            };
            let message = locale.choose(zh, en);
            let error = LeaveWaitingListUserError { code, message: message.to_owned(), field, retryable: false };
            Ok(Some(LeaveWaitingListPayload { is_left: None, user_errors: vec![error] }))
        })
        .await
    }
}
