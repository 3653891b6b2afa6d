use db::{Doing, Reader, Tx, insert_rows};
use kernel::{ExternalRef, Fault, Id, Timestamp, kinds};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    impossible, instant,
    rows::{studies, study_chains, study_entries, study_panels},
    stored, whole,
};
use crate::{Chain, Ending, Launch, NewStudy, Opening, Published, Snapshot, Study, StudyKind, StudyOption};

/// An option as it is kept.
#[derive(Serialize, Deserialize)]
struct StoredOption {
    id: String,
    zh: String,
    en: String,
}

/// Writes a draft.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_study(tx: &mut Tx, study: &Study) -> Result<(), Fault> {
    let option = |option: &StudyOption| StoredOption {
        id: option.id.clone(),
        zh: option.name_zh.to_string(),
        en: option.name_en.to_string(),
    };
    let asked = &study.asked;
    let row = studies::ActiveModel {
        id: Set(study.id.uuid()),
        kind: Set(asked.kind.word().to_owned()),
        title_zh: Set(asked.title_zh.to_string()),
        title_en: Set(asked.title_en.to_string()),
        options: Set(json(&asked.options.iter().map(option).collect::<Vec<_>>())),
        definition: Set(json(&asked.definition)),
        panel: Set(json(&asked.panel)),
        created_at: Set(tx.now().timestamp_millis()),
        closes_at: Set(asked.closes_at.timestamp_millis()),
        opened_at: Set(None),
        frozen: Set(None),
        panel_sha256: Set(None),
        panel_size: Set(None),
        published_at: Set(None),
        result: Set(None),
        is_shuffled: Set(asked.is_shuffled),
        ended_at: Set(None),
        launched_option: Set(None),
        product_ref: Set(None),
        chosen_by: Set(None),
        drop_reason: Set(None),
    };
    insert_rows::<studies::Entity, _>(tx, vec![row], "insert a study").await
}

/// A study and its chain, both locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_study(tx: &mut Tx, id: Id<kinds::Study>) -> Result<Option<(Study, Option<Chain>)>, Fault> {
    // The chain first, as those do who cast ballots.
    let chain = study_chains::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx.connection()).await;
    let chain = chain.doing("lock the chain of a study")?.as_ref().map(chain_of).transpose()?;
    let row = studies::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx.connection()).await;
    row.doing("lock a study")?.as_ref().map(|row| Ok((study_of(row)?, chain))).transpose()
}

/// A study and its chain.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_study(reader: &Reader, id: Id<kinds::Study>) -> Result<Option<(Study, Option<Chain>)>, Fault> {
    let row = studies::Entity::find_by_id(id.uuid()).one(reader.connection()).await.doing("find a study")?;
    let Some(row) = row else { return Ok(None) };
    let chain = study_chains::Entity::find_by_id(id.uuid()).one(reader.connection()).await;
    let chain = chain.doing("find the chain of a study")?.as_ref().map(chain_of).transpose()?;
    Ok(Some((study_of(&row)?, chain)))
}

/// Up to `limit` studies with their chains, the newest first; drafts too when asked for.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_studies(
    reader: &Reader,
    with_drafts: bool,
    limit: u64,
) -> Result<Vec<(Study, Option<Chain>)>, Fault> {
    let mut query = studies::Entity::find().order_by_desc(studies::Column::Id).limit(limit);
    if !with_drafts {
        query = query.filter(studies::Column::OpenedAt.is_not_null());
    }
    let rows = query.all(reader.connection()).await.doing("list studies")?;
    with_chains(reader.connection(), &rows).await
}

async fn with_chains(
    connection: &impl ConnectionTrait,
    rows: &[studies::Model],
) -> Result<Vec<(Study, Option<Chain>)>, Fault> {
    let are_wanted = study_chains::Column::StudyId.is_in(rows.iter().map(|row| row.id));
    let chains = study_chains::Entity::find().filter(are_wanted).all(connection).await.doing("list chains")?;
    let with_chain = rows.iter().map(|row| {
        let chain = chains.iter().find(|chain| chain.study_id == row.id).map(chain_of).transpose()?;
        Ok((study_of(row)?, chain))
    });
    with_chain.collect()
}

/// Studies whose instant of closing has come and whose chain is not sealed yet.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_studies_to_close(reader: &Reader, now: Timestamp) -> Result<Vec<Id<kinds::Study>>, Fault> {
    let open = study_chains::Entity::find().filter(study_chains::Column::ClosedAt.is_null()).all(reader.connection());
    let open = open.await.doing("list chains that are open")?;
    let rows = studies::Entity::find()
        .filter(studies::Column::Id.is_in(open.iter().map(|chain| chain.study_id)))
        .filter(studies::Column::ClosesAt.lte(now.timestamp_millis()))
        .order_by_asc(studies::Column::Id)
        .all(reader.connection())
        .await
        .doing("list studies to close")?;
    Ok(rows.into_iter().map(|row| Id::from_uuid(row.id)).collect())
}

/// Writes an opening: what was frozen, who may vote, and where the chain begins. The study must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_opened(tx: &mut Tx, study: &Study, chain: &Chain, snapshot: &Snapshot) -> Result<(), Fault> {
    let opening = study.opening.as_ref().ok_or_else(impossible)?;
    let row = studies::ActiveModel {
        id: Set(study.id.uuid()),
        opened_at: Set(Some(opening.opened_at.timestamp_millis())),
        frozen: Set(Some(opening.frozen.to_string())),
        panel_sha256: Set(Some(opening.panel_sha256.clone())),
        panel_size: Set(Some(i64::from(opening.panel_size))),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("open a study")?;
    let panel = snapshot.places.iter().map(|(household, place)| study_panels::ActiveModel {
        household_id: Set(household.uuid()),
        study_id: Set(study.id.uuid()),
        place: Set(place.word().to_owned()),
    });
    insert_rows::<study_panels::Entity, _>(tx, panel.collect(), "insert a panel").await?;
    insert_rows::<study_chains::Entity, _>(tx, vec![chain_row(chain)?], "insert a chain").await
}

/// Writes the last entry of a chain that is locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_closed(tx: &mut Tx, chain: &Chain, entry: &str) -> Result<(), Fault> {
    let row = study_entries::ActiveModel {
        study_id: Set(chain.study.uuid()),
        entry_no: Set(stored(chain.entries)?),
        entry: Set(entry.to_owned()),
    };
    insert_rows::<study_entries::Entity, _>(tx, vec![row], "insert the last entry of a chain").await?;
    update_chain(tx, chain).await
}

pub(super) async fn update_chain(tx: &mut Tx, chain: &Chain) -> Result<(), Fault> {
    chain_row(chain)?.update_without_returning(tx.connection()).await.doing("update a chain").map(|_| ())
}

/// Writes what was announced. The study must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_published(tx: &mut Tx, study: &Study) -> Result<(), Fault> {
    let published = study.published.as_ref().ok_or_else(impossible)?;
    let row = studies::ActiveModel {
        id: Set(study.id.uuid()),
        published_at: Set(Some(published.published_at.timestamp_millis())),
        result: Set(Some(published.result.to_string())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("publish a study").map(|_| ())
}

/// Writes how a study ended. It must be locked.
///
/// # Errors
/// A [`Fault`] of the database; contention when the product was launched by another study just now.
pub async fn update_ended(tx: &mut Tx, study: &Study) -> Result<(), Fault> {
    let mut row = studies::ActiveModel { id: Set(study.id.uuid()), ..Default::default() };
    match study.ending.as_ref().ok_or_else(impossible)? {
        Ending::Launched(launch) => {
            row.ended_at = Set(Some(launch.launched_at.timestamp_millis()));
            row.launched_option = Set(Some(launch.option.clone()));
            row.product_ref = Set(Some(launch.product_ref.to_string()));
            row.chosen_by = Set(Some(stored(launch.chosen_by)?));
        }
        Ending::Dropped { at, why } => {
            row.ended_at = Set(Some(at.timestamp_millis()));
            row.drop_reason = Set(Some(why.to_string()));
        }
    }
    row.update_without_returning(tx.connection()).await.doing("end a study").map(|_| ())
}

/// Which study a product was launched by.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_study_of_product(reader: &Reader, product: &ExternalRef) -> Result<Option<Study>, Fault> {
    let row = studies::Entity::find().filter(studies::Column::ProductRef.eq(product.as_str()));
    let row = row.one(reader.connection()).await.doing("find the study of a product")?;
    row.as_ref().map(study_of).transpose()
}

fn chain_row(chain: &Chain) -> Result<study_chains::ActiveModel, Fault> {
    Ok(study_chains::ActiveModel {
        study_id: Set(chain.study.uuid()),
        entries: Set(stored(chain.entries)?),
        head: Set(chain.head.clone()),
        turnout: Set(stored(chain.turnout)?),
        closed_at: Set(chain.closed_at.map(|at| at.timestamp_millis())),
    })
}

pub(super) fn chain_of(row: &study_chains::Model) -> Result<Chain, Fault> {
    Ok(Chain {
        study: Id::from_uuid(row.study_id),
        entries: whole(row.entries)?,
        head: row.head.clone(),
        turnout: whole(row.turnout)?,
        closed_at: row.closed_at.map(instant).transpose()?,
    })
}

pub(super) fn study_of(row: &studies::Model) -> Result<Study, Fault> {
    let label = |text: &str| text.parse().map_err(|_| impossible());
    let options: Vec<StoredOption> = read(&row.options)?;
    let option = |option: &StoredOption| {
        Ok(StudyOption { id: option.id.clone(), name_zh: label(&option.zh)?, name_en: label(&option.en)? })
    };
    let asked = NewStudy {
        kind: StudyKind::from_word(&row.kind).ok_or_else(impossible)?,
        title_zh: label(&row.title_zh)?,
        title_en: label(&row.title_en)?,
        options: options.iter().map(option).collect::<Result<_, Fault>>()?,
        definition: read(&row.definition)?,
        panel: read(&row.panel)?,
        closes_at: instant(row.closes_at)?,
        is_shuffled: row.is_shuffled,
    };
    let opening = match (row.opened_at, &row.frozen, &row.panel_sha256, row.panel_size) {
        (Some(opened_at), Some(frozen), Some(panel_sha256), Some(panel_size)) => Some(Opening {
            opened_at: instant(opened_at)?,
            frozen: read(frozen)?,
            panel_sha256: panel_sha256.clone(),
            panel_size: u32::try_from(panel_size).map_err(|_| impossible())?,
        }),
        _ => None,
    };
    let published = match (row.published_at, &row.result) {
        (Some(at), Some(result)) => Some(Published { published_at: instant(at)?, result: read(result)? }),
        _ => None,
    };
    Ok(Study { id: Id::from_uuid(row.id), asked, opening, published, ending: ending_of(row)? })
}

fn ending_of(row: &studies::Model) -> Result<Option<Ending>, Fault> {
    let Some(ended_at) = row.ended_at else { return Ok(None) };
    let at = instant(ended_at)?;
    Ok(Some(match (&row.launched_option, &row.product_ref, row.chosen_by, &row.drop_reason) {
        (Some(option), Some(product_ref), Some(chosen_by), None) => Ending::Launched(Launch {
            option: option.clone(),
            product_ref: product_ref.parse().map_err(|_| impossible())?,
            chosen_by: whole(chosen_by)?,
            launched_at: at,
        }),
        (None, None, None, Some(why)) => Ending::Dropped { at, why: why.parse().map_err(|_| impossible())? },
        _ => return Err(impossible()),
    }))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our types are JSON")
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|_| Fault::inconsistent("read the JSON of a study"))
}
