use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{Doing, Reader, Tx, insert_rows, is_any_id, is_any_text, list_locked, upsert_rows};
use kernel::{Fault, Id, kinds};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use super::{
    impossible, instant,
    rows::{ballot_choices, ballot_receipts, studies, study_chains, study_entries, study_panels},
    stored,
    studies::{chain_of, study_of, update_chain},
    whole,
};
use crate::{BallotKey, BallotReceipt, Book, PanelPlace, Pseudonym, Study, tally_file::Ballot};

/// Locks the chains of studies, by id, and loads what deciding ballots of these households needs.
///
/// The members who cast must be held: that keeps their households still.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_books(
    tx: &mut Tx,
    key: &BallotKey,
    wanted: &[Id<kinds::Study>],
    households: &[Id<kinds::Household>],
) -> Result<BTreeMap<Id<kinds::Study>, Book>, Fault> {
    let ids: Vec<Uuid> = wanted.iter().map(|id| id.uuid()).collect();
    let chains = study_chains::Entity::find()
        .filter(is_any_id(tx, study_chains::Column::StudyId, ids.iter().copied()))
        .order_by_asc(study_chains::Column::StudyId)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock chains of studies")?;
    let rows = studies::Entity::find().filter(is_any_id(tx, studies::Column::Id, ids.iter().copied()));
    let rows = rows.all(tx.connection()).await.doing("load studies")?;
    let places = places_of(tx, &ids, households).await?;
    let receipts = newest_receipts(tx, &ids, households).await?;
    let mut books = BTreeMap::new();
    for row in rows {
        let study = study_of(&row)?;
        let chain = chains.iter().find(|chain| chain.study_id == row.id).map(chain_of).transpose()?;
        let pseudonyms: Vec<Pseudonym> =
            households.iter().map(|&household| key.pseudonym(study.id, household)).collect();
        let choices = choices_of(tx, &study, pseudonyms).await?;
        let of_study = |study_id: &Uuid| *study_id == row.id;
        let places = places.iter().filter(|(of, _, _)| of_study(of)).map(|&(_, household, place)| (household, place));
        let receipts = receipts.iter().filter(|receipt| receipt.study == study.id);
        let receipts = receipts.map(|receipt| (receipt.household, receipt.clone())).collect();
        books.insert(study.id, Book::new(study, chain, places.collect(), choices, receipts));
    }
    Ok(books)
}

async fn places_of(
    tx: &mut Tx,
    studies: &[Uuid],
    households: &[Id<kinds::Household>],
) -> Result<Vec<(Uuid, Id<kinds::Household>, PanelPlace)>, Fault> {
    let rows = study_panels::Entity::find()
        .filter(is_any_id(tx, study_panels::Column::HouseholdId, households.iter().map(|id| id.uuid())))
        .filter(is_any_id(tx, study_panels::Column::StudyId, studies.iter().copied()))
        .all(tx.connection())
        .await
        .doing("find places in panels")?;
    let place = |row: study_panels::Model| {
        let place = PanelPlace::from_word(&row.place).ok_or_else(impossible)?;
        Ok((row.study_id, Id::from_uuid(row.household_id), place))
    };
    rows.into_iter().map(place).collect()
}

/// The newest receipt of each household in each study.
async fn newest_receipts(
    tx: &mut Tx,
    studies: &[Uuid],
    households: &[Id<kinds::Household>],
) -> Result<Vec<BallotReceipt>, Fault> {
    let rows = ballot_receipts::Entity::find()
        .filter(is_any_id(tx, ballot_receipts::Column::HouseholdId, households.iter().map(|id| id.uuid())))
        .filter(is_any_id(tx, ballot_receipts::Column::StudyId, studies.iter().copied()))
        .order_by_asc(ballot_receipts::Column::EntryNo)
        .all(tx.connection())
        .await
        .doing("find receipts of ballots")?;
    let mut newest = HashMap::new();
    for row in &rows {
        newest.insert((row.household_id, row.study_id), receipt_of(row)?);
    }
    Ok(newest.into_values().collect())
}

async fn choices_of(
    tx: &mut Tx,
    study: &Study,
    pseudonyms: Vec<Pseudonym>,
) -> Result<HashMap<Pseudonym, String>, Fault> {
    let rows = ballot_choices::Entity::find()
        .filter(ballot_choices::Column::StudyId.eq(study.id.uuid()))
        .filter(is_any_text(tx, ballot_choices::Column::Pseudonym, pseudonyms.iter().map(Pseudonym::as_str)))
        .all(tx.connection())
        .await
        .doing("find what was said")?;
    let mut said: HashMap<String, String> = rows.into_iter().map(|row| (row.pseudonym, row.said)).collect();
    let found = pseudonyms.into_iter().filter_map(|name| said.remove(name.as_str()).map(|said| (name, said)));
    Ok(found.collect())
}

/// Of which studies the chain is locked by somebody who waits for nobody.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_locked_chains(tx: &mut Tx, wanted: &[Id<kinds::Study>]) -> Result<BTreeSet<Id<kinds::Study>>, Fault> {
    let ids = wanted.iter().map(|id| id.uuid());
    let column = study_chains::Column::StudyId;
    let locked = list_locked::<study_chains::Entity>(tx, column, ids, "see which chains are locked").await?;
    Ok(locked.into_iter().map(Id::from_uuid).collect())
}

/// Writes what a batch decided in one study, whose chain is locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_written(tx: &mut Tx, book: &Book) -> Result<(), Fault> {
    let (study, written) = (book.study().id.uuid(), book.written());
    let Some(chain) = book.chain().filter(|_| !written.entries.is_empty()) else { return Ok(()) };
    let entry = |(number, entry): &(u64, String)| {
        Ok(study_entries::ActiveModel {
            study_id: Set(study),
            entry_no: Set(stored(*number)?),
            entry: Set(entry.clone()),
        })
    };
    let entries = written.entries.iter().map(entry).collect::<Result<_, Fault>>()?;
    insert_rows::<study_entries::Entity, _>(tx, entries, "insert entries of ballots").await?;
    let receipts = written.receipts.iter().map(receipt_row).collect::<Result<_, Fault>>()?;
    insert_rows::<ballot_receipts::Entity, _>(tx, receipts, "insert receipts of ballots").await?;
    // By pseudonym, so that their order in the statement tells nothing of who came when.
    let sorted: BTreeMap<&Pseudonym, &String> = written.choices.iter().collect();
    let choices = sorted.into_iter().map(|(pseudonym, said)| ballot_choices::ActiveModel {
        study_id: Set(study),
        pseudonym: Set(pseudonym.as_str().to_owned()),
        said: Set(said.clone()),
    });
    let key = [ballot_choices::Column::StudyId, ballot_choices::Column::Pseudonym];
    let replaced = [ballot_choices::Column::Said];
    upsert_rows::<ballot_choices::Entity, _>(tx, choices.collect(), &key, &replaced, "write what was said").await?;
    update_chain(tx, chain).await
}

/// Everything that was said in a study, in no telling order. Call it once the chain is closed, or holding it.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_ballots(tx: &mut Tx, study: Id<kinds::Study>) -> Result<Vec<Ballot>, Fault> {
    let texts: Vec<String> = ballot_choices::Entity::find()
        .select_only()
        .column(ballot_choices::Column::Said)
        .filter(ballot_choices::Column::StudyId.eq(study.uuid()))
        .order_by_asc(ballot_choices::Column::Said)
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("list what was said")?;
    let read = |text: &String| serde_json::from_str(text).map_err(|_| Fault::inconsistent("read what a ballot says"));
    texts.iter().map(read).collect()
}

/// The entries of a study's chain, in order.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_entries(tx: &mut Tx, study: Id<kinds::Study>) -> Result<Vec<String>, Fault> {
    study_entries::Entity::find()
        .select_only()
        .column(study_entries::Column::Entry)
        .filter(study_entries::Column::StudyId.eq(study.uuid()))
        .order_by_asc(study_entries::Column::EntryNo)
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("list the entries of a chain")
}

/// Whether a household is in the panel; `None` when it did not exist at the opening.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_place(
    reader: &Reader,
    household: Id<kinds::Household>,
    study: Id<kinds::Study>,
) -> Result<Option<PanelPlace>, Fault> {
    let row = study_panels::Entity::find_by_id((household.uuid(), study.uuid())).one(reader.connection()).await;
    let row = row.doing("find a place in a panel")?;
    row.map(|row| PanelPlace::from_word(&row.place).ok_or_else(impossible)).transpose()
}

/// The receipt of a household's ballot as it stands.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_receipt(
    reader: &Reader,
    household: Id<kinds::Household>,
    study: Id<kinds::Study>,
) -> Result<Option<BallotReceipt>, Fault> {
    Ok(list_receipts(reader, household, study, 1).await?.pop())
}

/// Up to `limit` receipts of a household in a study, the newest first: who cast its ballot, and who changed it.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_receipts(
    reader: &Reader,
    household: Id<kinds::Household>,
    study: Id<kinds::Study>,
    limit: u64,
) -> Result<Vec<BallotReceipt>, Fault> {
    let rows = ballot_receipts::Entity::find()
        .filter(ballot_receipts::Column::HouseholdId.eq(household.uuid()))
        .filter(ballot_receipts::Column::StudyId.eq(study.uuid()))
        .order_by_desc(ballot_receipts::Column::EntryNo)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list the receipts of a household")?;
    rows.iter().map(receipt_of).collect()
}

fn receipt_row(receipt: &BallotReceipt) -> Result<ballot_receipts::ActiveModel, Fault> {
    Ok(ballot_receipts::ActiveModel {
        household_id: Set(receipt.household.uuid()),
        study_id: Set(receipt.study.uuid()),
        entry_no: Set(stored(receipt.entry_no)?),
        person_id: Set(receipt.person.uuid()),
        accepted_at: Set(receipt.accepted_at.timestamp_millis()),
        receipt: Set(receipt.receipt.clone()),
        head: Set(receipt.head.clone()),
    })
}

fn receipt_of(row: &ballot_receipts::Model) -> Result<BallotReceipt, Fault> {
    Ok(BallotReceipt {
        household: Id::from_uuid(row.household_id),
        study: Id::from_uuid(row.study_id),
        entry_no: whole(row.entry_no)?,
        person: Id::from_uuid(row.person_id),
        accepted_at: instant(row.accepted_at)?,
        receipt: row.receipt.clone(),
        head: row.head.clone(),
    })
}
