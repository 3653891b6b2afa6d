use db::{Doing, Reader, Tx, insert_new_rows};
use kernel::{EmailAddress, Fault, Id, PhoneNumber, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{LockBehavior, LockType},
};

use super::{
    address,
    privacy_rows::{contact_index, contacts},
};
use crate::{ContactHash, Contacts};

/// Most persons found by one contact: a landline of a large family, and no list of all who never gave a number.
pub const MAX_FOUND_BY_CONTACT: u64 = 20;

/// The contacts of a person; `None` when there is no such person.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_contacts(reader: &Reader, person: Id<kinds::Person>) -> Result<Option<Contacts>, Fault> {
    let row = contacts::Entity::find_by_id(person.uuid()).one(reader.connection()).await.doing("find contacts")?;
    row.map(of).transpose()
}

/// Keeps a phone number, or that there is none, and enters it into the index; returns the contacts now. Hold the person.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_phone(
    tx: &mut Tx,
    secret: &[u8],
    person: Id<kinds::Person>,
    phone: Option<&PhoneNumber>,
) -> Result<Contacts, Fault> {
    let row = contacts::Entity::find_by_id(person.uuid()).one(tx.connection()).await.doing("read contacts")?;
    let Contacts { mail, phone: old } = row.map(of).transpose()?.unwrap_or_default();
    if let Some(old) = old {
        contact_index::Entity::delete_by_id((ContactHash::of_phone(secret, &old).to_vec(), person.uuid()))
            .exec(tx.connection())
            .await
            .doing("take a phone number out of the index")?;
    }
    let row = contacts::ActiveModel {
        id: Set(person.uuid()),
        phone: Set(phone.map(ToString::to_string)),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("keep a phone number")?;
    let entries = phone.map(|phone| entry(ContactHash::of_phone(secret, phone), person));
    enter(tx, entries.into_iter().collect()).await?;
    Ok(Contacts { mail, phone: phone.cloned() })
}

/// Enters the contacts of up to `limit` persons whom the index does not know yet; returns how many persons it took.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_contacts_unindexed(tx: &mut Tx, secret: &[u8], limit: u64) -> Result<usize, Fault> {
    let rows = contacts::Entity::find()
        .filter(contacts::Column::ContactsIndexedAt.is_null())
        .order_by_asc(contacts::Column::Id)
        .limit(limit)
        .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
        .all(tx.connection())
        .await
        .doing("find persons whose contacts are not indexed")?;
    let mut entries = Vec::with_capacity(rows.len());
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    for row in rows {
        let person = Id::from_uuid(row.id);
        let Contacts { mail, phone } = of(row)?;
        entries.extend(mail.map(|mail| entry(ContactHash::of_mail(secret, &mail), person)));
        entries.extend(phone.map(|phone| entry(ContactHash::of_phone(secret, &phone), person)));
    }
    enter(tx, entries).await?;
    let count = ids.len();
    if count > 0 {
        let now = sea_orm::sea_query::Expr::value(tx.now().timestamp_millis());
        contacts::Entity::update_many()
            .col_expr(contacts::Column::ContactsIndexedAt, now)
            .filter(contacts::Column::Id.is_in(ids))
            .exec(tx.connection())
            .await
            .doing("note whose contacts are indexed")?;
    }
    Ok(count)
}

/// Who has a contact, by its hash alone; at most [`MAX_FOUND_BY_CONTACT`]. Whether they still have it is seen in their contacts.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_persons_by_contact(
    tx: &mut Tx,
    hash: ContactHash,
) -> Result<Vec<(Id<kinds::Person>, Contacts)>, Fault> {
    let ids: Vec<uuid::Uuid> = contact_index::Entity::find()
        .select_only()
        .column(contact_index::Column::PersonId)
        .filter(contact_index::Column::ContactHash.eq(hash.to_vec()))
        .order_by_asc(contact_index::Column::PersonId)
        .limit(MAX_FOUND_BY_CONTACT)
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("look a contact up in the index")?;
    let rows = contacts::Entity::find()
        .filter(contacts::Column::Id.is_in(ids))
        .order_by_asc(contacts::Column::Id)
        .all(tx.connection())
        .await
        .doing("read contacts found by the index")?;
    rows.into_iter().map(|row| Ok((Id::from_uuid(row.id), of(row)?))).collect()
}

async fn enter(tx: &mut Tx, entries: Vec<contact_index::ActiveModel>) -> Result<(), Fault> {
    let key = [contact_index::Column::ContactHash, contact_index::Column::PersonId];
    insert_new_rows::<contact_index::Entity, _>(tx, entries, &key, "enter contacts into the index").await.map(drop)
}

fn entry(hash: ContactHash, person: Id<kinds::Person>) -> contact_index::ActiveModel {
    contact_index::ActiveModel { contact_hash: Set(hash.to_vec()), person_id: Set(person.uuid()) }
}

pub(super) fn of(row: contacts::Model) -> Result<Contacts, Fault> {
    let mail: Option<EmailAddress> = row.email.as_deref().map(address).transpose()?;
    let phone = row.phone.map(|text| text.parse()).transpose();
    let phone: Option<PhoneNumber> = phone.map_err(|_| Fault::inconsistent("read the phone number of a person"))?;
    Ok(Contacts { mail, phone })
}
