use std::collections::HashMap;

use db::{Doing, Reader, Tx, is_any_id, is_any_text};
use kernel::{EmailAddress, ExternalRef, Fault, Id, Label, Locale, kinds};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef,
    RelationTrait, Select,
    sea_query::{Condition, Expr, LockType},
};
use uuid::Uuid;

use super::{
    address, label, place, role,
    rows::{memberships, persons},
};
use crate::{PersonPlace, PersonView, Role};

/// Joins a membership to its person where it is the one the person lives by now.
pub(super) fn active_membership() -> RelationDef {
    memberships::Relation::Person.def().on_condition(|_, _| {
        let active = Expr::col((persons::Entity, persons::Column::ActiveHouseholdId));
        let is_active = active.equals((memberships::Entity, memberships::Column::HouseholdId));
        let is_member = Expr::col((memberships::Entity, memberships::Column::LeftAt)).is_null();
        Condition::all().add(is_active).add(is_member)
    })
}

/// Locks where persons belong, in person order, so that what they may do is judged on what holds until the commit.
///
/// Persons without a household are missing from the answer.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_memberships(
    tx: &mut Tx,
    people: &[Id<kinds::Person>],
) -> Result<HashMap<Id<kinds::Person>, (Id<kinds::Household>, Role)>, Fault> {
    let mut select = active_memberships(tx, people).order_by_asc(memberships::Column::PersonId);
    // Only the membership: locking the person too would make a redemption wait for the insert of anything that refers
    // to it.
    QuerySelect::query(&mut select).lock_with_tables(LockType::Update, [memberships::Entity]);
    let rows = select.all(tx.connection()).await.doing("lock memberships")?;
    rows.into_iter()
        .map(|row| Ok((Id::from_uuid(row.person_id), (Id::from_uuid(row.household_id), role(&row.role)?))))
        .collect()
}

/// To which households persons belong, without a lock: nothing to judge by.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_households_of(
    tx: &mut Tx,
    people: &[Id<kinds::Person>],
) -> Result<HashMap<Id<kinds::Person>, Id<kinds::Household>>, Fault> {
    let rows =
        active_memberships(tx, people).all(tx.connection()).await.doing("find to which households persons belong")?;
    Ok(rows.into_iter().map(|row| (Id::from_uuid(row.person_id), Id::from_uuid(row.household_id))).collect())
}

/// To which households persons belonged once, and do not any more.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_past_households(
    tx: &mut Tx,
    people: &[Id<kinds::Person>],
) -> Result<Vec<(Id<kinds::Household>, Id<kinds::Person>)>, Fault> {
    let are_wanted = is_any_id(tx, memberships::Column::PersonId, people.iter().map(|id| id.uuid()));
    let rows: Vec<(Uuid, Uuid)> = memberships::Entity::find()
        .select_only()
        .columns([memberships::Column::HouseholdId, memberships::Column::PersonId])
        .filter(are_wanted)
        .filter(memberships::Column::LeftAt.is_not_null())
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("list to which households persons belonged")?;
    Ok(rows.into_iter().map(|(household, person)| (Id::from_uuid(household), Id::from_uuid(person))).collect())
}

fn active_memberships(tx: &Tx, people: &[Id<kinds::Person>]) -> Select<memberships::Entity> {
    memberships::Entity::find().join(JoinType::InnerJoin, active_membership()).filter(is_any_id(
        tx,
        memberships::Column::PersonId,
        people.iter().map(|id| id.uuid()),
    ))
}

/// Locks where one person belongs; `None` for somebody without a household.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_membership(
    tx: &mut Tx,
    person: Id<kinds::Person>,
) -> Result<Option<(Id<kinds::Household>, Role)>, Fault> {
    Ok(lock_memberships(tx, &[person]).await?.remove(&person))
}

/// Who has a mail address.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_person_by_address(tx: &mut Tx, address: &EmailAddress) -> Result<Option<Id<kinds::Person>>, Fault> {
    let id: Option<Uuid> = persons::Entity::find()
        .select_only()
        .column(persons::Column::Id)
        .filter(persons::Column::Email.eq(address.as_str()))
        .into_tuple()
        .one(tx.connection())
        .await
        .doing("find a person by address")?;
    Ok(id.map(Id::from_uuid))
}

#[derive(Debug, FromQueryResult)]
struct PlaceRow {
    id: Uuid,
    external_ref: String,
    household_id: Option<Uuid>,
    role: Option<String>,
}

/// Persons by the operator's numbers, with where they belong. Numbers nobody has are missing from the answer.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_person_refs(tx: &mut Tx, refs: &[ExternalRef]) -> Result<HashMap<ExternalRef, PersonPlace>, Fault> {
    let wanted: HashMap<&str, &ExternalRef> =
        refs.iter().map(|external_ref| (external_ref.as_str(), external_ref)).collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<PlaceRow> = persons::Entity::find()
        .select_only()
        .columns([persons::Column::Id, persons::Column::ExternalRef])
        .columns([memberships::Column::HouseholdId, memberships::Column::Role])
        .join(JoinType::LeftJoin, active_membership().rev())
        .filter(is_any_text(tx, persons::Column::ExternalRef, wanted.keys().copied()))
        .into_model()
        .all(tx.connection())
        .await
        .doing("find persons by reference")?;
    let mut places = HashMap::with_capacity(rows.len());
    for row in rows {
        let household = place(row.household_id, row.role.as_deref())?;
        let external_ref = wanted.get(row.external_ref.as_str()).expect("only wanted references were asked for");
        places.insert((*external_ref).clone(), PersonPlace { person: Id::from_uuid(row.id), household });
    }
    Ok(places)
}

/// The operator's number of a person; their own id where they came to be without one. `None`: nobody has this id.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_person_number(reader: &Reader, id: Id<kinds::Person>) -> Result<Option<ExternalRef>, Fault> {
    let row = persons::Entity::find_by_id(id.uuid()).one(reader.connection()).await.doing("find a person's number")?;
    let number = row.map(|row| row.external_ref.parse().map_err(|_| Fault::inconsistent("read a person's number")));
    number.transpose()
}

/// The names of persons, for people to read.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_names(
    reader: &Reader,
    people: &[Id<kinds::Person>],
) -> Result<HashMap<Id<kinds::Person>, Label>, Fault> {
    if people.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String)> = persons::Entity::find()
        .select_only()
        .columns([persons::Column::Id, persons::Column::Name])
        .filter(persons::Column::Id.is_in(people.iter().map(|id| id.uuid())))
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("find the names of persons")?;
    rows.into_iter().map(|(id, name)| Ok((Id::from_uuid(id), label(&name)?))).collect()
}

/// A person, with where the person belongs.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_person(reader: &Reader, id: Id<kinds::Person>) -> Result<Option<PersonView>, Fault> {
    let row = persons::Entity::find_by_id(id.uuid())
        .select_also(memberships::Entity)
        .join(JoinType::LeftJoin, active_membership().rev())
        .one(reader.connection())
        .await
        .doing("find a person")?;
    let Some((person, membership)) = row else { return Ok(None) };
    let household = membership.map(|row| Ok((Id::from_uuid(row.household_id), role(&row.role)?))).transpose()?;
    view(person, household).map(Some)
}

/// Writes in which language a person reads mails; with `only_if_unknown`, unless that is known already.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_locale(
    tx: &mut Tx,
    person: Id<kinds::Person>,
    locale: Locale,
    only_if_unknown: bool,
) -> Result<(), Fault> {
    let mut changed = persons::Entity::update_many()
        .col_expr(persons::Column::Language, Expr::value(locale.tag()))
        .filter(persons::Column::Id.eq(person.uuid()));
    if only_if_unknown {
        changed = changed.filter(persons::Column::Language.is_null());
    }
    changed.exec(tx.connection()).await.doing("keep in which language a person reads").map(drop)
}

fn locale(stored: Option<&str>) -> Result<Locale, Fault> {
    let all = [Locale::ZhCn, Locale::En];
    let known = stored.map(|tag| all.into_iter().find(|locale| locale.tag() == tag));
    known.unwrap_or_else(|| Some(Locale::default())).ok_or_else(|| Fault::inconsistent("read a person's language"))
}

pub(super) fn view(
    person: persons::Model,
    household: Option<(Id<kinds::Household>, Role)>,
) -> Result<PersonView, Fault> {
    Ok(PersonView {
        id: Id::from_uuid(person.id),
        name: label(&person.name)?,
        address: person.email.as_deref().map(address).transpose()?,
        born_on: person.born_on,
        locale: locale(person.language.as_deref())?,
        household,
    })
}
