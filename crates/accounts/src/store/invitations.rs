use db::{Doing, Reader, Tx, insert_rows};
use kernel::{EmailAddress, Fault, Id, Label, Locale, Timestamp, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Condition, Expr},
};
use uuid::Uuid;

use super::{
    address, instant, label, role,
    rows::{invitation_links, invitations, persons},
};
use crate::{AddressHash, Invitation, InvitationAnswer, InvitedAs, Role, TokenHash};

/// Stands for the name of whoever was invited, once they answered: the person has a name of their own, or wants none here.
const FORGOTTEN: &str = "—";

/// The invitations of a locked household that were not answered yet, lapsed ones included.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_unanswered_invitations(
    tx: &mut Tx,
    household: Id<kinds::Household>,
) -> Result<Vec<Invitation>, Fault> {
    let rows = invitations::Entity::find()
        .filter(invitations::Column::HouseholdId.eq(household.uuid()))
        .filter(invitations::Column::Answer.is_null())
        .order_by_asc(invitations::Column::Id)
        .all(tx.connection())
        .await
        .doing("list unanswered invitations")?;
    rows.into_iter().map(invitation).collect()
}

/// How many invitations a locked household made after an instant.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_invitations_since(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    since: Timestamp,
) -> Result<u64, Fault> {
    invitations::Entity::find()
        .filter(invitations::Column::HouseholdId.eq(household.uuid()))
        .filter(invitations::Column::CreatedAt.gt(since.timestamp_millis()))
        .count(tx.connection())
        .await
        .doing("count invitations")
}

/// Inserts an invitation and the directory's entry that its link leads to.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_invitation(tx: &mut Tx, new: &Invitation, token: &TokenHash) -> Result<(), Fault> {
    let link = invitation_links::ActiveModel {
        token_hash: Set(token.to_vec()),
        address_hash: Set(new.address_hash.to_vec()),
        household_id: Set(new.household.uuid()),
        invitation_id: Set(new.id.uuid()),
    };
    insert_rows::<invitation_links::Entity, _>(tx, vec![link], "enter an invitation into the directory").await?;
    let (kind, role, relation, invites_senior) = match new.invited_as {
        InvitedAs::Member(role) => ("member", Some(role.word()), None, None),
        InvitedAs::Household => ("member", Some(Role::Adult.word()), None, None),
        InvitedAs::Senior(relation) => ("kin", None, Some(relation.word()), Some(true)),
        InvitedAs::Relative(relation) => ("kin", None, Some(relation.word()), Some(false)),
    };
    let row = invitations::ActiveModel {
        household_id: Set(new.household.uuid()),
        id: Set(new.id.uuid()),
        kind: Set(kind.to_owned()),
        role: Set(role.map(str::to_owned)),
        relation: Set(relation.map(str::to_owned)),
        invites_senior: Set(invites_senior),
        brings_household: Set(new.invited_as == InvitedAs::Household),
        name: Set(new.name.to_string()),
        email: Set(new.address.as_ref().map(ToString::to_string)),
        address_hash: Set(new.address_hash.to_vec()),
        locale: Set(new.locale.tag().to_owned()),
        invited_by: Set(new.invited_by.uuid()),
        created_at: Set(new.created_at.timestamp_millis()),
        expires_at: Set(new.expires_at.timestamp_millis()),
        answer: Set(None),
        answered_at: Set(None),
        answered_by: Set(None),
    };
    row.insert(tx.connection()).await.doing("insert an invitation").map(|_| ())
}

/// Where the invitation of a link lies. It never moves, so no lock is needed to rely on it.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_invitation_place(
    tx: &mut Tx,
    token: &TokenHash,
) -> Result<Option<(Id<kinds::Household>, Id<kinds::Invitation>)>, Fault> {
    let row = invitation_links::Entity::find_by_id(token.to_vec()).one(tx.connection()).await;
    let row = row.doing("look an invitation up in the directory")?;
    Ok(row.map(|row| (Id::from_uuid(row.household_id), Id::from_uuid(row.invitation_id))))
}

/// Locks an invitation; its household must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_invitation(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    id: Id<kinds::Invitation>,
) -> Result<Option<Invitation>, Fault> {
    let select = invitations::Entity::find_by_id((household.uuid(), id.uuid())).lock_exclusive();
    let row = select.one(tx.connection()).await.doing("lock an invitation")?;
    row.map(invitation).transpose()
}

/// Writes how a locked invitation ended, and forgets its name and address.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_invitation_answered(tx: &mut Tx, answered: &Invitation) -> Result<(), Fault> {
    let row = invitations::ActiveModel {
        household_id: Set(answered.household.uuid()),
        id: Set(answered.id.uuid()),
        name: Set(FORGOTTEN.to_owned()),
        email: Set(None),
        answer: Set(answered.answer.map(|(answer, _)| answer.word().to_owned())),
        answered_at: Set(answered.answer.map(|(_, at)| at.timestamp_millis())),
        answered_by: Set(answered.answered_by.map(Id::uuid)),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("answer an invitation").map(|_| ())
}

/// Ends what somebody who is to be forgotten invited to and was invited to, with the names and addresses in it. Hold the person.
///
/// # Errors
/// A [`Fault`] of the database.
pub(super) async fn update_invitations_forgotten(tx: &mut Tx, person: Id<kinds::Person>) -> Result<(), Fault> {
    let address = persons::Entity::find_by_id(person.uuid()).one(tx.connection()).await;
    let address = address.doing("find the address of a person")?.and_then(|person| person.email);
    let mut concerns = Condition::any().add(invitations::Column::InvitedBy.eq(person.uuid()));
    if let Some(address) = address {
        concerns = concerns.add(invitations::Column::Email.eq(address));
    }
    invitations::Entity::update_many()
        .col_expr(invitations::Column::Name, Expr::value(FORGOTTEN))
        .col_expr(invitations::Column::Email, Expr::value(Option::<String>::None))
        .col_expr(invitations::Column::Answer, Expr::value(InvitationAnswer::Withdrawn.word()))
        .col_expr(invitations::Column::AnsweredAt, Expr::value(tx.now().timestamp_millis()))
        .filter(concerns)
        .filter(invitations::Column::Answer.is_null())
        .exec(tx.connection())
        .await
        .doing("end the invitations of a person")
        .map(|_| ())
}

/// An invitation of a household.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_invitation(
    reader: &Reader,
    household: Id<kinds::Household>,
    id: Id<kinds::Invitation>,
) -> Result<Option<Invitation>, Fault> {
    let row = invitations::Entity::find_by_id((household.uuid(), id.uuid())).one(reader.connection()).await;
    row.doing("find an invitation")?.map(invitation).transpose()
}

/// The invitation a link leads to.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_invitation_by_token(reader: &Reader, token: &TokenHash) -> Result<Option<Invitation>, Fault> {
    let row = invitation_links::Entity::find_by_id(token.to_vec()).one(reader.connection()).await;
    let Some(row) = row.doing("look an invitation up in the directory")? else { return Ok(None) };
    find_invitation(reader, Id::from_uuid(row.household_id), Id::from_uuid(row.invitation_id)).await
}

/// The invitations of a household that wait for an answer, the newest first: never more than a household may have.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_open_invitations(
    reader: &Reader,
    household: Id<kinds::Household>,
    now: Timestamp,
) -> Result<Vec<Invitation>, Fault> {
    let rows = invitations::Entity::find()
        .filter(invitations::Column::HouseholdId.eq(household.uuid()))
        .filter(invitations::Column::Answer.is_null())
        .filter(invitations::Column::ExpiresAt.gt(now.timestamp_millis()))
        .order_by_desc(invitations::Column::Id)
        .all(reader.connection())
        .await
        .doing("list open invitations")?;
    rows.into_iter().map(invitation).collect()
}

/// Households with invitations whose fourteen days are over and not booked, at most `limit` invitations.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_households_with_lapsed_invitations(
    reader: &Reader,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let mut households: Vec<Uuid> = invitations::Entity::find()
        .select_only()
        .column(invitations::Column::HouseholdId)
        .filter(invitations::Column::Answer.is_null())
        .filter(invitations::Column::ExpiresAt.lte(now.timestamp_millis()))
        .order_by_asc(invitations::Column::ExpiresAt)
        .limit(limit)
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("list lapsed invitations")?;
    households.sort_unstable();
    households.dedup();
    Ok(households.into_iter().map(Id::from_uuid).collect())
}

/// The newest open invitation sent to an address: the address itself, and what the inviter calls the person.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_invited(
    reader: &Reader,
    hash: AddressHash,
    now: Timestamp,
) -> Result<Option<(EmailAddress, Label)>, Fault> {
    let links = invitation_links::Entity::find()
        .filter(invitation_links::Column::AddressHash.eq(hash.to_vec()))
        .order_by_desc(invitation_links::Column::InvitationId)
        .limit(20)
        .all(reader.connection())
        .await
        .doing("look an invited address up")?;
    for link in links {
        let (household, id) = (Id::from_uuid(link.household_id), Id::from_uuid(link.invitation_id));
        let found = find_invitation(reader, household, id).await?.filter(|invitation| invitation.is_open(now));
        if let Some((address, name)) = found.and_then(|invitation| invitation.address.zip(Some(invitation.name))) {
            return Ok(Some((address, name)));
        }
    }
    Ok(None)
}

fn invitation(row: invitations::Model) -> Result<Invitation, Fault> {
    let unreadable = || Fault::inconsistent("read an invitation");
    let relation = row.relation.as_deref().map(str::parse).transpose().map_err(|_| unreadable())?;
    let invited_as = match (row.role.as_deref(), relation, row.invites_senior) {
        (Some(_), None, None) if row.brings_household => InvitedAs::Household,
        (Some(word), None, None) => InvitedAs::Member(role(word)?),
        (None, Some(relation), Some(true)) => InvitedAs::Senior(relation),
        (None, Some(relation), Some(false)) => InvitedAs::Relative(relation),
        _ => return Err(unreadable()),
    };
    let answer = row.answer.as_deref().map(|word| InvitationAnswer::from_word(word).ok_or_else(unreadable));
    let answered_at = row.answered_at.map(instant).transpose()?;
    Ok(Invitation {
        id: Id::from_uuid(row.id),
        household: Id::from_uuid(row.household_id),
        invited_as,
        name: label(&row.name)?,
        address: row.email.as_deref().map(address).transpose()?,
        address_hash: AddressHash::from_stored(&row.address_hash).ok_or_else(unreadable)?,
        // A language tag is a list of one.
        locale: Locale::from_accept_language(&row.locale),
        invited_by: Id::from_uuid(row.invited_by),
        created_at: instant(row.created_at)?,
        expires_at: instant(row.expires_at)?,
        answer: answer.transpose()?.zip(answered_at),
        answered_by: row.answered_by.map(Id::from_uuid),
    })
}
