//! Waiting lists. Whoever holds a perk's stock holds its waiting list.

use std::collections::{BTreeMap, BTreeSet};

use db::{Doing, Reader, Tx, insert_rows, is_any_id};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use super::rows::{perk_rows, stock_rows};
use crate::{Offer, PlaceOutcome, WaitingPlace};

type Places = BTreeMap<Id<kinds::Perk>, Vec<WaitingPlace>>;

/// The open places of these households on the lists of these perks, by number. The perks' stocks must be locked.
pub(super) async fn list_places_of(
    tx: &mut Tx,
    perks: &[Uuid],
    households: &[Id<kinds::Household>],
) -> Result<Places, Fault> {
    if perks.is_empty() || households.is_empty() {
        return Ok(Places::new());
    }
    let rows = place_rows::Entity::find()
        .filter(is_any_id(tx, place_rows::Column::HouseholdId, households.iter().map(|id| id.uuid())))
        .filter(is_any_id(tx, place_rows::Column::PerkId, perks.iter().copied()))
        .filter(place_rows::Column::EndedAt.is_null())
        .order_by_asc(place_rows::Column::Number)
        .all(tx.connection())
        .await;
    let mut places = Places::new();
    for row in rows.doing("list places on waiting lists")? {
        places.entry(Id::from_uuid(row.perk_id)).or_default().push(place(&row)?);
    }
    Ok(places)
}

/// Up to `limit` places of a perk whose turn it is, by number: those whose offer ended by now, then those next in line. Its stock
/// must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_places(tx: &mut Tx, perk: Id<kinds::Perk>, limit: u64) -> Result<Vec<WaitingPlace>, Fault> {
    let now = tx.now().timestamp_millis();
    let is_their_turn =
        Condition::any().add(place_rows::Column::OfferEndsAt.is_null()).add(place_rows::Column::OfferEndsAt.lte(now));
    let rows = place_rows::Entity::find()
        .filter(place_rows::Column::PerkId.eq(perk.uuid()))
        .filter(place_rows::Column::EndedAt.is_null())
        .filter(is_their_turn)
        .order_by_asc(place_rows::Column::Number)
        .limit(limit)
        // A household that goes into another takes its places along without holding the stock.
        .lock_exclusive()
        .all(tx.connection())
        .await;
    rows.doing("lock whose turn it is on a waiting list")?.iter().map(place).collect()
}

/// Enters a new place. The perk's stock must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_place(tx: &mut Tx, new: &WaitingPlace) -> Result<(), Fault> {
    let row = place_rows::ActiveModel {
        id: Set(new.id.uuid()),
        perk_id: Set(new.perk.uuid()),
        number: Set(i64::from(new.number)),
        household_id: Set(new.household.uuid()),
        came_by_id: Set(None),
        person_id: Set(new.person.uuid()),
        joined_at: Set(new.joined_at.timestamp_millis()),
        offered_at: Set(None),
        offer_ends_at: Set(None),
        outcome: Set(None),
        ended_at: Set(None),
    };
    insert_rows::<place_rows::Entity, _>(tx, vec![row], "insert a place on a waiting list").await
}

/// Writes what was offered to places and how they ended. Their perks' stocks must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_places(tx: &mut Tx, changed: &[WaitingPlace]) -> Result<(), Fault> {
    for place in changed {
        let millis = |at: Timestamp| at.timestamp_millis();
        // Whose it is may change meanwhile, so that is not written.
        let row = place_rows::ActiveModel {
            id: Set(place.id.uuid()),
            offered_at: Set(place.offer.map(|offer| millis(offer.made_at))),
            offer_ends_at: Set(place.offer.map(|offer| millis(offer.ends_at))),
            outcome: Set(place.ended.map(|(outcome, _)| outcome.word().to_owned())),
            ended_at: Set(place.ended.map(|(_, at)| millis(at))),
            ..Default::default()
        };
        row.update_without_returning(tx.connection()).await.doing("update a place on a waiting list")?;
    }
    Ok(())
}

/// Lets the open places of a household, as far as these joined, be another's. Call it holding both wallets.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_places_moved(
    tx: &mut Tx,
    (from, to): (Id<kinds::Household>, Id<kinds::Household>),
    is_moving: impl Fn(Id<kinds::Household>) -> bool,
) -> Result<(), Fault> {
    let rows = place_rows::Entity::find()
        .filter(place_rows::Column::HouseholdId.eq(from.uuid()))
        .filter(place_rows::Column::EndedAt.is_null())
        .order_by_asc(place_rows::Column::Id)
        .all(tx.connection())
        .await
        .doing("list the places of a household on waiting lists")?;
    for row in rows {
        let came_by = Id::from_uuid(row.came_by_id.unwrap_or(row.household_id));
        if !is_moving(came_by) {
            continue;
        }
        let moved = place_rows::ActiveModel {
            id: Set(row.id),
            household_id: Set(to.uuid()),
            came_by_id: Set((came_by != to).then(|| came_by.uuid())),
            ..Default::default()
        };
        moved.update_without_returning(tx.connection()).await.doing("take a place on a waiting list along")?;
    }
    Ok(())
}

/// Up to `limit` perks where something is due: an offer that ended, or something left while somebody waits, or somebody who waits
/// for what has closed.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_due_perks(reader: &Reader, now: Timestamp, limit: u64) -> Result<Vec<Id<kinds::Perk>>, Fault> {
    let ended = place_rows::Entity::find()
        .select_only()
        .column(place_rows::Column::PerkId)
        .distinct()
        .filter(place_rows::Column::EndedAt.is_null())
        .filter(place_rows::Column::OfferEndsAt.lte(now.timestamp_millis()))
        .limit(limit)
        .into_tuple::<Uuid>()
        .all(reader.connection())
        .await
        .doing("list perks with offers that ended")?;
    let waited_for = stock_rows::Entity::find()
        .filter(stock_rows::Column::Waiting.gt(0))
        .order_by_asc(stock_rows::Column::PerkId)
        .all(reader.connection())
        .await
        .doing("list perks that are waited for")?;
    let ids = waited_for.iter().map(|row| row.perk_id);
    let perks = perk_rows::Entity::find().filter(perk_rows::Column::Id.is_in(ids)).all(reader.connection()).await;
    let perks: BTreeMap<Uuid, perk_rows::Model> =
        perks.doing("load perks that are waited for")?.into_iter().map(|row| (row.id, row)).collect();
    let is_due = |row: &&stock_rows::Model| {
        let Some(perk) = perks.get(&row.perk_id) else { return false };
        let has_closed = perk.closes_at.is_some_and(|at| at <= now.timestamp_millis());
        has_closed || (perk.is_open && row.taken + row.offered < row.total)
    };
    let left = waited_for.iter().filter(is_due).map(|row| row.perk_id);
    let due: BTreeSet<Uuid> = ended.into_iter().chain(left).collect();
    Ok(due.into_iter().map(Id::from_uuid).collect())
}

/// A household's open places, by perk and number; no more than it could have taken.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_open_places(
    reader: &Reader,
    household: Id<kinds::Household>,
    limit: u64,
) -> Result<Vec<WaitingPlace>, Fault> {
    let rows = place_rows::Entity::find()
        .filter(place_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(place_rows::Column::EndedAt.is_null())
        .order_by_asc(place_rows::Column::PerkId)
        .order_by_asc(place_rows::Column::Number)
        .limit(limit)
        .all(reader.connection())
        .await;
    rows.doing("list a household's places on waiting lists")?.iter().map(place).collect()
}

/// Up to `limit` places on waiting lists that a person took, ended ones included, the newest first. Reads the lists through: for what
/// is rare.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_places_of_person(
    reader: &Reader,
    person: Id<kinds::Person>,
    limit: u64,
) -> Result<Vec<WaitingPlace>, Fault> {
    let rows = place_rows::Entity::find()
        .filter(place_rows::Column::PersonId.eq(person.uuid()))
        .order_by_desc(place_rows::Column::Id)
        .limit(limit)
        .all(reader.connection())
        .await;
    rows.doing("list the places a person took on waiting lists")?.iter().map(place).collect()
}

/// How many wait for a perk with a smaller number, those with an offer not counted.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_before(reader: &Reader, perk: Id<kinds::Perk>, number: u32) -> Result<u64, Fault> {
    place_rows::Entity::find()
        .filter(place_rows::Column::PerkId.eq(perk.uuid()))
        .filter(place_rows::Column::EndedAt.is_null())
        .filter(place_rows::Column::OfferedAt.is_null())
        .filter(place_rows::Column::Number.lt(i64::from(number)))
        .count(reader.connection())
        .await
        .doing("count who waits before a place")
}

/// Up to `limit` households with an open place on the list of a perk.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_waiting_households(
    reader: &Reader,
    perk: Id<kinds::Perk>,
    limit: u64,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let rows: Vec<Uuid> = place_rows::Entity::find()
        .select_only()
        .column(place_rows::Column::HouseholdId)
        .distinct()
        .filter(place_rows::Column::PerkId.eq(perk.uuid()))
        .filter(place_rows::Column::EndedAt.is_null())
        .order_by_asc(place_rows::Column::HouseholdId)
        .limit(limit)
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("list who waits for a perk")?;
    Ok(rows.into_iter().map(Id::from_uuid).collect())
}

/// From where in the waiting list of a perk to read on. Places run by number, which is the order of joining.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitingPosition {
    /// Those after this number; from the first, without one.
    After(Option<u32>),
    /// Those before this number; the last ones, without one.
    Before(Option<u32>),
}

/// Up to `limit` open places on the list of a perk, by number.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_waiting_places(
    reader: &Reader,
    perk: Id<kinds::Perk>,
    position: WaitingPosition,
    limit: u64,
) -> Result<Vec<WaitingPlace>, Fault> {
    let number = place_rows::Column::Number;
    let mut query = place_rows::Entity::find()
        .filter(place_rows::Column::PerkId.eq(perk.uuid()))
        .filter(place_rows::Column::EndedAt.is_null())
        .limit(limit);
    query = match position {
        WaitingPosition::After(None) => query.order_by_asc(number),
        WaitingPosition::After(Some(after)) => query.filter(number.gt(i64::from(after))).order_by_asc(number),
        WaitingPosition::Before(None) => query.order_by_desc(number),
        WaitingPosition::Before(Some(before)) => query.filter(number.lt(i64::from(before))).order_by_desc(number),
    };
    let rows = query.all(reader.connection()).await.doing("list the waiting list of a perk")?;
    let mut places = rows.iter().map(place).collect::<Result<Vec<_>, Fault>>()?;
    places.sort_unstable_by_key(|place| place.number);
    Ok(places)
}

fn place(row: &place_rows::Model) -> Result<WaitingPlace, Fault> {
    let impossible = || Fault::inconsistent("read a place on a waiting list: a column is out of range");
    let instant = |millis| Timestamp::from_timestamp_millis(millis).ok_or_else(impossible);
    let offer = row.offered_at.zip(row.offer_ends_at).map(|(made_at, ends_at)| -> Result<Offer, Fault> {
        Ok(Offer { made_at: instant(made_at)?, ends_at: instant(ends_at)? })
    });
    let ended = row.outcome.as_deref().zip(row.ended_at).map(|(word, at)| -> Result<_, Fault> {
        Ok((PlaceOutcome::from_word(word).ok_or_else(impossible)?, instant(at)?))
    });
    Ok(WaitingPlace {
        id: Id::from_uuid(row.id),
        perk: Id::from_uuid(row.perk_id),
        number: u32::try_from(row.number).map_err(|_| impossible())?,
        household: Id::from_uuid(row.household_id),
        came_by: Id::from_uuid(row.came_by_id.unwrap_or(row.household_id)),
        person: Id::from_uuid(row.person_id),
        joined_at: instant(row.joined_at)?,
        offer: offer.transpose()?,
        ended: ended.transpose()?,
    })
}

mod place_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "waiting_places")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub perk_id: Uuid,
        pub number: i64,
        pub household_id: Uuid,
        pub came_by_id: Option<Uuid>,
        pub person_id: Uuid,
        pub joined_at: i64,
        pub offered_at: Option<i64>,
        pub offer_ends_at: Option<i64>,
        pub outcome: Option<String>,
        pub ended_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
