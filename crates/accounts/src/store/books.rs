use std::collections::{BTreeSet, HashMap};

use db::{Doing, Tx, insert_rows};
use kernel::{ExternalRef, Fault, Id, Label, kinds};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use super::{
    address, label, role,
    rows::{communities, household_refs, households, kin_links, leaders, memberships, persons},
};
use crate::{Books, CommunityBook, HouseholdBook, HouseholdRow, PersonBook, Relation, Role, Standing};

/// Locks and loads what a batch of rows can touch: persons first, then households, each by id.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_books(tx: &mut Tx, rows: &[HouseholdRow]) -> Result<Books, Fault> {
    let persons = lock_persons(tx, rows).await?;
    let households = lock_households(tx, rows).await?;
    let communities = find_communities(tx, rows).await?;
    let addresses = find_addresses(tx, rows).await?;
    Ok(Books { households, persons, communities, addresses })
}

async fn lock_persons(tx: &mut Tx, rows: &[HouseholdRow]) -> Result<HashMap<ExternalRef, PersonBook>, Fault> {
    let seniors = rows.iter().filter_map(|row| row.kin.as_ref()).map(|kin| &kin.senior);
    let refs: BTreeSet<&str> = rows.iter().map(|row| &row.person).chain(seniors).map(ExternalRef::as_str).collect();
    let found = persons::Entity::find()
        .filter(persons::Column::ExternalRef.is_in(refs))
        .order_by_asc(persons::Column::Id)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock persons")?;
    let ids: Vec<Uuid> = found.iter().map(|person| person.id).collect();
    let mut places = find_places(tx, &ids).await?;
    let mut leads = find_leads(tx, &ids).await?;
    let mut seniors = find_seniors(tx, &ids).await?;
    let ref_of: HashMap<Uuid, ExternalRef> =
        found.iter().map(|person| Ok((person.id, reference(&person.external_ref)?))).collect::<Result<_, Fault>>()?;
    let mut books = HashMap::with_capacity(found.len());
    for person in found {
        let kin = seniors.remove(&person.id).unwrap_or_default().into_iter();
        let book = PersonBook {
            id: Id::from_uuid(person.id),
            name: label(&person.name)?,
            born_on: person.born_on,
            email: person.email.as_deref().map(address).transpose()?,
            household: person.active_household_id.and_then(|household| places.remove(&(household, person.id))),
            leads: leads.remove(&person.id).unwrap_or_default(),
            kin: kin.map(|(senior, relation)| (ref_of.get(&senior).cloned(), relation)).collect(),
            standing: Standing::Known,
        };
        books.insert(reference(&person.external_ref)?, book);
    }
    Ok(books)
}

type Places = HashMap<(Uuid, Uuid), (Id<kinds::Household>, Role)>;

async fn find_places(tx: &mut Tx, people: &[Uuid]) -> Result<Places, Fault> {
    let rows = memberships::Entity::find()
        .filter(memberships::Column::PersonId.is_in(people.iter().copied()))
        .filter(memberships::Column::LeftAt.is_null())
        .all(tx.connection())
        .await
        .doing("find where persons belong")?;
    let place = |row: memberships::Model| {
        Ok(((row.household_id, row.person_id), (Id::from_uuid(row.household_id), role(&row.role)?)))
    };
    rows.into_iter().map(place).collect()
}

async fn find_leads(tx: &mut Tx, people: &[Uuid]) -> Result<HashMap<Uuid, BTreeSet<Id<kinds::Community>>>, Fault> {
    let rows = leaders::Entity::find()
        .filter(leaders::Column::PersonId.is_in(people.iter().copied()))
        .all(tx.connection())
        .await
        .doing("find what persons lead")?;
    let mut leads: HashMap<Uuid, BTreeSet<_>> = HashMap::new();
    for row in rows {
        leads.entry(row.person_id).or_default().insert(Id::from_uuid(row.community_id));
    }
    Ok(leads)
}

async fn find_seniors(tx: &mut Tx, people: &[Uuid]) -> Result<HashMap<Uuid, Vec<(Uuid, Relation)>>, Fault> {
    let rows = kin_links::Entity::find()
        .filter(kin_links::Column::RelativePersonId.is_in(people.iter().copied()))
        .order_by_asc(kin_links::Column::SeniorPersonId)
        .all(tx.connection())
        .await
        .doing("find whose relatives persons are")?;
    let mut seniors: HashMap<Uuid, Vec<_>> = HashMap::new();
    for row in rows {
        let relation = row.relation.parse().map_err(|_| Fault::inconsistent("read the relation of a kin link"))?;
        seniors.entry(row.relative_person_id).or_default().push((row.senior_person_id, relation));
    }
    Ok(seniors)
}

async fn lock_households(tx: &mut Tx, rows: &[HouseholdRow]) -> Result<HashMap<ExternalRef, HouseholdBook>, Fault> {
    let refs: BTreeSet<&str> = rows.iter().map(|row| row.household.as_str()).collect();
    let entries = household_refs::Entity::find()
        .filter(household_refs::Column::ExternalRef.is_in(refs))
        .all(tx.connection())
        .await
        .doing("look households up in the directory")?;
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.household_id).collect();
    let found = households::Entity::find()
        .filter(households::Column::HouseholdId.is_in(ids.iter().copied()))
        .order_by_asc(households::Column::HouseholdId)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock households")?;
    // The directory was read without a lock: whoever merged one of them meanwhile has led its number on.
    if !super::list_merged(tx, found.iter().map(|row| Id::from_uuid(row.household_id))).await?.is_empty() {
        return Err(Fault::new(kernel::FaultKind::Contention, "lock households that went into others just now"));
    }
    let owned = find_owned(tx, &ids).await?;
    let mut books = HashMap::with_capacity(found.len());
    for household in found {
        let is_nameless = household.name == household.external_ref;
        let book = HouseholdBook {
            id: Id::from_uuid(household.household_id),
            name: if is_nameless { None } else { Some(label(&household.name)?) },
            community: household.community_id.map(Id::from_uuid),
            has_owner: owned.contains(&household.household_id),
            standing: Standing::Known,
        };
        books.insert(reference(&household.external_ref)?, book);
    }
    Ok(books)
}

async fn find_owned(tx: &mut Tx, ids: &[Uuid]) -> Result<BTreeSet<Uuid>, Fault> {
    let owned: Vec<Uuid> = memberships::Entity::find()
        .select_only()
        .column(memberships::Column::HouseholdId)
        .filter(memberships::Column::HouseholdId.is_in(ids.iter().copied()))
        .filter(memberships::Column::Role.eq(Role::Owner.word()))
        .filter(memberships::Column::LeftAt.is_null())
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("find which households are owned")?;
    Ok(owned.into_iter().collect())
}

async fn find_communities(tx: &mut Tx, rows: &[HouseholdRow]) -> Result<HashMap<Label, CommunityBook>, Fault> {
    let names: BTreeSet<&str> =
        rows.iter().flat_map(|row| [&row.community, &row.leads]).flatten().map(Label::as_str).collect();
    let found = communities::Entity::find()
        .filter(communities::Column::Name.is_in(names))
        .all(tx.connection())
        .await
        .doing("find communities")?;
    let book = |id| CommunityBook { id: Id::from_uuid(id), standing: Standing::Known };
    found.into_iter().map(|community| Ok((label(&community.name)?, book(community.id)))).collect()
}

async fn find_addresses(tx: &mut Tx, rows: &[HouseholdRow]) -> Result<BTreeSet<kernel::EmailAddress>, Fault> {
    let wanted: BTreeSet<&str> = rows.iter().filter_map(|row| row.email.as_ref()).map(|email| email.as_str()).collect();
    let taken: Vec<Option<String>> = persons::Entity::find()
        .select_only()
        .column(persons::Column::Email)
        .filter(persons::Column::Email.is_in(wanted))
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("find which addresses are taken")?;
    taken.into_iter().flatten().map(|text| address(&text)).collect()
}

/// Writes what a batch changed, and returns the households it founded: they have no wallet yet.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_books(tx: &mut Tx, books: &Books) -> Result<Vec<Id<kinds::Household>>, Fault> {
    insert_communities(tx, books).await?;
    let founded = insert_households(tx, books).await?;
    update_named_households(tx, books).await?;
    insert_persons(tx, books).await?;
    insert_ties(tx, books).await?;
    Ok(founded)
}

async fn insert_communities(tx: &mut Tx, books: &Books) -> Result<(), Fault> {
    let created_at = tx.now().timestamp_millis();
    let new = books.communities.iter().filter(|(_, community)| community.standing == Standing::New);
    let rows = new.map(|(name, community)| communities::ActiveModel {
        id: Set(community.id.uuid()),
        name: Set(name.to_string()),
        created_at: Set(created_at),
    });
    insert_rows::<communities::Entity, _>(tx, rows.collect(), "insert communities").await
}

async fn insert_households(tx: &mut Tx, books: &Books) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let created_at = tx.now().timestamp_millis();
    let mut new: Vec<_> =
        books.households.iter().filter(|(_, household)| household.standing == Standing::New).collect();
    // Sorted, so that two imports founding the same households do it in the same order.
    new.sort_by_key(|(external_ref, _)| *external_ref);
    let entries = new.iter().map(|(external_ref, household)| household_refs::ActiveModel {
        external_ref: Set(external_ref.to_string()),
        household_id: Set(household.id.uuid()),
    });
    insert_rows::<household_refs::Entity, _>(tx, entries.collect(), "enter households into the directory").await?;
    let rows = new.iter().map(|(external_ref, household)| households::ActiveModel {
        household_id: Set(household.id.uuid()),
        external_ref: Set(external_ref.to_string()),
        name: Set(household.name.as_ref().map_or_else(|| external_ref.to_string(), Label::to_string)),
        community_id: Set(household.community.map(Id::uuid)),
        created_at: Set(created_at),
    });
    insert_rows::<households::Entity, _>(tx, rows.collect(), "insert households").await?;
    Ok(new.into_iter().map(|(_, household)| household.id).collect())
}

/// One statement a household: it happens once in a household's life.
async fn update_named_households(tx: &mut Tx, books: &Books) -> Result<(), Fault> {
    let named = books.households.iter().filter(|(_, household)| household.standing == Standing::Named);
    for (external_ref, household) in named {
        let row = households::ActiveModel {
            household_id: Set(household.id.uuid()),
            name: Set(household.name.as_ref().map_or_else(|| external_ref.to_string(), Label::to_string)),
            community_id: Set(household.community.map(Id::uuid)),
            ..Default::default()
        };
        row.update_without_returning(tx.connection()).await.doing("name a household")?;
    }
    Ok(())
}

fn new_persons(books: &Books) -> impl Iterator<Item = (&ExternalRef, &PersonBook)> {
    books.persons.iter().filter(|(_, person)| person.standing == Standing::New)
}

async fn insert_persons(tx: &mut Tx, books: &Books) -> Result<(), Fault> {
    let now = tx.now().timestamp_millis();
    let rows = new_persons(books).map(|(external_ref, person)| persons::ActiveModel {
        id: Set(person.id.uuid()),
        external_ref: Set(external_ref.to_string()),
        name: Set(person.name.to_string()),
        born_on: Set(person.born_on),
        email: Set(person.email.as_ref().map(ToString::to_string)),
        active_household_id: Set(person.household.map(|(household, _)| household.uuid())),
        created_at: Set(now),
        died_on: Set(None),
        language: Set(None),
    });
    insert_rows::<persons::Entity, _>(tx, rows.collect(), "insert persons").await?;
    let rows = new_persons(books).filter_map(|(_, person)| {
        let (household, role) = person.household?;
        Some(memberships::ActiveModel {
            household_id: Set(household.uuid()),
            person_id: Set(person.id.uuid()),
            role: Set(role.word().to_owned()),
            joined_at: Set(now),
            left_at: Set(None),
            left_by_choice: Set(None),
            spend_right: Set(None),
            weekly_points: Set(None),
        })
    });
    insert_rows::<memberships::Entity, _>(tx, rows.collect(), "insert memberships").await
}

/// Leaders and kin, after everybody they name.
async fn insert_ties(tx: &mut Tx, books: &Books) -> Result<(), Fault> {
    let now = tx.now().timestamp_millis();
    let rows = new_persons(books).flat_map(|(_, person)| {
        person.leads.iter().map(|community| leaders::ActiveModel {
            community_id: Set(community.uuid()),
            person_id: Set(person.id.uuid()),
            leads_since: Set(now),
            ended_at: Set(None),
            growth_share_permille: Set(0),
        })
    });
    insert_rows::<leaders::Entity, _>(tx, rows.collect(), "insert leaders").await?;
    let rows = new_persons(books).flat_map(|(_, relative)| {
        relative.kin.iter().map(|(senior, relation)| {
            let senior = senior.as_ref().and_then(|senior| books.persons.get(senior));
            kin_links::ActiveModel {
                senior_person_id: Set(senior.expect("rows without a known senior were refused").id.uuid()),
                relative_person_id: Set(relative.id.uuid()),
                relation: Set(relation.word().to_owned()),
                created_at: Set(now),
            }
        })
    });
    insert_rows::<kin_links::Entity, _>(tx, rows.collect(), "insert kin links").await
}

fn reference(text: &str) -> Result<ExternalRef, Fault> {
    text.parse().map_err(|_| Fault::inconsistent("read a reference of accounts"))
}
