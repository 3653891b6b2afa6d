//! Who led which community when, and where households were: what a share of growth follows from.

use std::collections::BTreeMap;

use db::{Doing, Reader, Tx, insert_rows, is_any_id_on, upsert_rows};
use kernel::{Fault, Id, Label, kinds};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use super::{
    instant, label,
    rows::{communities, earlier_leader_terms, household_moves, households, leaders},
};
use crate::{GrowthShare, HouseholdMove, LeaderTerm, Stay, stays};

/// Lets a locked person lead a community from now on, for the first time or again. What they led before stays known.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_leader(
    tx: &mut Tx,
    community: Id<kinds::Community>,
    person: Id<kinds::Person>,
    growth_share: GrowthShare,
) -> Result<(), Fault> {
    let before = leaders::Entity::find_by_id((community.uuid(), person.uuid())).one(tx.connection()).await;
    if let Some(before) = before.doing("find what somebody led")? {
        let earlier = earlier_leader_terms::ActiveModel {
            community_id: Set(before.community_id),
            person_id: Set(before.person_id),
            leads_since: Set(before.leads_since),
            ended_at: Set(before.ended_at.ok_or_else(|| Fault::inconsistent("appoint who leads already"))?),
            growth_share_permille: Set(before.growth_share_permille),
        };
        insert_rows::<earlier_leader_terms::Entity, _>(tx, vec![earlier], "keep what somebody led").await?;
    }
    let row = leaders::ActiveModel {
        community_id: Set(community.uuid()),
        person_id: Set(person.uuid()),
        leads_since: Set(tx.now().timestamp_millis()),
        ended_at: Set(None),
        growth_share_permille: Set(growth_share.permille().into()),
    };
    let key = [leaders::Column::CommunityId, leaders::Column::PersonId];
    let replaced = [leaders::Column::LeadsSince, leaders::Column::EndedAt, leaders::Column::GrowthSharePermille];
    upsert_rows::<leaders::Entity, _>(tx, vec![row], &key, &replaced, "appoint a leader").await
}

/// Lets a locked household belong to a community, and keeps where it was.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_household_community(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    from: Option<Id<kinds::Community>>,
    to: Id<kinds::Community>,
) -> Result<(), Fault> {
    let row = households::ActiveModel {
        household_id: Set(household.uuid()),
        community_id: Set(Some(to.uuid())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("say where a household lives")?;
    let moved = household_moves::ActiveModel {
        household_id: Set(household.uuid()),
        id: Set(tx.new_id::<kinds::Household>().uuid()),
        from_community_id: Set(from.map(Id::uuid)),
        to_community_id: Set(to.uuid()),
        moved_at: Set(tx.now().timestamp_millis()),
    };
    insert_rows::<household_moves::Entity, _>(tx, vec![moved], "keep where a household lived").await
}

/// When somebody led a community, in the order of time; empty for whoever never did.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_leader_terms(
    reader: &Reader,
    community: Id<kinds::Community>,
    person: Id<kinds::Person>,
) -> Result<Vec<LeaderTerm>, Fault> {
    let earlier = earlier_leader_terms::Entity::find()
        .filter(earlier_leader_terms::Column::CommunityId.eq(community.uuid()))
        .filter(earlier_leader_terms::Column::PersonId.eq(person.uuid()))
        .order_by_asc(earlier_leader_terms::Column::LeadsSince)
        .order_by_asc(earlier_leader_terms::Column::EndedAt)
        .all(reader.connection())
        .await
        .doing("list what somebody led")?;
    let last = leaders::Entity::find_by_id((community.uuid(), person.uuid())).one(reader.connection()).await;
    let last = last.doing("find what somebody leads")?;
    let earlier = earlier.into_iter().map(|row| term(row.leads_since, Some(row.ended_at), row.growth_share_permille));
    let last = last.into_iter().map(|row| term(row.leads_since, row.ended_at, row.growth_share_permille));
    earlier.chain(last).collect()
}

/// Every community somebody leads or led, by name, with their terms in the order of time.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_leader_terms_of(
    reader: &Reader,
    person: Id<kinds::Person>,
) -> Result<Vec<(Label, LeaderTerm)>, Fault> {
    let earlier = earlier_leader_terms::Entity::find()
        .filter(earlier_leader_terms::Column::PersonId.eq(person.uuid()))
        .all(reader.connection())
        .await
        .doing("list all that somebody led")?;
    let last = leaders::Entity::find().filter(leaders::Column::PersonId.eq(person.uuid())).all(reader.connection());
    let last = last.await.doing("list all that somebody leads")?;
    let earlier = earlier
        .into_iter()
        .map(|row| (row.community_id, row.leads_since, Some(row.ended_at), row.growth_share_permille));
    let last = last.into_iter().map(|row| (row.community_id, row.leads_since, row.ended_at, row.growth_share_permille));
    let rows: Vec<_> = earlier.chain(last).collect();
    let is_any = is_any_id_on(reader.dialect(), communities::Column::Id, rows.iter().map(|row| row.0));
    let named = communities::Entity::find().filter(is_any).all(reader.connection()).await;
    let named: BTreeMap<Uuid, String> =
        named.doing("name the communities somebody led")?.into_iter().map(|row| (row.id, row.name)).collect();
    let mut terms = rows
        .into_iter()
        .map(|(community, since, ended, permille)| {
            let name = named.get(&community).ok_or_else(|| Fault::inconsistent("name a community"))?;
            Ok((label(name)?, term(since, ended, permille)?))
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    terms.sort_by(|(a, one), (b, other)| (a.as_str(), one.leads_since).cmp(&(b.as_str(), other.leads_since)));
    Ok(terms)
}

fn term(leads_since: i64, ended_at: Option<i64>, permille: i64) -> Result<LeaderTerm, Fault> {
    Ok(LeaderTerm {
        leads_since: instant(leads_since)?,
        ended_at: ended_at.map(instant).transpose()?,
        growth_share: GrowthShare::from_permille(permille)
            .map_err(|_| Fault::inconsistent("read a share of growth"))?,
    })
}

/// The households that are or were in a community, with their times in it, by id from after one on, at most `limit` of them.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_stays(
    reader: &Reader,
    community: Id<kinds::Community>,
    after: Option<Id<kinds::Household>>,
    limit: u64,
) -> Result<Vec<(Id<kinds::Household>, Vec<Stay>)>, Fault> {
    let after = after.map(Id::uuid);
    let here: Vec<Uuid> = households::Entity::find()
        .select_only()
        .column(households::Column::HouseholdId)
        .filter(households::Column::CommunityId.eq(community.uuid()))
        .filter(Condition::all().add_option(after.map(|after| households::Column::HouseholdId.gt(after))))
        .order_by_asc(households::Column::HouseholdId)
        .limit(limit)
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("list the households of a community")?;
    let gone: Vec<Uuid> = household_moves::Entity::find()
        .select_only()
        .distinct()
        .column(household_moves::Column::HouseholdId)
        .filter(household_moves::Column::FromCommunityId.eq(community.uuid()))
        .filter(Condition::all().add_option(after.map(|after| household_moves::Column::HouseholdId.gt(after))))
        .order_by_asc(household_moves::Column::HouseholdId)
        .limit(limit)
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("list the households that left a community")?;
    let mut moves: BTreeMap<Uuid, Vec<HouseholdMove>> =
        here.into_iter().chain(gone).map(|household| (household, Vec::new())).collect();
    while moves.len() as u64 > limit {
        moves.pop_last();
    }
    let current = find_communities(reader, moves.keys().copied()).await?;
    let is_any = is_any_id_on(reader.dialect(), household_moves::Column::HouseholdId, moves.keys().copied());
    let rows = household_moves::Entity::find().filter(is_any).order_by_asc(household_moves::Column::Id);
    for row in rows.all(reader.connection()).await.doing("list where households lived")? {
        let moved = HouseholdMove {
            from: row.from_community_id.map(Id::from_uuid),
            to: Id::from_uuid(row.to_community_id),
            moved_at: instant(row.moved_at)?,
        };
        moves.entry(row.household_id).or_default().push(moved);
    }
    let stayed = moves.into_iter().map(|(household, moves)| {
        let current = current.get(&household).copied().flatten().map(Id::from_uuid);
        (Id::from_uuid(household), stays(community, &moves, current))
    });
    Ok(stayed.collect())
}

async fn find_communities(
    reader: &Reader,
    households: impl IntoIterator<Item = Uuid>,
) -> Result<BTreeMap<Uuid, Option<Uuid>>, Fault> {
    let current: Vec<(Uuid, Option<Uuid>)> = households::Entity::find()
        .select_only()
        .column(households::Column::HouseholdId)
        .column(households::Column::CommunityId)
        .filter(is_any_id_on(reader.dialect(), households::Column::HouseholdId, households))
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("find where households live")?;
    Ok(current.into_iter().collect())
}
