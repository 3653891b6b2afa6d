use std::collections::{BTreeSet, HashMap};

use db::{Doing, Reader, Tx, insert_new_rows, insert_rows, is_any_text};
use kernel::{ExternalRef, Fault, Id, kinds};
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait, Set};

use super::{
    instant, label,
    persons::view,
    role,
    rows::{communities, household_refs, households, memberships, persons},
    spend_rights::spend_right,
};
use crate::{HouseholdView, HouseholdsByRef, MemberView, PersonView, Role, Spender, VotingHousehold};

/// Finds households by the operator's numbers, founding a nameless one for each number not heard of before.
///
/// What it finds holds until the commit without a lock: a number once given is never given again or taken away.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_or_insert_households(tx: &mut Tx, refs: &[ExternalRef]) -> Result<HouseholdsByRef, Fault> {
    // Sorted, so that two transactions founding the same households do it in the same order.
    let refs: BTreeSet<&ExternalRef> = refs.iter().collect();
    let mut by_ref = find_by_refs(tx, refs.iter().copied()).await?;
    let unheard: Vec<(&ExternalRef, Id<kinds::Household>)> = refs
        .into_iter()
        .filter(|external_ref| !by_ref.contains_key(*external_ref))
        .map(|external_ref| (external_ref, tx.new_id()))
        .collect();
    if unheard.is_empty() {
        return Ok(HouseholdsByRef { by_ref, founded: Vec::new() });
    }

    // Somebody else may be founding the same: the directory decides who does. The loser waits here until the winner
    // commits.
    let entries = unheard.iter().map(|(external_ref, id)| household_refs::ActiveModel {
        external_ref: Set(external_ref.to_string()),
        household_id: Set(id.uuid()),
    });
    let key = [household_refs::Column::ExternalRef];
    insert_new_rows::<household_refs::Entity, _>(tx, entries.collect(), &key, "enter households into the directory")
        .await?;
    let entered = find_by_refs(tx, unheard.iter().map(|(external_ref, _)| *external_ref)).await?;
    let ours: Vec<_> =
        unheard.into_iter().filter(|(external_ref, id)| entered.get(*external_ref) == Some(id)).collect();
    let created_at = tx.now().timestamp_millis();
    let rows = ours.iter().map(|(external_ref, id)| households::ActiveModel {
        household_id: Set(id.uuid()),
        external_ref: Set(external_ref.to_string()),
        name: Set(external_ref.to_string()),
        community_id: Set(None),
        created_at: Set(created_at),
    });
    insert_rows::<households::Entity, _>(tx, rows.collect(), "found nameless households").await?;
    let founded = ours.into_iter().map(|(_, id)| id).collect();
    by_ref.extend(entered);
    Ok(HouseholdsByRef { by_ref, founded })
}

/// Finds households by the operator's numbers, founding none: numbers not heard of are left out.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_households_by_ref(
    tx: &mut Tx,
    refs: &[ExternalRef],
) -> Result<HashMap<ExternalRef, Id<kinds::Household>>, Fault> {
    find_by_refs(tx, refs.iter()).await
}

async fn find_by_refs(
    tx: &mut Tx,
    refs: impl Iterator<Item = &ExternalRef>,
) -> Result<HashMap<ExternalRef, Id<kinds::Household>>, Fault> {
    let wanted: HashMap<&str, &ExternalRef> = refs.map(|external_ref| (external_ref.as_str(), external_ref)).collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let are_wanted = is_any_text(tx, household_refs::Column::ExternalRef, wanted.keys().copied());
    let rows = household_refs::Entity::find().filter(are_wanted).all(tx.connection()).await;
    let found = rows.doing("look households up in the directory")?.into_iter().map(|row| {
        let external_ref = wanted.get(row.external_ref.as_str()).expect("only wanted references were asked for");
        ((*external_ref).clone(), Id::from_uuid(row.household_id))
    });
    Ok(found.collect())
}

/// Every household with a member who is no child, for a panel: in no order, without a lock, since the panel is a snapshot.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_households_that_may_vote(tx: &mut Tx) -> Result<Vec<VotingHousehold>, Fault> {
    let voters: Vec<uuid::Uuid> = memberships::Entity::find()
        .select_only()
        .column(memberships::Column::HouseholdId)
        .distinct()
        .filter(memberships::Column::LeftAt.is_null())
        .filter(memberships::Column::Role.ne(Role::Child.word()))
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("list households with members who may vote")?;
    let voters: std::collections::HashSet<uuid::Uuid> = voters.into_iter().collect();
    let rows = households::Entity::find()
        .select_also(communities::Entity)
        .join(JoinType::LeftJoin, households::Relation::Community.def())
        .all(tx.connection())
        .await
        .doing("list households with their communities")?;
    let of_voters = rows.into_iter().filter(|(household, _)| voters.contains(&household.household_id));
    let voting = of_voters.map(|(household, community)| {
        Ok(VotingHousehold {
            id: Id::from_uuid(household.household_id),
            community: community.map(|community| label(&community.name)).transpose()?,
            known_since: instant(household.created_at)?,
        })
    });
    voting.collect()
}

/// A household with its members.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_household(reader: &Reader, id: Id<kinds::Household>) -> Result<Option<HouseholdView>, Fault> {
    let household = households::Entity::find_by_id(id.uuid())
        .select_also(communities::Entity)
        .join(JoinType::LeftJoin, households::Relation::Community.def())
        .one(reader.connection())
        .await
        .doing("find a household")?;
    let Some((household, community)) = household else { return Ok(None) };
    let rows = memberships::Entity::find()
        .select_also(persons::Entity)
        .join(JoinType::InnerJoin, memberships::Relation::Person.def())
        .filter(memberships::Column::HouseholdId.eq(id.uuid()))
        .filter(memberships::Column::LeftAt.is_null())
        .all(reader.connection())
        .await
        .doing("find the members of a household")?;
    let members = rows.into_iter().filter_map(|(membership, person)| Some(member(&membership, &person?)));
    let mut members: Vec<MemberView> = members.collect::<Result<_, Fault>>()?;
    members.sort_by_key(|member| (member.role != Role::Owner, member.joined_at, member.person));
    let community = community.map(|community| label(&community.name)).transpose()?;
    Ok(Some(HouseholdView { id, name: label(&household.name)?, community, members }))
}

fn member(membership: &memberships::Model, person: &persons::Model) -> Result<MemberView, Fault> {
    let spender = Spender {
        household: Id::from_uuid(membership.household_id),
        role: role(&membership.role)?,
        set: spend_right(membership.spend_right.as_deref(), membership.weekly_points)?,
        born_on: person.born_on,
    };
    Ok(MemberView {
        person: Id::from_uuid(person.id),
        name: label(&person.name)?,
        role: spender.role,
        joined_at: instant(membership.joined_at)?,
        spender,
    })
}

/// Who owns a household: the reader of mails about it. `None` while nobody does.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_household_owner(
    reader: &Reader,
    household: Id<kinds::Household>,
) -> Result<Option<PersonView>, Fault> {
    let row = memberships::Entity::find()
        .select_also(persons::Entity)
        .join(JoinType::InnerJoin, memberships::Relation::Person.def())
        .filter(memberships::Column::HouseholdId.eq(household.uuid()))
        .filter(memberships::Column::Role.eq(Role::Owner.word()))
        .filter(memberships::Column::LeftAt.is_null())
        .one(reader.connection())
        .await
        .doing("find the owner of a household")?;
    let owner = row.and_then(|(_, person)| person);
    owner.map(|person| view(person, Some((household, Role::Owner)))).transpose()
}

/// The members of a household who read its mails and are no children, the owner first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_household_readers(
    reader: &Reader,
    household: Id<kinds::Household>,
) -> Result<Vec<PersonView>, Fault> {
    let rows = memberships::Entity::find()
        .select_also(persons::Entity)
        .join(JoinType::InnerJoin, memberships::Relation::Person.def())
        .filter(memberships::Column::HouseholdId.eq(household.uuid()))
        .filter(memberships::Column::Role.ne(Role::Child.word()))
        .filter(memberships::Column::LeftAt.is_null())
        .all(reader.connection())
        .await
        .doing("list who reads the mails of a household")?;
    let mut readers = Vec::with_capacity(rows.len());
    for (membership, person) in rows {
        let role = role(&membership.role)?;
        let Some(person) = person else { continue };
        readers.push(view(person, Some((household, role)))?);
    }
    readers.sort_by_key(|reader| (reader.household.is_none_or(|(_, role)| role != Role::Owner), reader.id));
    Ok(readers)
}
