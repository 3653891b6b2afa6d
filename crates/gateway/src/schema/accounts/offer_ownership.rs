use app::accounts::OfferOwnershipRefusal;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct OfferOwnershipMutation;

/// To whom.
#[derive(InputObject)]
struct OfferOwnershipInput {
    /// The member, from `household { members { person { id } } }`: an adult or a senior.
    person_id: ID,
}

/// What became of offering the household.
#[derive(SimpleObject, Default)]
struct OfferOwnershipPayload {
    /// From this instant on the offer cannot be accepted; null when refused.
    expires_at: Option<Instant>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<OfferOwnershipUserError>,
}

#[Object]
impl OfferOwnershipMutation {
    /// Offers your household to another member, in place of any offer before. Only its owner may. The other one accepts by `acceptOwnership`.
    async fn offer_ownership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To whom.")] input: OfferOwnershipInput,
    ) -> Nullable<OfferOwnershipPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let refused = |code| Ok(Some(OfferOwnershipPayload::refused(code, session.locale())));
            let Some(to) = ids::read(&input.person_id)? else { return refused(OfferOwnershipErrorCode::NoSuchMember) };
            match app(ctx).offer_ownership(principal, to).await? {
                Ok(offer) => {
                    let expires_at = Some(Instant(offer.expires_at));
                    Ok(Some(OfferOwnershipPayload { expires_at, user_errors: Vec::new() }))
                }
                Err(OfferOwnershipRefusal::NotOwner) => refused(OfferOwnershipErrorCode::NotOwner),
                Err(OfferOwnershipRefusal::NoSuchMember) => refused(OfferOwnershipErrorCode::NoSuchMember),
                Err(OfferOwnershipRefusal::CannotOwn) => refused(OfferOwnershipErrorCode::CannotOwn),
            }
        })
        .await
    }
}

user_error! {
    /// Why it was refused.
    OfferOwnershipUserError(OfferOwnershipErrorCode)
}

/// The refusals of `offerOwnership`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum OfferOwnershipErrorCode {
    /// You own no household.
    NotOwner,
    /// Nobody of this id belongs to your household.
    NoSuchMember,
    /// A child cannot own a household, and you own it already.
    CannotOwn,
}

impl OfferOwnershipPayload {
    fn refused(code: OfferOwnershipErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            OfferOwnershipErrorCode::NotOwner => None,
            OfferOwnershipErrorCode::NoSuchMember | OfferOwnershipErrorCode::CannotOwn => input_field("personId"),
        };
        let retryable = false;
        let error = OfferOwnershipUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: OfferOwnershipErrorCode) -> (&'static str, &'static str) {
    match code {
        OfferOwnershipErrorCode::NotOwner => {
            ("只有户主可以转让户主身份。", "Only the owner of a household can offer it.")
        }
        OfferOwnershipErrorCode::NoSuchMember => ("您家没有这位成员。", "Nobody of your household has this id."),
        OfferOwnershipErrorCode::CannotOwn => {
            ("只能转让给家里的其他成年人。", "Only another grown-up member can become the owner.")
        }
    }
}
