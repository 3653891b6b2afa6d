//! Grants of one household that are cancelled together: what is locked for it, what goes back, and how it is written.

use std::collections::{BTreeMap, BTreeSet};

use db::{AuditLine, Tx, outbox};
use entitlements::{CancelRefusal, DeliverySlot, Grant, Shelf, events::GrantCancelled};
use kernel::{Fault, FaultKind, Id, Points, kinds};
use ledger::{Cause, Posting, RedemptionRecord, RestoreRefusal, Wallet, events::PointsPosted};

use crate::{
    Settings,
    entitlements::CancelGrantRefusal,
    ledger::{current_id, lock_known_wallets},
};

/// Which grants of a household.
#[derive(Debug, Clone, Copy)]
pub(super) enum Which {
    /// This one.
    Grant(Id<kinds::Grant>),
    /// All that stand, of this perk.
    OfPerk(Id<kinds::Perk>),
}

/// What a decision looks at, all of it locked.
pub(super) struct Books {
    /// The household the grants are of now.
    pub(super) household: Id<kinds::Household>,
    pub(super) shelf: Shelf,
    pub(super) grants: Vec<PaidGrant>,
    /// The slots they book.
    slots: BTreeMap<Id<kinds::DeliverySlot>, DeliverySlot>,
    wallets: BTreeMap<Id<kinds::Household>, Wallet>,
}

/// A grant with what paid for it.
pub(super) struct PaidGrant {
    pub(super) grant: Grant,
    /// For each wallet the redemption's points belong to now.
    redemptions: Vec<(Id<kinds::Household>, RedemptionRecord)>,
}

impl Books {
    /// Locks and loads in the order of `db/src/tx.rs`: wallets, perk stock. `None`: there is no such household or grant.
    pub(super) async fn load(
        tx: &mut Tx,
        settings: &Settings,
        household: Id<kinds::Household>,
        which: Which,
    ) -> Result<Option<Self>, Fault> {
        let household = current_id(tx, household).await?;
        // Who paid is read before any lock: with the grants themselves it changes only under the wallet of whoever has them.
        let noted = grants_of(tx, household, which).await?;
        let perk = match which {
            Which::OfPerk(perk) => perk,
            Which::Grant(_) => match noted.first() {
                Some(grant) => grant.perk,
                None => return Ok(None),
            },
        };
        let mut holders = BTreeSet::from([household]);
        for grant in &noted {
            let reference = grant.id.to_string();
            holders.extend(ledger::store::list_redemption_holders(tx, grant.paid_by, &reference).await?);
        }
        let holders: Vec<Id<kinds::Household>> = holders.into_iter().collect();
        let Some(wallets) = lock_known_wallets(tx, settings, &holders).await? else { return Ok(None) };
        let locked = grants_of(tx, household, which).await?;
        let payers = |grants: &[Grant]| grants.iter().map(|grant| (grant.id, grant.paid_by)).collect::<Vec<_>>();
        if payers(&noted) != payers(&locked) {
            let doing = "lock a grant that went along with a household just now";
            return Err(Fault::new(FaultKind::Contention, doing));
        }
        let shelf = entitlements::store::lock_shelves(tx, &[perk], &[household]).await?.remove(&perk);
        let shelf = shelf.ok_or_else(|| Fault::inconsistent("find the perk of a grant"))?;
        let booked: Vec<_> = locked.iter().filter_map(|grant| Some(grant.booking?.slot)).collect();
        let slots = entitlements::store::lock_slots(tx, &booked).await?;
        let mut grants = Vec::with_capacity(locked.len());
        for grant in locked {
            let (payer, reference) = (grant.paid_by, grant.id.to_string());
            let redemptions = ledger::store::list_redemption_records(tx, payer, &holders, &reference).await?;
            if redemptions.is_empty() {
                return Err(Fault::inconsistent("find the redemption of a grant"));
            }
            grants.push(PaidGrant { grant, redemptions });
        }
        Ok(Some(Self { household, shelf, grants, slots, wallets }))
    }

    /// Cancels one of the grants and gives so many of its points back, with the age of the lots they came from: first those that belong
    /// to the household itself.
    ///
    /// The grant must stand before a point goes back, and the points must be back before it is on the shelf again.
    pub(super) fn cancel(
        &mut self,
        tx: &Tx,
        settings: &Settings,
        index: usize,
        returned: Points,
    ) -> Result<Vec<Posting>, CancelGrantRefusal> {
        let PaidGrant { grant, redemptions } = &mut self.grants[index];
        if let Some(at) = grant.cancelled_at {
            return Err(CancelRefusal::AlreadyCancelled { at }.into());
        }
        if let Some(at) = grant.used_at {
            return Err(CancelRefusal::Used { at }.into());
        }
        let today = settings.zone.date_of(tx.now());
        let mut postings = Vec::with_capacity(redemptions.len());
        let mut left = returned;
        for (holder, redemption) in redemptions {
            let points = redemption.left().min(left);
            if points.is_zero() {
                continue;
            }
            let cause = Cause {
                id: tx.new_id(),
                reference: format!("{} {}", grant.id, redemption.restores_count + 1),
                actor: tx.actor(),
                posted_at: tx.now(),
                business_date: today,
            };
            let wallet = self.wallets.get_mut(holder).expect("all wallets the lots may be in were locked just now");
            postings.push(wallet.restore(cause, redemption, points, today, settings.restore_grace_days)?);
            left = left.minus(points).expect("no more goes back than is left");
        }
        if !left.is_zero() {
            return Err(RestoreRefusal::NothingLeft { left: returned.minus(left).unwrap_or_default() }.into());
        }
        self.shelf.take_back(grant, returned, tx.now())?;
        if let Some(booking) = grant.booking {
            self.slots.get_mut(&booking.slot).expect("the slots of all grants were locked just now").let_go();
        }
        Ok(postings)
    }

    /// The slot one of the grants books, if it books one.
    pub(super) fn slot_of(&self, index: usize) -> Option<&DeliverySlot> {
        self.slots.get(&self.grants[index].grant.booking?.slot)
    }

    /// The wallet of the household the grants are of.
    pub(super) fn own_wallet(&mut self) -> &mut Wallet {
        self.wallets.get_mut(&self.household).expect("the household's own wallet is among those locked")
    }

    /// Writes what was decided, and notes it for others: `why` ends the audit line.
    pub(super) async fn record(&self, tx: &mut Tx, postings: &[Posting], why: &str) -> Result<(), Fault> {
        ledger::store::update_wallets(tx, self.wallets.values()).await?;
        ledger::store::insert_postings(tx, postings).await?;
        entitlements::store::update_stocks(tx, [&self.shelf]).await?;
        entitlements::store::update_slots(tx, self.slots.values()).await?;
        entitlements::store::update_places(tx, self.shelf.changed_places()).await?;
        postings.iter().for_each(|posting| outbox::append(tx, &PointsPosted::of(posting)));
        let now = tx.now();
        for PaidGrant { grant, .. } in self.grants.iter().filter(|paid| paid.grant.cancelled_at == Some(now)) {
            entitlements::store::update_grant_cancelled(tx, grant).await?;
            let points = grant.returned.unwrap_or(grant.price);
            outbox::append(tx, &GrantCancelled::of(grant, points));
            let detail = format!("{} points back for {}: {why}", points.get(), grant.perk);
            let (subject, household) = (grant.id.to_string(), Some(grant.household));
            tx.audit(AuditLine { action: "cancel_grant", household, subject, detail });
        }
        Ok(())
    }
}

async fn grants_of(tx: &mut Tx, household: Id<kinds::Household>, which: Which) -> Result<Vec<Grant>, Fault> {
    match which {
        Which::Grant(grant) => Ok(entitlements::store::lock_grant(tx, household, grant).await?.into_iter().collect()),
        Which::OfPerk(perk) => entitlements::store::lock_grants_of_perk(tx, household, perk).await,
    }
}
