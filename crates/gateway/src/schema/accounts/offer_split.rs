use ::accounts::OfferSplitRefusal;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::{
    refusal::Refusal,
    schema::{
        ids,
        nullable::{Nullable, nullable},
        scalars::Instant,
        session::{app, session},
        user_error::{input_field, user_error},
    },
};

/// Most members named at once.
const MAX_GOING: usize = 100;

#[derive(Default)]
pub(in crate::schema) struct OfferSplitMutation;

/// Who would go.
#[derive(InputObject)]
struct OfferSplitInput {
    /// The adult or senior member who would own the new household, and who accepts.
    owner_id: ID,
    /// Who would go along besides, at most 100; each keeps their role. Empty: nobody.
    member_ids: Vec<ID>,
}

/// What became of the offer.
#[derive(SimpleObject, Default)]
struct OfferSplitPayload {
    /// From this instant on it cannot be accepted; null when refused.
    expires_at: Option<Instant>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<OfferSplitUserError>,
}

#[Object]
impl OfferSplitMutation {
    /// Offers a member to go, with others, to a household of their own, in place of any such offer before. Only the owner may. It waits
    /// fourteen days for `splitHousehold`; `previewSplit` shows the member what it means.
    async fn offer_split(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who would go.")] input: OfferSplitInput,
    ) -> Nullable<OfferSplitPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let refused = |code| Ok(Some(OfferSplitPayload::refused(code, session.locale())));
            if input.member_ids.len() > MAX_GOING {
                return Err(Refusal::bad_input("TOO_MANY_IDS", "at most 100 members at once").into());
            }
            let owner = ids::read(&input.owner_id)?;
            let members = input.member_ids.iter().map(ids::read).collect::<Result<Option<Vec<_>>, _>>()?;
            let (Some(owner), Some(members)) = (owner, members) else {
                return refused(OfferSplitErrorCode::NoSuchMember);
            };
            match app(ctx).offer_split(principal, owner, &members).await? {
                Ok(offer) => {
                    Ok(Some(OfferSplitPayload { expires_at: Some(Instant(offer.expires_at)), user_errors: Vec::new() }))
                }
                Err(OfferSplitRefusal::NotOwner) => refused(OfferSplitErrorCode::NotOwner),
                Err(OfferSplitRefusal::NoSuchMember) => refused(OfferSplitErrorCode::NoSuchMember),
                Err(OfferSplitRefusal::CannotOwn) => refused(OfferSplitErrorCode::CannotOwn),
            }
        })
        .await
    }
}

user_error! {
    /// Why it was refused.
    OfferSplitUserError(OfferSplitErrorCode)
}

/// The refusals of `offerSplit`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum OfferSplitErrorCode {
    /// You own no household.
    NotOwner,
    /// Somebody of these ids does not belong to your household.
    NoSuchMember,
    /// The new household's owner is an adult or a senior, and you stay with yours.
    CannotOwn,
}

impl OfferSplitPayload {
    fn refused(code: OfferSplitErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            OfferSplitErrorCode::NotOwner => None,
            OfferSplitErrorCode::NoSuchMember => input_field("memberIds"),
            OfferSplitErrorCode::CannotOwn => input_field("ownerId"),
        };
        let retryable = false;
        let error = OfferSplitUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: OfferSplitErrorCode) -> (&'static str, &'static str) {
    match code {
        OfferSplitErrorCode::NotOwner => {
            ("只有户主可以提出分家。", "Only the owner of a household offers to split it.")
        }
        OfferSplitErrorCode::NoSuchMember => {
            ("有人不是您家的成员。", "Somebody named does not belong to your household.")
        }
        OfferSplitErrorCode::CannotOwn => (
            "新家的户主须是成年人或长辈,您自己留在原来的家。",
            "The new household needs a grown-up as its owner, and you stay with yours.",
        ),
    }
}
