use async_graphql::{Context, Error, ID, Interface, Object, Result};
use kernel::{Id, Kind, kinds};

use super::{
    accounts::{Household, Person},
    cocreation::Study,
    entitlements::{Grant, Perk},
    ids,
    ledger::StatementLine,
    nullable::{Nullable, nullable},
    session::{app, session},
};
use crate::refusal::Refusal;

/// Most ids asked for at once.
const MAX_IDS: usize = 100;

/// Anything that has an id and can be fetched again by it.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The id: opaque, and good for `node`."))]
pub(super) enum Node {
    Household(Household),
    Person(Person),
    Perk(Perk),
    Grant(Grant),
    StatementLine(StatementLine),
    Study(Study),
}

#[derive(Default)]
pub(super) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Anything by its id. Null when there is no such thing, and just the same when it is not yours to see.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of a household, person, perk, grant, statement line or study.")] id: ID,
    ) -> Nullable<Node> {
        nullable(async { find(ctx, &id).await }).await
    }

    /// Several things by their ids, in the order asked. Null stands where `node` would answer null.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Up to 100 ids.")] ids: Vec<ID>,
    ) -> Result<Vec<Nullable<Node>>> {
        if ids.len() > MAX_IDS {
            return Err(Refusal::bad_input("TOO_MANY_IDS", "at most 100 ids at once").into());
        }
        let mut nodes = Vec::with_capacity(ids.len());
        for id in &ids {
            nodes.push(find(ctx, id).await.transpose());
        }
        Ok(nodes)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    // The shape is judged first, so that nonsense is refused whatever it claims to be.
    ids::read::<kinds::Household>(id)?;
    let prefix = id.split('_').next().unwrap_or_default();
    match prefix {
        kinds::Perk::PREFIX => Ok(find_perk(ctx, id).await?.map(Node::Perk)),
        kinds::Household::PREFIX => Ok(own_household(ctx, id).await?.map(Node::Household)),
        kinds::Person::PREFIX => Ok(find_person(ctx, id).await?.map(Node::Person)),
        kinds::Grant::PREFIX => Ok(find_grant(ctx, id).await?.map(Node::Grant)),
        kinds::Posting::PREFIX => Ok(find_statement_line(ctx, id).await?.map(Node::StatementLine)),
        kinds::Study::PREFIX => Ok(find_study(ctx, id).await?.map(Node::Study)),
        _ => Ok(None),
    }
}

async fn find_study(ctx: &Context<'_>, id: &ID) -> Result<Option<Study>> {
    let (Some(id), Some(principal)) = (ids::read(id)?, session(ctx).principal()) else { return Ok(None) };
    Ok(app(ctx).find_study(principal, id).await?.map(Study::from))
}

async fn find_perk(ctx: &Context<'_>, id: &ID) -> Result<Option<Perk>> {
    let Some(id) = ids::read(id)? else { return Ok(None) };
    Ok(session(ctx).perk(app(ctx), id).await?.map(Perk::from))
}

async fn own_household(ctx: &Context<'_>, id: &ID) -> Result<Option<Household>, Error> {
    let (Some(principal), Some(id)) = (session(ctx).principal(), ids::read(id)?) else { return Ok(None) };
    Ok(app(ctx).find_own_household(principal, id).await?.map(Household::new))
}

async fn find_person(ctx: &Context<'_>, id: &ID) -> Result<Option<Person>, Error> {
    let session = session(ctx);
    let (Some(principal), Some(id)) = (session.principal(), ids::read::<kinds::Person>(id)?) else { return Ok(None) };
    if id == principal.person {
        return Ok(Some(Person::new(id)));
    }
    if principal.household.is_none() {
        return Ok(None);
    }
    let is_member = session.own_household(app(ctx)).await?.members.iter().any(|member| member.person == id);
    Ok(is_member.then(|| Person::new(id)))
}

async fn find_grant(ctx: &Context<'_>, id: &ID) -> Result<Option<Grant>> {
    let (Some(principal), Some(id)) = (session(ctx).principal(), ids::read(id)?) else { return Ok(None) };
    Ok(app(ctx).find_grant(principal, id).await?.map(Grant::from))
}

async fn find_statement_line(ctx: &Context<'_>, id: &ID) -> Result<Option<StatementLine>> {
    let id: Option<Id<kinds::Posting>> = ids::read(id)?;
    let (Some(principal), Some(id)) = (session(ctx).principal(), id) else { return Ok(None) };
    Ok(app(ctx).find_posting(principal, id).await?.map(StatementLine::from))
}
