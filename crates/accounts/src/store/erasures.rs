use db::{Doing, Reader, Tx, insert_rows};
use kernel::{Fault, Id, IdGenerator, Timestamp, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Condition, Expr, LockType},
};
use uuid::Uuid;

use super::{
    instant,
    privacy_rows::{blocked_persons, consents, contact_index, contacts, erasures, health_tags},
    rows::{earlier_leader_terms, households, kin_links, leaders, memberships, persons, sessions, sign_in_challenges},
};
use crate::{Binding, ERASED_NAME, Erasure, ErasureState, HealthKeys};

/// Inserts an erasure. Hold the person.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_erasure(tx: &mut Tx, erasure: &Erasure) -> Result<(), Fault> {
    let row = erasures::ActiveModel {
        id: Set(erasure.id.uuid()),
        person_id: Set(erasure.person.uuid()),
        state: Set(erasure.state.word().to_owned()),
        basis: Set(erasure.basis.word().to_owned()),
        requested_at: Set(erasure.requested_at.timestamp_millis()),
        blocks_at: Set(erasure.blocks_at.timestamp_millis()),
        erases_at: Set(erasure.erases_at.timestamp_millis()),
        cancelled_at: Set(None),
        blocked_at: Set(None),
        erased_at: Set(None),
    };
    insert_rows::<erasures::Entity, _>(tx, vec![row], "insert an erasure").await
}

/// Locks the erasure of a person that is under way or done; cancelled ones are none. Hold the person.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_erasure(tx: &mut Tx, person: Id<kinds::Person>) -> Result<Option<Erasure>, Fault> {
    let row = erasures::Entity::find()
        .filter(erasures::Column::PersonId.eq(person.uuid()))
        .filter(erasures::Column::State.ne(ErasureState::Cancelled.word()))
        .lock(LockType::Update)
        .one(tx.connection())
        .await
        .doing("lock an erasure")?;
    row.map(erasure).transpose()
}

/// The newest erasure of a person, cancelled or not.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_erasure(reader: &Reader, person: Id<kinds::Person>) -> Result<Option<Erasure>, Fault> {
    let row = erasures::Entity::find()
        .filter(erasures::Column::PersonId.eq(person.uuid()))
        .order_by_desc(erasures::Column::Id)
        .limit(1)
        .one(reader.connection())
        .await
        .doing("find an erasure")?;
    row.map(erasure).transpose()
}

/// Whose erasures have a step to take at `now`; at most `limit` persons. What it returns is judged again under lock.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_erasures_due(reader: &Reader, now: Timestamp, limit: u64) -> Result<Vec<Id<kinds::Person>>, Fault> {
    let now = now.timestamp_millis();
    let to_block = Condition::all()
        .add(erasures::Column::State.eq(ErasureState::Requested.word()))
        .add(erasures::Column::BlocksAt.lte(now));
    let to_erase = Condition::all()
        .add(erasures::Column::State.eq(ErasureState::Blocked.word()))
        .add(erasures::Column::ErasesAt.lte(now));
    let people: Vec<Uuid> = erasures::Entity::find()
        .select_only()
        .column(erasures::Column::PersonId)
        .filter(Condition::any().add(to_block).add(to_erase))
        .order_by_asc(erasures::Column::BlocksAt)
        .limit(limit)
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("list the erasures that are due")?;
    Ok(people.into_iter().map(Id::from_uuid).collect())
}

/// Keeps how far an erasure is.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_erasure(tx: &mut Tx, erasure: &Erasure) -> Result<(), Fault> {
    let now = Set(Some(tx.now().timestamp_millis()));
    let mut row = erasures::ActiveModel {
        id: Set(erasure.id.uuid()),
        state: Set(erasure.state.word().to_owned()),
        ..Default::default()
    };
    match erasure.state {
        ErasureState::Requested => {}
        ErasureState::Cancelled => row.cancelled_at = now,
        ErasureState::Blocked => row.blocked_at = now,
        ErasureState::Erased => row.erased_at = now,
    }
    row.update_without_returning(tx.connection()).await.doing("keep the state of an erasure").map(drop)
}

/// Ends every session of a person.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_sessions_revoked(tx: &mut Tx, person: Id<kinds::Person>) -> Result<u64, Fault> {
    let revoked = sessions::Entity::update_many()
        .col_expr(sessions::Column::RevokedAt, Expr::value(tx.now().timestamp_millis()))
        .filter(sessions::Column::PersonId.eq(person.uuid()))
        .filter(sessions::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await
        .doing("revoke the sessions of a person")?;
    Ok(revoked.rows_affected)
}

/// How many others belong to a household now, of whom one can own it.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_other_members(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    person: Id<kinds::Person>,
) -> Result<usize, Fault> {
    let others: Vec<Uuid> = memberships::Entity::find()
        .select_only()
        .column(memberships::Column::PersonId)
        .filter(memberships::Column::HouseholdId.eq(household.uuid()))
        .filter(memberships::Column::PersonId.ne(person.uuid()))
        .filter(memberships::Column::LeftAt.is_null())
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("count the other members of a household")?;
    Ok(others.len())
}

/// Seals what identifies a person away, where the law has it kept: from now on only who has the keys and the row reads it.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_blocked_person(
    tx: &mut Tx,
    keys: &HealthKeys,
    chance: &IdGenerator,
    erasure: &Erasure,
) -> Result<(), Fault> {
    let (person, id) = (erasure.person.uuid(), erasure.id.uuid());
    let row = persons::Entity::find_by_id(person).one(tx.connection()).await.doing("read a person")?;
    let row = row.ok_or_else(|| Fault::inconsistent("find the person of an erasure"))?;
    let contacts = contacts::Entity::find_by_id(person).one(tx.connection()).await.doing("read contacts")?;
    let phone = contacts.and_then(|contacts| contacts.phone).unwrap_or_default();
    let born_on = row.born_on.map(|day| day.to_string()).unwrap_or_default();
    // A line each: no name holds a control character.
    let facts = [row.name, born_on, row.email.unwrap_or_default(), phone].join("\n");
    let sealed = keys.seal(&facts, binding(&person, &id), chance);
    let row = blocked_persons::ActiveModel {
        person_id: Set(person),
        erasure_id: Set(id),
        key_id: Set(sealed.key_id),
        nonce: Set(sealed.nonce),
        sealed: Set(sealed.sealed),
    };
    insert_rows::<blocked_persons::Entity, _>(tx, vec![row], "seal a blocked person away").await
}

/// What seals a blocked person's facts to their row.
pub(super) fn binding<'a>(person: &'a Uuid, erasure: &'a Uuid) -> Binding<'a> {
    Binding { table: "blocked_persons", ids: [person.as_bytes(), erasure.as_bytes()] }
}

/// Deletes the sealed rest.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_blocked_person_erased(tx: &mut Tx, person: Id<kinds::Person>) -> Result<(), Fault> {
    let rest = blocked_persons::Entity::delete_by_id(person.uuid());
    rest.exec(tx.connection()).await.doing("delete what was kept of a blocked person").map(drop)
}

/// Leaves of a person an empty shell: its id, which old rows name, and the operator's own number. Everything that identifies, ties
/// or lets in goes. Hold the person. Returns the household the person left, if one.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_person_erased(
    tx: &mut Tx,
    person: Id<kinds::Person>,
) -> Result<Option<Id<kinds::Household>>, Fault> {
    let household = leave(tx, person).await?;
    shut_out(tx, person).await?;
    let shell = persons::ActiveModel {
        id: Set(person.uuid()),
        name: Set(ERASED_NAME.to_owned()),
        born_on: Set(None),
        email: Set(None),
        active_household_id: Set(None),
        language: Set(None),
        ..Default::default()
    };
    shell.update_without_returning(tx.connection()).await.doing("empty a person")?;
    Ok(household)
}

/// Takes away what ties a person, lets one in or is nobody's business any more: invitations, contacts, kin, what one leads, health
/// tags, consents, sessions, codes. Hold the person, whose address is still there.
pub(super) async fn shut_out(tx: &mut Tx, person: Id<kinds::Person>) -> Result<(), Fault> {
    super::invitations::update_invitations_forgotten(tx, person).await?;
    let contacts = contacts::ActiveModel { id: Set(person.uuid()), phone: Set(None), ..Default::default() };
    contacts.update_without_returning(tx.connection()).await.doing("delete the contacts of a person")?;
    contact_index::Entity::delete_many()
        .filter(contact_index::Column::PersonId.eq(person.uuid()))
        .exec(tx.connection())
        .await
        .doing("take a person out of the contact index")?;
    untie(tx, person).await?;
    health_tags::Entity::delete_many()
        .filter(health_tags::Column::PersonId.eq(person.uuid()))
        .exec(tx.connection())
        .await
        .doing("delete the health tags of a person")?;
    consents::Entity::update_many()
        .col_expr(consents::Column::WithdrawnAt, Expr::value(tx.now().timestamp_millis()))
        .col_expr(consents::Column::WithdrawnByPersonId, Expr::value(person.uuid()))
        .filter(consents::Column::PersonId.eq(person.uuid()))
        .filter(consents::Column::WithdrawnAt.is_null())
        .exec(tx.connection())
        .await
        .doing("end the consents of a person")?;
    update_sessions_revoked(tx, person).await?;
    sign_in_challenges::Entity::update_many()
        .col_expr(sign_in_challenges::Column::PersonId, Expr::value(Option::<Uuid>::None))
        .filter(sign_in_challenges::Column::PersonId.eq(person.uuid()))
        .exec(tx.connection())
        .await
        .doing("make the challenges of a person unmeetable")
        .map(drop)
}

async fn leave(tx: &mut Tx, person: Id<kinds::Person>) -> Result<Option<Id<kinds::Household>>, Fault> {
    let Some((household, _)) = super::lock_membership(tx, person).await? else { return Ok(None) };
    memberships::Entity::update_many()
        .col_expr(memberships::Column::LeftAt, Expr::value(tx.now().timestamp_millis()))
        .filter(memberships::Column::PersonId.eq(person.uuid()))
        .filter(memberships::Column::LeftAt.is_null())
        .exec(tx.connection())
        .await
        .doing("end the membership of a person")?;
    if count_other_members(tx, household, person).await? == 0 {
        // Nobody is left whom the name would be of use to, and it may be the person's own.
        households::Entity::update_many()
            .col_expr(households::Column::Name, Expr::col(households::Column::ExternalRef))
            .filter(households::Column::HouseholdId.eq(household.uuid()))
            .exec(tx.connection())
            .await
            .doing("take an empty household's name away")?;
    }
    Ok(Some(household))
}

async fn untie(tx: &mut Tx, person: Id<kinds::Person>) -> Result<(), Fault> {
    let either = Condition::any()
        .add(kin_links::Column::SeniorPersonId.eq(person.uuid()))
        .add(kin_links::Column::RelativePersonId.eq(person.uuid()));
    let ended = kin_links::Entity::delete_many().filter(either).exec(tx.connection());
    ended.await.doing("end the kin links of a person")?;
    let led = leaders::Entity::delete_many().filter(leaders::Column::PersonId.eq(person.uuid()));
    led.exec(tx.connection()).await.doing("end what a person leads")?;
    let before =
        earlier_leader_terms::Entity::delete_many().filter(earlier_leader_terms::Column::PersonId.eq(person.uuid()));
    before.exec(tx.connection()).await.doing("forget what a person led").map(drop)
}

fn erasure(row: erasures::Model) -> Result<Erasure, Fault> {
    let unreadable = || Fault::inconsistent("read an erasure");
    Ok(Erasure {
        id: Id::from_uuid(row.id),
        person: Id::from_uuid(row.person_id),
        state: row.state.parse().map_err(|_| unreadable())?,
        basis: row.basis.parse().map_err(|_| unreadable())?,
        requested_at: instant(row.requested_at)?,
        blocks_at: instant(row.blocks_at)?,
        erases_at: instant(row.erases_at)?,
    })
}
