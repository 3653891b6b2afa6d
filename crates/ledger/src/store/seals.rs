use db::{Doing, Reader, Tx, insert_rows, is_any_id};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Expr, LockBehavior, LockType},
};
use uuid::Uuid;

use super::wallets::{chain_hash, wallet_rows};
use crate::{Seal, SealHash, SealMark, SealedHead};

/// The newest seal. Nothing locks it: two who seal after the same one cannot both insert theirs.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_newest_seal(tx: &mut Tx) -> Result<Option<SealMark>, Fault> {
    let row = seal_rows::Entity::find().order_by_desc(seal_rows::Column::No).one(tx.connection()).await;
    let Some(row) = row.doing("find the newest seal")? else { return Ok(None) };
    Ok(Some(SealMark { no: row.no, hash: seal_hash(&row.hash)? }))
}

/// When the ledger was last sealed; `None` while it never was.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_sealed_at(reader: &Reader) -> Result<Option<Timestamp>, Fault> {
    let row = seal_rows::Entity::find().order_by_desc(seal_rows::Column::No).one(reader.connection()).await;
    let at = |row: seal_rows::Model| {
        Timestamp::from_timestamp_millis(row.sealed_at).ok_or_else(|| Fault::inconsistent("read when a seal was made"))
    };
    row.doing("find when the ledger was last sealed")?.map(at).transpose()
}

/// Households with postings that no seal covers, in order, after a given one, at most [`Seal::MAX_WALLETS`].
///
/// Reads the wallets through: an index of those not sealed would have to change with every posting.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_unsealed_households(
    reader: &Reader,
    after: Option<Id<kinds::Household>>,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let ids: Vec<Uuid> = unsealed()
        .select_only()
        .column(wallet_rows::Column::HouseholdId)
        .filter(wallet_rows::Column::HouseholdId.gt(after.map_or(Uuid::nil(), Id::uuid)))
        .order_by_asc(wallet_rows::Column::HouseholdId)
        .limit(u64::try_from(Seal::MAX_WALLETS).expect("a thousand is a number"))
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("look for wallets that are not sealed")?;
    Ok(ids.into_iter().map(Id::from_uuid).collect())
}

/// Locks those of these wallets that no seal covers and says what a seal of them would cover. On PostgreSQL wallets that somebody
/// else holds are left for the next seal: nobody waits.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_unsealed_heads(tx: &mut Tx, households: &[Id<kinds::Household>]) -> Result<Vec<SealedHead>, Fault> {
    let rows = unsealed()
        .filter(is_any_id(tx, wallet_rows::Column::HouseholdId, households.iter().map(|id| id.uuid())))
        .order_by_asc(wallet_rows::Column::HouseholdId)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx.connection())
        .await
        .doing("lock wallets to seal")?;
    let heads = rows.iter().map(|row| {
        let head = chain_hash(row.head.as_deref())?;
        let head = head.ok_or_else(|| Fault::inconsistent("read the head of a wallet that has one"))?;
        Ok(SealedHead { household: Id::from_uuid(row.household_id), last_no: row.last_no, head })
    });
    heads.collect()
}

/// Writes a seal and notes in its wallets, which must be locked, how far they are sealed.
///
/// # Errors
/// A [`Fault`] of the database; contention when another process made the seal of this number.
pub async fn insert_seal(tx: &mut Tx, seal: &Seal) -> Result<(), Fault> {
    let row = seal_rows::ActiveModel {
        no: Set(seal.no),
        sealed_at: Set(seal.sealed_at.timestamp_millis()),
        wallets_count: Set(i64::try_from(seal.heads.len()).expect("a count of rows in memory")),
        previous: Set(seal.previous.bytes().to_vec()),
        hash: Set(seal.hash.bytes().to_vec()),
    };
    insert_rows::<seal_rows::Entity, _>(tx, vec![row], "insert a seal").await?;
    let heads = seal.heads.iter().map(|head| seal_head_rows::ActiveModel {
        household_id: Set(head.household.uuid()),
        seal_no: Set(seal.no),
        last_no: Set(head.last_no),
        head: Set(head.head.bytes().to_vec()),
    });
    insert_rows::<seal_head_rows::Entity, _>(tx, heads.collect(), "insert the heads of a seal").await?;
    wallet_rows::Entity::update_many()
        .col_expr(wallet_rows::Column::SealedNo, Expr::col(wallet_rows::Column::LastNo))
        .filter(is_any_id(tx, wallet_rows::Column::HouseholdId, seal.heads.iter().map(|head| head.household.uuid())))
        .exec(tx.connection())
        .await
        .doing("note how far wallets are sealed")
        .map(|_| ())
}

/// Wallets with postings that no seal covers. Those whose postings are all from before the chain have no head to seal.
fn unsealed() -> sea_orm::Select<wallet_rows::Entity> {
    wallet_rows::Entity::find()
        .filter(Expr::col(wallet_rows::Column::LastNo).gt(Expr::col(wallet_rows::Column::SealedNo)))
        .filter(wallet_rows::Column::Head.is_not_null())
}

pub(super) fn seal_hash(stored: &[u8]) -> Result<SealHash, Fault> {
    let hash = stored.try_into().map(SealHash::from_bytes);
    hash.map_err(|_| Fault::inconsistent("read the hash of a seal: it is not 32 bytes long"))
}

pub(super) mod seal_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ledger_seals")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub no: i64,
        pub sealed_at: i64,
        pub wallets_count: i64,
        pub previous: Vec<u8>,
        pub hash: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod seal_head_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ledger_seal_heads")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub seal_no: i64,
        pub last_no: i64,
        pub head: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
