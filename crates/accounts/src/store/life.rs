use db::{Doing, Reader, Tx, insert_rows, upsert_rows};
use kernel::{BusinessDate, EmailAddress, Fault, Id, Label, Timestamp, kinds};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::{
    address, instant, label, role,
    rows::{household_refs, households, kin_links, memberships, ownership_offers, persons},
};
use crate::{Departure, KinView, Newcomer, OwnershipOffer, Relation, Role};

/// A person whose row is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedPerson {
    /// The name.
    pub name: Label,
    /// Where codes go.
    pub address: Option<EmailAddress>,
    /// The day of birth, when it is known.
    pub born_on: Option<BusinessDate>,
    /// The household the person lives by.
    pub household: Option<Id<kinds::Household>>,
}

/// Locks a person's row: nobody else moves the person meanwhile.
///
/// # Errors
/// A [`Fault`] of the database, or when there is no such person.
pub async fn lock_person(tx: &mut Tx, id: Id<kinds::Person>) -> Result<LockedPerson, Fault> {
    let row = persons::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx.connection()).await;
    let row = row.doing("lock a person")?.ok_or_else(|| Fault::inconsistent("find a person to lock"))?;
    Ok(LockedPerson {
        name: label(&row.name)?,
        address: row.email.as_deref().map(address).transpose()?,
        born_on: row.born_on,
        household: row.active_household_id.map(Id::from_uuid),
    })
}

/// Locks households, by id; the name and the community of each that is there.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_households(
    tx: &mut Tx,
    ids: &[Id<kinds::Household>],
) -> Result<Vec<(Id<kinds::Household>, Label, Option<Id<kinds::Community>>)>, Fault> {
    let rows = households::Entity::find()
        .filter(households::Column::HouseholdId.is_in(ids.iter().map(|id| id.uuid())))
        .order_by_asc(households::Column::HouseholdId)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock households")?;
    let household = |row: households::Model| {
        Ok((Id::from_uuid(row.household_id), label(&row.name)?, row.community_id.map(Id::from_uuid)))
    };
    rows.into_iter().map(household).collect()
}

/// Locks everybody who belongs to a household now, by person.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_members(
    tx: &mut Tx,
    household: Id<kinds::Household>,
) -> Result<Vec<(Id<kinds::Person>, Role)>, Fault> {
    let rows = memberships::Entity::find()
        .filter(memberships::Column::HouseholdId.eq(household.uuid()))
        .filter(memberships::Column::LeftAt.is_null())
        .order_by_asc(memberships::Column::PersonId)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock the members of a household")?;
    rows.into_iter().map(|row| Ok((Id::from_uuid(row.person_id), role(&row.role)?))).collect()
}

/// When a locked person last left a household by their own act.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_last_left(tx: &mut Tx, person: Id<kinds::Person>) -> Result<Option<Timestamp>, Fault> {
    let left: Vec<Option<i64>> = memberships::Entity::find()
        .select_only()
        .column(memberships::Column::LeftAt)
        .filter(memberships::Column::PersonId.eq(person.uuid()))
        .filter(memberships::Column::LeftAt.is_not_null())
        .filter(memberships::Column::LeftByChoice.is_null().or(memberships::Column::LeftByChoice.eq(true)))
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("find when a person left a household")?;
    left.into_iter().flatten().max().map(instant).transpose()
}

/// Lets a locked person belong to a locked household from now on, as a new member or again.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_membership(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    person: Id<kinds::Person>,
    role: Role,
) -> Result<(), Fault> {
    let row = memberships::ActiveModel {
        household_id: Set(household.uuid()),
        person_id: Set(person.uuid()),
        role: Set(role.word().to_owned()),
        joined_at: Set(tx.now().timestamp_millis()),
        left_at: Set(None),
        left_by_choice: Set(None),
        spend_right: Set(None),
        weekly_points: Set(None),
    };
    let key = [memberships::Column::HouseholdId, memberships::Column::PersonId];
    let replaced = [
        memberships::Column::Role,
        memberships::Column::JoinedAt,
        memberships::Column::LeftAt,
        memberships::Column::LeftByChoice,
        memberships::Column::SpendRight,
        memberships::Column::WeeklyPoints,
    ];
    upsert_rows::<memberships::Entity, _>(tx, vec![row], &key, &replaced, "insert a membership").await?;
    update_active_household(tx, person, Some(household)).await
}

/// Ends a locked membership; the person belongs nowhere until another begins.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_membership_left(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    person: Id<kinds::Person>,
    departure: Departure,
) -> Result<(), Fault> {
    let row = memberships::ActiveModel {
        household_id: Set(household.uuid()),
        person_id: Set(person.uuid()),
        left_at: Set(Some(tx.now().timestamp_millis())),
        left_by_choice: Set(Some(departure.is_choice())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("end a membership")?;
    update_active_household(tx, person, None).await
}

pub(super) async fn update_active_household(
    tx: &mut Tx,
    person: Id<kinds::Person>,
    household: Option<Id<kinds::Household>>,
) -> Result<(), Fault> {
    let row = persons::ActiveModel {
        id: Set(person.uuid()),
        active_household_id: Set(household.map(Id::uuid)),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("say where a person belongs").map(|_| ())
}

/// Writes the roles of two members who change places: the old owner's first, since a household has one owner at most.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_owner(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    from: Id<kinds::Person>,
    to: Id<kinds::Person>,
) -> Result<(), Fault> {
    for (person, role) in [(from, Role::Adult), (to, Role::Owner)] {
        let row = memberships::ActiveModel {
            household_id: Set(household.uuid()),
            person_id: Set(person.uuid()),
            role: Set(role.word().to_owned()),
            // An owner may spend all there is, whatever was set before.
            spend_right: Set(None),
            weekly_points: Set(None),
            ..Default::default()
        };
        row.update_without_returning(tx.connection()).await.doing("hand a household over")?;
    }
    Ok(())
}

/// Founds a household by its own id: the operator may give it a number later. It has no wallet yet.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_household(
    tx: &mut Tx,
    id: Id<kinds::Household>,
    name: &Label,
    community: Option<Id<kinds::Community>>,
) -> Result<(), Fault> {
    let entry = household_refs::ActiveModel { external_ref: Set(id.to_string()), household_id: Set(id.uuid()) };
    insert_rows::<household_refs::Entity, _>(tx, vec![entry], "enter a household into the directory").await?;
    let row = households::ActiveModel {
        household_id: Set(id.uuid()),
        external_ref: Set(id.to_string()),
        name: Set(name.to_string()),
        community_id: Set(community.map(Id::uuid)),
        created_at: Set(tx.now().timestamp_millis()),
    };
    insert_rows::<households::Entity, _>(tx, vec![row], "found a household").await
}

/// Inserts a person who was invited and proved the address; known to the operator by its own id until the operator gives a number.
///
/// # Errors
/// A [`Fault`] of the database; contention when another became known by this address meanwhile.
pub async fn insert_newcomer(tx: &mut Tx, newcomer: &Newcomer) -> Result<(), Fault> {
    let row = persons::ActiveModel {
        id: Set(newcomer.person.uuid()),
        external_ref: Set(newcomer.person.to_string()),
        name: Set(newcomer.name.to_string()),
        born_on: Set(None),
        email: Set(Some(newcomer.address.to_string())),
        active_household_id: Set(None),
        created_at: Set(tx.now().timestamp_millis()),
        died_on: Set(None),
        language: Set(None),
    };
    insert_rows::<persons::Entity, _>(tx, vec![row], "insert a person").await
}

/// Links two persons as kin, or says anew what they are to each other.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_kin_link(
    tx: &mut Tx,
    senior: Id<kinds::Person>,
    relative: Id<kinds::Person>,
    relation: Relation,
) -> Result<(), Fault> {
    let row = kin_links::ActiveModel {
        senior_person_id: Set(senior.uuid()),
        relative_person_id: Set(relative.uuid()),
        relation: Set(relation.word().to_owned()),
        created_at: Set(tx.now().timestamp_millis()),
    };
    let key = [kin_links::Column::SeniorPersonId, kin_links::Column::RelativePersonId];
    let replaced = [kin_links::Column::Relation];
    upsert_rows::<kin_links::Entity, _>(tx, vec![row], &key, &replaced, "link kin").await
}

/// Ends the link between two persons, whichever is the senior. Whether there was one.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn delete_kin_link(tx: &mut Tx, one: Id<kinds::Person>, other: Id<kinds::Person>) -> Result<bool, Fault> {
    let between = |senior: Id<kinds::Person>, relative: Id<kinds::Person>| {
        kin_links::Column::SeniorPersonId.eq(senior.uuid()).and(kin_links::Column::RelativePersonId.eq(relative.uuid()))
    };
    let deleted = kin_links::Entity::delete_many()
        .filter(between(one, other).or(between(other, one)))
        .exec(tx.connection())
        .await
        .doing("end a kin link")?;
    Ok(deleted.rows_affected > 0)
}

/// The kin of a person, on either side, the longest linked first; at most `limit`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_kin_views(reader: &Reader, person: Id<kinds::Person>, limit: u64) -> Result<Vec<KinView>, Fault> {
    let rows = kin_links::Entity::find()
        .filter(
            kin_links::Column::SeniorPersonId
                .eq(person.uuid())
                .or(kin_links::Column::RelativePersonId.eq(person.uuid())),
        )
        .order_by_asc(kin_links::Column::CreatedAt)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list kin")?;
    let other = |row: &kin_links::Model| {
        let is_senior = row.senior_person_id != person.uuid();
        (Id::from_uuid(if is_senior { row.senior_person_id } else { row.relative_person_id }), is_senior)
    };
    let ids: Vec<Id<kinds::Person>> = rows.iter().map(|row| other(row).0).collect();
    let names = super::find_names(reader, &ids).await?;
    let view = |row: &kin_links::Model| {
        let (person, is_senior) = other(row);
        let relation = row.relation.parse().map_err(|_| Fault::inconsistent("read the relation of a kin link"))?;
        let name = names.get(&person).cloned().ok_or_else(|| Fault::inconsistent("find the name of kin"))?;
        Ok(KinView { person, name, is_senior, relation, linked_at: instant(row.created_at)? })
    };
    rows.iter().map(view).collect()
}

/// Writes an offer of ownership over any before it; its household must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_ownership_offer(tx: &mut Tx, offer: &OwnershipOffer) -> Result<(), Fault> {
    let row = ownership_offers::ActiveModel {
        household_id: Set(offer.household.uuid()),
        offered_by: Set(offer.offered_by.uuid()),
        offered_to: Set(offer.offered_to.uuid()),
        offered_at: Set(offer.offered_at.timestamp_millis()),
        expires_at: Set(offer.expires_at.timestamp_millis()),
    };
    let key = [ownership_offers::Column::HouseholdId];
    let replaced = [
        ownership_offers::Column::OfferedBy,
        ownership_offers::Column::OfferedTo,
        ownership_offers::Column::OfferedAt,
        ownership_offers::Column::ExpiresAt,
    ];
    upsert_rows::<ownership_offers::Entity, _>(tx, vec![row], &key, &replaced, "offer a household").await
}

/// The offer of a locked household, lapsed or not.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_ownership_offer(
    tx: &mut Tx,
    household: Id<kinds::Household>,
) -> Result<Option<OwnershipOffer>, Fault> {
    let row = ownership_offers::Entity::find_by_id(household.uuid()).lock_exclusive().one(tx.connection()).await;
    row.doing("lock an offer of ownership")?.map(offer).transpose()
}

/// The offer of a household, lapsed or not.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_ownership_offer(
    reader: &Reader,
    household: Id<kinds::Household>,
) -> Result<Option<OwnershipOffer>, Fault> {
    let row = ownership_offers::Entity::find_by_id(household.uuid()).one(reader.connection()).await;
    row.doing("find an offer of ownership")?.map(offer).transpose()
}

/// Forgets the offer of a locked household.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn delete_ownership_offer(tx: &mut Tx, household: Id<kinds::Household>) -> Result<(), Fault> {
    let done = ownership_offers::Entity::delete_by_id(household.uuid()).exec(tx.connection()).await;
    done.doing("forget an offer of ownership").map(|_| ())
}

fn offer(row: ownership_offers::Model) -> Result<OwnershipOffer, Fault> {
    Ok(OwnershipOffer {
        household: Id::from_uuid(row.household_id),
        offered_by: Id::from_uuid(row.offered_by),
        offered_to: Id::from_uuid(row.offered_to),
        offered_at: instant(row.offered_at)?,
        expires_at: instant(row.expires_at)?,
    })
}
