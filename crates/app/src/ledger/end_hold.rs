use db::Tx;
use kernel::{Actor, Fault, Id, kinds};
use ledger::{Hold, HoldRefusal, HoldState, Posting, Wallet};

use super::{act, held, skipping::Skipped};
use crate::{App, Settings};

/// Most households whose due holds are ended in one batch, each in a transaction of its own: the outbox is looked at in between.
const HOUSEHOLDS_PER_BATCH: u64 = 20;

/// Why a hold is not captured or released. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndHoldRefusal {
    /// The household has no such hold.
    #[error("there is no such hold")]
    NoSuchHold,
    /// It is not open any more.
    #[error(transparent)]
    NotOpen(#[from] HoldRefusal),
}

impl App {
    /// Spends the points of a hold, also those whose last day came while they were held.
    ///
    /// # Errors
    /// A [`Fault`]; trying again is safe: a hold that was captured says so.
    pub async fn capture_hold(
        &self,
        actor: Actor,
        household: Id<kinds::Household>,
        hold: Id<kinds::Hold>,
    ) -> Result<Result<Posting, EndHoldRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(actor).await?;
            let (mut wallet, mut hold) = match load(&mut tx, self.settings(), household, hold).await? {
                Ok(loaded) => loaded,
                Err(refusal) => return Ok(Err(refusal)),
            };

            if let Err(refusal) = hold.check_open(tx.now()) {
                return Ok(Err(refusal.into()));
            }
            let posting = wallet.capture(act::cause(&tx, self.settings(), hold.id.to_string()), &hold);
            hold.state = HoldState::Captured(tx.now());

            act::record(&mut tx, [&wallet], std::slice::from_ref(&posting), "capture_hold").await?;
            ledger::store::update_hold_state(&mut tx, &hold).await?;

            tx.commit().await?;
            Ok(Ok(posting))
        })
        .await
    }

    /// Lets the points of a hold go. What lapsed of them meanwhile lapses now: those postings are the answer.
    ///
    /// # Errors
    /// A [`Fault`]; trying again is safe: a hold that ended says so.
    pub async fn release_hold(
        &self,
        actor: Actor,
        household: Id<kinds::Household>,
        hold: Id<kinds::Hold>,
    ) -> Result<Result<Vec<Posting>, EndHoldRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(actor).await?;
            let (mut wallet, mut hold) = match load(&mut tx, self.settings(), household, hold).await? {
                Ok(loaded) => loaded,
                Err(refusal) => return Ok(Err(refusal)),
            };

            if let Err(refusal) = hold.check_open(tx.now()) {
                return Ok(Err(refusal.into()));
            }
            let now = tx.now();
            let postings = held::release(&tx, self.settings(), &mut wallet, &hold, (now, actor));
            hold.state = HoldState::Released(now);

            act::record(&mut tx, [&wallet], &postings, "release_hold").await?;
            ledger::store::update_hold_state(&mut tx, &hold).await?;
            held::tell_of_lapse(&mut tx, &hold, &postings, now);
            act::audit_hold(&mut tx, &hold, "release_hold");

            tx.commit().await?;
            Ok(Ok(postings))
        })
        .await
    }

    /// Books one batch of holds whose end has come; returns how many ended. Zero: nothing is due.
    ///
    /// However late it runs, a hold ends at its end, and what lapses by it is dated that day; a second run finds nothing left. A
    /// household whose holds cannot be ended is passed over and reported, and those behind it are not kept waiting.
    ///
    /// # Errors
    /// A [`Fault`] of the database, or when nobody's holds could be ended and somebody's should; running it again is safe.
    pub async fn end_due_holds(&self) -> Result<usize, Fault> {
        let mut skipped = Skipped::new();
        loop {
            let now = self.db().clock().now();
            let (reader, passed_over) = (self.reader(), skipped.households());
            let due = ledger::store::list_households_with_due_holds(&reader, now, &passed_over, HOUSEHOLDS_PER_BATCH);
            let mut ended = 0;
            for household in due.await? {
                match db::retry_contention(async || self.end_holds_once(household).await).await {
                    Ok(count) => ended += count,
                    Err(fault) => skipped.pass_over(household, fault, "end its holds")?,
                }
            }
            if ended > 0 || !skipped.is_news(passed_over.len()) {
                return skipped.answer(ended);
            }
        }
    }

    async fn end_holds_once(&self, household: Id<kinds::Household>) -> Result<usize, Fault> {
        let mut tx = self.begin(Actor::System).await?;
        let mut wallets = ledger::store::lock_wallets_with_lots(&mut tx, &[household]).await?;

        // That some were due was only a hint: they may have been captured or ended since.
        let ended = held::end_due(&mut tx, self.settings(), &mut wallets, &[household]).await?;

        if ended == 0 {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        Ok(ended)
    }
}

async fn load(
    tx: &mut Tx,
    settings: &Settings,
    household: Id<kinds::Household>,
    hold: Id<kinds::Hold>,
) -> Result<Result<(Wallet, Hold), EndHoldRefusal>, Fault> {
    let Some(wallet) = held::lock_known_wallet(tx, settings, household).await? else {
        return Ok(Err(EndHoldRefusal::NoSuchHold));
    };
    let hold = ledger::store::find_hold(tx, household, hold).await?;
    Ok(hold.map(|hold| (wallet, hold)).ok_or(EndHoldRefusal::NoSuchHold))
}
