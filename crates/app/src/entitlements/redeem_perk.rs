use accounts::Role;
use db::{
    AuditLine, Tx,
    idempotency::{self, InputHash, Known},
    outbox,
};
use entitlements::{Grant, GrantRefusal, Shelf, Taker, events};
use kernel::{Actor, BusinessDate, Fault, Id, IdempotencyKey, Points, kinds};
use ledger::{Cause, Posting, SpendRefusal, Wallet, events::PointsPosted};

use crate::{App, Principal};

const OPERATION: &str = "redeem_perk";

/// A member spends the household's points on a perk.
#[derive(Debug, Clone)]
pub struct RedeemPerk {
    /// What for.
    pub perk: Id<kinds::Perk>,
    /// The member's key for this very act.
    pub idempotency_key: IdempotencyKey,
}

/// The perk is the household's now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerkRedeemed {
    /// The right.
    pub grant: Grant,
    /// Whether this answers an earlier act again instead of a new one.
    pub is_replay: bool,
}

/// Why a perk is not redeemed. Nothing moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedeemPerkRefusal {
    /// The person belongs to no household.
    #[error("the person belongs to no household")]
    NoHousehold,
    /// Children do not spend the household's points.
    #[error("a child cannot redeem")]
    NotAllowed,
    /// There is no such perk.
    #[error("there is no such perk")]
    NoSuchPerk,
    /// The key was used for another perk.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
    /// The shelf says no.
    #[error(transparent)]
    NotGranted(#[from] GrantRefusal),
    /// The wallet says no.
    #[error(transparent)]
    NotSpent(#[from] SpendRefusal),
}

/// What a decision looks at, all of it locked.
struct Books {
    role: Role,
    wallet: Wallet,
    shelf: Shelf,
    earlier: Option<Known>,
}

impl App {
    /// Spends a household's points on a perk: once per key, atomically, or not at all.
    ///
    /// # Errors
    /// A [`Fault`]; the outcome is then unknown, and trying again with the same key is safe.
    pub async fn redeem_perk(
        &self,
        principal: &Principal,
        redeem: &RedeemPerk,
    ) -> Result<Result<PerkRedeemed, RedeemPerkRefusal>, Fault> {
        db::retry_contention(async || self.redeem_perk_once(principal.person, redeem).await).await
    }

    async fn redeem_perk_once(
        &self,
        person: Id<kinds::Person>,
        redeem: &RedeemPerk,
    ) -> Result<Result<PerkRedeemed, RedeemPerkRefusal>, Fault> {
        let mut tx = self.begin(Actor::Member(person)).await?;
        let input = InputHash::of(&[&redeem.perk.to_string()]);
        let mut books = match load(&mut tx, person, redeem, input).await? {
            Ok(books) => books,
            Err(refusal) => return refuse(tx, refusal).await,
        };

        if let Some(earlier) = &books.earlier {
            let answer = replay(earlier);
            tx.rollback().await?;
            return match answer? {
                Ok(grant) => self.answer_again(books.wallet.household(), grant).await.map(Ok),
                Err(refusal) => Ok(Err(refusal)),
            };
        }
        let today = self.settings().zone.date_of(tx.now());
        let (grant, posting) = match decide(&mut books, &tx, person, today) {
            Ok(decided) => decided,
            Err(refusal) => return refuse(tx, refusal).await,
        };

        record(&mut tx, &books, &grant, &posting).await?;
        let key = idempotency::Key {
            principal: person.to_string(),
            operation: OPERATION,
            key: redeem.idempotency_key.to_string(),
        };
        idempotency::insert_answers(&mut tx, vec![(key, input, grant.id.to_string())]).await?;

        tx.commit().await?;
        Ok(Ok(PerkRedeemed { grant, is_replay: false }))
    }

    async fn answer_again(
        &self,
        household: Id<kinds::Household>,
        grant: Id<kinds::Grant>,
    ) -> Result<PerkRedeemed, Fault> {
        let grant = entitlements::store::find_grant(&self.reader(), household, grant).await?;
        let grant = grant.ok_or_else(|| Fault::inconsistent("find the grant of an idempotent answer"))?;
        Ok(PerkRedeemed { grant, is_replay: true })
    }
}

/// Locks and loads in the order of `db/src/tx.rs`: person and household, wallet, perk stock.
async fn load(
    tx: &mut Tx,
    person: Id<kinds::Person>,
    redeem: &RedeemPerk,
    input: InputHash,
) -> Result<Result<Books, RedeemPerkRefusal>, Fault> {
    let Some((household, role)) = accounts::store::lock_membership(tx, person).await? else {
        return Ok(Err(RedeemPerkRefusal::NoHousehold));
    };
    let mut wallets = ledger::store::lock_wallets_with_lots(tx, &[household]).await?;
    let wallet = wallets.remove(&household).ok_or_else(|| Fault::inconsistent("find the wallet of a household"))?;
    let mut shelves = entitlements::store::lock_shelves(tx, &[redeem.perk], &[household]).await?;
    let Some(shelf) = shelves.remove(&redeem.perk) else { return Ok(Err(RedeemPerkRefusal::NoSuchPerk)) };
    let key = redeem.idempotency_key.as_str();
    let mut known = idempotency::list_answers(tx, &person.to_string(), OPERATION, &[(key, input)]).await?;
    Ok(Ok(Books { role, wallet, shelf, earlier: known.remove(key) }))
}

/// The perk must be there to grant before a point is spent, and the points must be spent before it is granted.
fn decide(
    books: &mut Books,
    tx: &Tx,
    person: Id<kinds::Person>,
    today: BusinessDate,
) -> Result<(Grant, Posting), RedeemPerkRefusal> {
    if books.role == Role::Child {
        return Err(RedeemPerkRefusal::NotAllowed);
    }
    let household = books.wallet.household();
    books.shelf.check(household)?;
    let grant_id = tx.new_id();
    let cause = Cause {
        id: tx.new_id(),
        reference: Id::<kinds::Grant>::to_string(&grant_id),
        actor: tx.actor(),
        posted_at: tx.now(),
        business_date: today,
    };
    let posting = books.wallet.spend(cause, books.shelf.perk().price, today)?;
    let taker = Taker { grant: grant_id, posting: posting.cause.id, household, person, now: tx.now(), today };
    Ok((books.shelf.grant(taker)?, posting))
}

async fn record(tx: &mut Tx, books: &Books, grant: &Grant, posting: &Posting) -> Result<(), Fault> {
    ledger::store::update_wallets(tx, [&books.wallet]).await?;
    ledger::store::insert_postings(tx, std::slice::from_ref(posting)).await?;
    entitlements::store::update_stocks(tx, [&books.shelf]).await?;
    entitlements::store::insert_grants(tx, std::slice::from_ref(grant)).await?;
    outbox::append(tx, &PointsPosted::of(posting));
    outbox::append(tx, &events::PerkRedeemed::of(grant));
    tx.audit(AuditLine {
        action: OPERATION,
        household: Some(grant.household),
        subject: grant.id.to_string(),
        detail: format!("{} for {} points", grant.perk, Points::get(grant.price)),
    });
    Ok(())
}

fn replay(earlier: &Known) -> Result<Result<Id<kinds::Grant>, RedeemPerkRefusal>, Fault> {
    match earlier {
        Known::SameInput(answer) => {
            let grant = answer.parse().map_err(|_| Fault::inconsistent("read an idempotent answer"))?;
            Ok(Ok(grant))
        }
        Known::OtherInput => Ok(Err(RedeemPerkRefusal::IdempotencyKeyReused)),
    }
}

/// Lets go of the locks before answering, so that the next in line need not wait for the answer to travel.
async fn refuse(tx: Tx, refusal: RedeemPerkRefusal) -> Result<Result<PerkRedeemed, RedeemPerkRefusal>, Fault> {
    tx.rollback().await?;
    Ok(Err(refusal))
}
