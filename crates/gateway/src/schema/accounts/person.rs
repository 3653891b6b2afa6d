use ::accounts::MemberView;
use async_graphql::{Context, Enum, Error, ID, Object, Result};
use kernel::{Fault, Id, kinds};

use super::{Household, kin::KinLink, sessions::Session};
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    privacy::Consent,
    session::{app, session},
};

pub(in crate::schema) struct Person {
    id: Id<kinds::Person>,
}

/// What somebody is in a household.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema) enum MemberRole {
    /// Answers for the household (户主).
    Owner,
    /// An adult member.
    Adult,
    /// An older member, whom relatives elsewhere may be linked to.
    Senior,
    /// Under age: sees the account, spends nothing from it.
    Child,
}

impl From<::accounts::Role> for MemberRole {
    fn from(role: ::accounts::Role) -> Self {
        match role {
            ::accounts::Role::Owner => Self::Owner,
            ::accounts::Role::Adult => Self::Adult,
            ::accounts::Role::Senior => Self::Senior,
            ::accounts::Role::Child => Self::Child,
        }
    }
}

impl Person {
    pub(in crate::schema) fn new(id: Id<kinds::Person>) -> Self {
        Self { id }
    }
}

/// A person, as far as you may know: yourself, and those who share your household.
#[Object]
impl Person {
    /// The person's id.
    pub(in crate::schema) async fn id(&self) -> ID {
        ids::write(self.id)
    }

    /// The person's name. Null for somebody who no longer belongs to your household.
    async fn name(&self, ctx: &Context<'_>) -> Nullable<String> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            if principal.household.is_none() && self.id == principal.person {
                let person = app(ctx).find_person(principal).await?;
                let person = person.ok_or_else(|| Fault::inconsistent("find the person who is signed in"))?;
                return Ok(Some(person.name.to_string()));
            }
            Ok(self.membership(ctx).await?.map(|member| member.name.to_string()))
        })
        .await
    }

    /// What the person is in the household. Null for somebody who belongs to none, or no longer to yours.
    async fn role(&self, ctx: &Context<'_>) -> Nullable<MemberRole> {
        nullable(async { Ok(self.membership(ctx).await?.map(|member| member.role.into())) }).await
    }

    /// Those you are linked to as kin, usually of other households: a hundred at most, so no pages. Null unless this is you.
    async fn kin(&self, ctx: &Context<'_>) -> Nullable<Vec<KinLink>> {
        nullable(async {
            let principal = session(ctx).signed_in()?;
            if self.id != principal.person {
                return Ok(None);
            }
            let kin = app(ctx).list_kin(principal).await?;
            Ok(Some(kin.into_iter().map(KinLink::from).collect()))
        })
        .await
    }

    /// The household the person shares with you; your own household when this is you. Null when there is none.
    async fn household(&self, ctx: &Context<'_>) -> Nullable<Household> {
        nullable(async {
            let principal = session(ctx).signed_in()?;
            let own = principal.household.map(|(household, _)| Household::new(household));
            let shares = self.id == principal.person || self.membership(ctx).await?.is_some();
            Ok(own.filter(|_| shares))
        })
        .await
    }

    /// What you agreed to, the newest first, withdrawn ones too; at most 200. Null for anybody but yourself.
    async fn consents(&self, ctx: &Context<'_>) -> Nullable<Vec<Consent>> {
        nullable(async {
            let principal = session(ctx).signed_in()?;
            if self.id != principal.person {
                return Ok(None);
            }
            let consents = app(ctx).list_consents(principal).await?;
            Ok(Some(consents.into_iter().map(Consent::from).collect()))
        })
        .await
    }

    /// Where you are signed in, newest first: at most 100 sessions, expired and revoked ones left out. Null when this is not you.
    async fn sessions(&self, ctx: &Context<'_>) -> Nullable<Vec<Session>> {
        nullable(async {
            let principal = session(ctx).signed_in()?;
            if self.id != principal.person {
                return Ok(None);
            }
            let sessions = app(ctx).list_sessions(principal).await?;
            Ok(Some(sessions.iter().map(|session| Session::of(session, principal.session)).collect()))
        })
        .await
    }
}

impl Person {
    /// The person among the members of the household of whoever is signed in.
    async fn membership<'a>(&self, ctx: &Context<'a>) -> Result<Option<&'a MemberView>, Error> {
        let session = session(ctx);
        if session.signed_in()?.household.is_none() {
            return Ok(None);
        }
        Ok(session.own_household(app(ctx)).await?.members.iter().find(|member| member.person == self.id))
    }
}
