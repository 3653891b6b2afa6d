//! Communities, who leads them, and what a leader sees of them.

use std::collections::HashMap;

use db::{Doing, Reader, Tx};
use kernel::{Fault, Id, Label, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, ExprTrait, JoinType, Order, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, RelationDef, Set,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use super::{
    instant, label,
    privacy_rows::contacts,
    rows::{communities, households, leaders, memberships},
};
use crate::{CommunityFigures, CommunityView, LedCommunity, LedHousehold, Role};

/// Which part of a list by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommunityPart<T> {
    /// From the first on, or after one.
    After(Option<T>),
    /// Up to the last, or before one.
    Before(Option<T>),
}

impl<K: kernel::Kind> CommunityPart<Id<K>> {
    /// What lies beyond the given item, in which order to read it, and whether to turn it round afterwards.
    fn read<C: ColumnTrait>(self, id: C) -> (Condition, Order, bool) {
        match self {
            Self::After(after) => {
                (Condition::all().add_option(after.map(|after| id.gt(after.uuid()))), Order::Asc, false)
            }
            Self::Before(before) => {
                (Condition::all().add_option(before.map(|before| id.lt(before.uuid()))), Order::Desc, true)
            }
        }
    }
}

/// The name of a community; `None` when there is none of this id. Communities are never taken away.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_community(tx: &mut Tx, id: Id<kinds::Community>) -> Result<Option<Label>, Fault> {
    let row = communities::Entity::find_by_id(id.uuid()).one(tx.connection()).await;
    row.doing("find a community")?.map(|row| label(&row.name)).transpose()
}

/// Whether somebody leads a community now; holds that until the commit.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_leader(
    tx: &mut Tx,
    community: Id<kinds::Community>,
    person: Id<kinds::Person>,
) -> Result<bool, Fault> {
    let select = leaders::Entity::find_by_id((community.uuid(), person.uuid())).lock_exclusive();
    let row = select.one(tx.connection()).await.doing("lock who leads a community")?;
    Ok(row.is_some_and(|row| row.ended_at.is_none()))
}

/// The communities somebody leads now; holds that until the commit.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_led_communities(tx: &mut Tx, person: Id<kinds::Person>) -> Result<Vec<Id<kinds::Community>>, Fault> {
    let select = leaders::Entity::find()
        .filter(leaders::Column::PersonId.eq(person.uuid()))
        .filter(leaders::Column::EndedAt.is_null())
        .order_by_asc(leaders::Column::CommunityId)
        .lock_exclusive();
    let rows = select.all(tx.connection()).await.doing("lock what somebody leads")?;
    Ok(rows.into_iter().map(|row| Id::from_uuid(row.community_id)).collect())
}

/// Ends that somebody leads a community; the row must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_leader_ended(
    tx: &mut Tx,
    community: Id<kinds::Community>,
    person: Id<kinds::Person>,
) -> Result<(), Fault> {
    let row = leaders::ActiveModel {
        community_id: Set(community.uuid()),
        person_id: Set(person.uuid()),
        ended_at: Set(Some(tx.now().timestamp_millis())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("end what somebody leads").map(|_| ())
}

/// What somebody leads now, the longest led first, at most `limit`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_led_communities(
    reader: &Reader,
    person: Id<kinds::Person>,
    limit: u64,
) -> Result<Vec<LedCommunity>, Fault> {
    let rows = leaders::Entity::find()
        .find_also_linked(CommunityLed)
        .filter(leaders::Column::PersonId.eq(person.uuid()))
        .filter(leaders::Column::EndedAt.is_null())
        .order_by_asc(leaders::Column::LeadsSince)
        .order_by_asc(leaders::Column::CommunityId)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list what somebody leads")?;
    let led = rows.into_iter().filter_map(|(leader, community)| Some((leader, community?)));
    led.map(|(leader, community)| {
        Ok(LedCommunity {
            community: Id::from_uuid(community.id),
            name: label(&community.name)?,
            leads_since: instant(leader.leads_since)?,
        })
    })
    .collect()
}

/// The communities with those who lead them now, by id, at most `limit`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_communities(
    reader: &Reader,
    part: CommunityPart<Id<kinds::Community>>,
    limit: u64,
) -> Result<Vec<CommunityView>, Fault> {
    let (beyond, order, is_turned) = part.read(communities::Column::Id);
    let rows = communities::Entity::find().filter(beyond).order_by(communities::Column::Id, order).limit(limit);
    let rows = rows.all(reader.connection()).await.doing("list communities")?;
    let led = leaders::Entity::find()
        .filter(leaders::Column::CommunityId.is_in(rows.iter().map(|row| row.id)))
        .filter(leaders::Column::EndedAt.is_null())
        .order_by_asc(leaders::Column::LeadsSince)
        .order_by_asc(leaders::Column::PersonId)
        .all(reader.connection())
        .await
        .doing("list who leads communities")?;
    let mut by_community: HashMap<Uuid, Vec<Id<kinds::Person>>> = HashMap::new();
    for row in led {
        by_community.entry(row.community_id).or_default().push(Id::from_uuid(row.person_id));
    }
    let views = rows.into_iter().map(|row| {
        let leaders = by_community.remove(&row.id).unwrap_or_default();
        Ok(CommunityView { community: Id::from_uuid(row.id), name: label(&row.name)?, leaders })
    });
    let views = views.collect::<Result<Vec<_>, Fault>>()?;
    Ok(if is_turned { views.into_iter().rev().collect() } else { views })
}

/// How many communities there are.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_communities(reader: &Reader) -> Result<u64, Fault> {
    communities::Entity::find().count(reader.connection()).await.doing("count the communities")
}

/// How many households of a community anybody belongs to, and how many belong to them.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_community(tx: &mut Tx, community: Id<kinds::Community>) -> Result<CommunityFigures, Fault> {
    let household = || Expr::col((memberships::Entity, memberships::Column::HouseholdId));
    let counted: Option<(i64, i64)> = memberships::Entity::find()
        .select_only()
        .expr_as(household().count_distinct(), "households")
        .expr_as(household().count(), "members")
        .join(JoinType::InnerJoin, of_household())
        .filter(households::Column::CommunityId.eq(community.uuid()))
        .filter(memberships::Column::LeftAt.is_null())
        .into_tuple()
        .one(tx.connection())
        .await
        .doing("count a community")?;
    let (households, members) = counted.unwrap_or_default();
    Ok(CommunityFigures { households: households.unsigned_abs(), members: members.unsigned_abs() })
}

/// The households of a community that anybody belongs to, by id, at most `limit`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_community_households(
    tx: &mut Tx,
    community: Id<kinds::Community>,
    part: CommunityPart<Id<kinds::Household>>,
    limit: u64,
) -> Result<Vec<LedHousehold>, Fault> {
    let (beyond, order, is_turned) = part.read(households::Column::HouseholdId);
    let is_inhabited = Expr::exists(
        Query::select()
            .expr(Expr::val(1))
            .from(memberships::Entity)
            .and_where(
                Expr::col((memberships::Entity, memberships::Column::HouseholdId))
                    .equals((households::Entity, households::Column::HouseholdId)),
            )
            .and_where(memberships::Column::LeftAt.is_null())
            .to_owned(),
    );
    let rows = households::Entity::find()
        .filter(households::Column::CommunityId.eq(community.uuid()))
        .filter(beyond)
        .filter(is_inhabited)
        .order_by(households::Column::HouseholdId, order)
        .limit(limit)
        .all(tx.connection())
        .await
        .doing("list the households of a community")?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.household_id).collect();
    let belonging = memberships::Entity::find()
        .filter(memberships::Column::HouseholdId.is_in(ids))
        .filter(memberships::Column::LeftAt.is_null())
        .all(tx.connection())
        .await
        .doing("list who belongs to the households of a community")?;
    let owners: HashMap<Uuid, Uuid> = belonging
        .iter()
        .filter(|row| row.role == Role::Owner.word())
        .map(|row| (row.household_id, row.person_id))
        .collect();
    let reached = contacts::Entity::find().filter(contacts::Column::Id.is_in(owners.values().copied()));
    let reached = reached.all(tx.connection()).await.doing("read how owners can be reached")?;
    let mut reached: HashMap<Uuid, contacts::Model> = reached.into_iter().map(|row| (row.id, row)).collect();
    let seen = rows.into_iter().map(|row| {
        let owner = owners.get(&row.household_id).and_then(|owner| reached.remove(owner));
        let members = belonging.iter().filter(|member| member.household_id == row.household_id).count();
        Ok(LedHousehold {
            household: Id::from_uuid(row.household_id),
            name: label(&row.name)?,
            members: members as u64,
            owner: owner.map(super::contacts::of).transpose()?.unwrap_or_default(),
        })
    });
    let seen = seen.collect::<Result<Vec<_>, Fault>>()?;
    Ok(if is_turned { seen.into_iter().rev().collect() } else { seen })
}

fn of_household() -> RelationDef {
    memberships::Entity::belongs_to(households::Entity)
        .from(memberships::Column::HouseholdId)
        .to(households::Column::HouseholdId)
        .into()
}

/// From a leader to the community.
struct CommunityLed;

impl sea_orm::Linked for CommunityLed {
    type FromEntity = leaders::Entity;
    type ToEntity = communities::Entity;

    fn link(&self) -> Vec<sea_orm::LinkDef> {
        let to_community = leaders::Entity::belongs_to(communities::Entity)
            .from(leaders::Column::CommunityId)
            .to(communities::Column::Id)
            .into();
        vec![to_community]
    }
}
