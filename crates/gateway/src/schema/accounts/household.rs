use async_graphql::{Context, ID, Object, Result, SimpleObject};
use kernel::{Fault, Id, kinds};

use super::{
    Person,
    invitation::{Invitation, open_invitations},
    person::MemberRole,
    set_spend_right::SpendRight,
};
use crate::schema::{
    connection::{ConnectionOf, PageArguments, read_page, write_page},
    entitlements::{Grant, WaitingPlace},
    ids,
    ledger::AssetAccount,
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
};

/// Holds the id alone: what is asked for is loaded when it is asked for, so a balance costs one statement.
pub(in crate::schema) struct Household {
    id: Id<kinds::Household>,
}

/// Somebody's place in a household.
#[derive(SimpleObject)]
struct Member {
    /// Who.
    person: Person,
    /// As what.
    role: MemberRole,
    /// Since when.
    joined_at: Instant,
    /// How much of the household's points the member may spend today.
    spend_right: SpendRight,
}

impl Household {
    pub(in crate::schema) fn new(id: Id<kinds::Household>) -> Self {
        Self { id }
    }
}

/// A household (家庭户): the people who share one asset account. Only its members see it.
#[Object]
impl Household {
    /// The household's id.
    pub(in crate::schema) async fn id(&self) -> ID {
        ids::write(self.id)
    }

    /// What the household is called; the operator's number for it while nobody has named it.
    async fn name(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(session(ctx).own_household(app(ctx)).await?.name.to_string())
    }

    /// The community (小区) it lives in; null when that is not known.
    async fn community(&self, ctx: &Context<'_>) -> Nullable<String> {
        nullable(async { Ok(session(ctx).own_household(app(ctx)).await?.community.as_ref().map(ToString::to_string)) })
            .await
    }

    /// Who belongs to it now, the owner first, then in the order they joined. A household has few members: no pages.
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<Member>> {
        let members = &session(ctx).own_household(app(ctx)).await?.members;
        let today = app(ctx).today();
        let member = |member: &::accounts::MemberView| {
            Ok(Member {
                person: Person::new(member.person),
                role: member.role.into(),
                joined_at: Instant(member.joined_at),
                spend_right: SpendRight::of(member.spend_right(today))?,
            })
        };
        members.iter().map(member).collect()
    }

    /// Its invitations that wait for an answer, the newest first: ten at most, so no pages. Null for a senior or a child, who invite
    /// no members.
    async fn invitations(&self, ctx: &Context<'_>) -> Nullable<Vec<Invitation>> {
        nullable(async { open_invitations(ctx, self.id).await }).await
    }

    /// The member to whom the owner offered the household; null while it is offered to nobody.
    async fn offered_to(&self, ctx: &Context<'_>) -> Nullable<Person> {
        nullable(async {
            let offer = app(ctx).find_ownership_offer(session(ctx).signed_in()?).await?;
            Ok(offer.map(|offer| Person::new(offer.offered_to)))
        })
        .await
    }

    /// What the household owns in points, and how it came to it.
    async fn asset_account(&self, ctx: &Context<'_>) -> AssetAccount {
        AssetAccount::new(self.id, ctx.look_ahead().field("lots").exists())
    }

    /// The rights the household redeemed, the newest first, used up and expired ones included.
    async fn grants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the newest on, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor; with `first`.")] after: Option<String>,
        #[graphql(desc = "How many up to the oldest, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor; with `last`.")] before: Option<String>,
    ) -> Result<ConnectionOf<Grant>> {
        let list = format!("grants:{}", self.id);
        let page = read_page(&list, PageArguments { first, after, last, before }, |key| key.parse().ok())?;
        let grants = app(ctx).list_grants(session(ctx).signed_in()?, self.id, page).await?;
        let grants = grants.ok_or_else(|| Fault::inconsistent("list the grants of one's own household"))?;
        Ok(write_page(
            &list,
            &page,
            grants,
            |grant| grant.id.to_string(),
            Grant::from,
            app::CountedList::Grants(self.id),
        ))
    }

    /// Its places on waiting lists, those with an offer included: a hundred at most, so no pages.
    async fn waiting_places(&self, ctx: &Context<'_>) -> Result<Vec<WaitingPlace>> {
        let places = app(ctx).list_places(session(ctx).signed_in()?).await?;
        Ok(places.into_iter().map(WaitingPlace::from).collect())
    }
}
