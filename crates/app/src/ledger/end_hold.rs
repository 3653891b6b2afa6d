use db::Tx;
use kernel::{Actor, Fault, Id, Timestamp, kinds};
use ledger::{Hold, HoldRefusal, HoldState, Posting, Wallet};

use super::act;
use crate::{App, Settings};

/// Most holds whose end is booked in one transaction: few, so that nobody waits long for their wallets' locks.
const HOLDS_PER_BATCH: u64 = 20;

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
            let (mut wallet, mut hold) = match load(&mut tx, household, hold).await? {
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
            let (mut wallet, mut hold) = match load(&mut tx, household, hold).await? {
                Ok(loaded) => loaded,
                Err(refusal) => return Ok(Err(refusal)),
            };

            if let Err(refusal) = hold.check_open(tx.now()) {
                return Ok(Err(refusal.into()));
            }
            let now = tx.now();
            let postings = release(&tx, self.settings(), &mut wallet, &hold, now);
            hold.state = HoldState::Released(now);

            act::record(&mut tx, [&wallet], &postings, "release_hold").await?;
            ledger::store::update_hold_state(&mut tx, &hold).await?;
            act::audit_hold(&mut tx, &hold, "release_hold");

            tx.commit().await?;
            Ok(Ok(postings))
        })
        .await
    }

    /// Books one batch of holds whose end has come; returns how many ended. Zero: nothing is due.
    ///
    /// However late it runs, a hold ends at its end, and what lapses by it is dated that day; a second run finds nothing left.
    ///
    /// # Errors
    /// A [`Fault`] of the database; running it again is safe.
    pub async fn end_due_holds(&self) -> Result<usize, Fault> {
        let now = self.db().clock().now();
        let due = ledger::store::list_due_holds(&self.reader(), now, HOLDS_PER_BATCH).await?;
        let mut ended = 0;
        for (household, hold) in due {
            ended += usize::from(db::retry_contention(async || self.end_hold_once(household, hold).await).await?);
        }
        Ok(ended)
    }

    async fn end_hold_once(&self, household: Id<kinds::Household>, hold: Id<kinds::Hold>) -> Result<bool, Fault> {
        let mut tx = self.begin(Actor::System).await?;
        let Ok((mut wallet, mut hold)) = load(&mut tx, household, hold).await? else { return Ok(false) };

        // That it was due was only a hint: it may have been captured or ended since.
        if hold.state != HoldState::Open || tx.now() < hold.ends_at {
            tx.rollback().await?;
            return Ok(false);
        }
        let postings = release(&tx, self.settings(), &mut wallet, &hold, hold.ends_at);
        hold.state = HoldState::Lapsed(hold.ends_at);

        act::record(&mut tx, [&wallet], &postings, "end_hold").await?;
        ledger::store::update_hold_state(&mut tx, &hold).await?;
        act::audit_hold(&mut tx, &hold, "end_hold");

        tx.commit().await?;
        Ok(true)
    }
}

async fn load(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    hold: Id<kinds::Hold>,
) -> Result<Result<(Wallet, Hold), EndHoldRefusal>, Fault> {
    let Some(wallet) = ledger::store::lock_known_wallet(tx, household).await? else {
        return Ok(Err(EndHoldRefusal::NoSuchHold));
    };
    let hold = ledger::store::find_hold(tx, household, hold).await?;
    Ok(hold.map(|hold| (wallet, hold)).ok_or(EndHoldRefusal::NoSuchHold))
}

/// Lets go, dating what lapses by it the day the hold ended, or the day after the lot's last day when that is later.
fn release(tx: &Tx, settings: &Settings, wallet: &mut Wallet, hold: &Hold, ended_at: Timestamp) -> Vec<Posting> {
    let today = settings.zone.date_of(tx.now());
    let ended_on = settings.zone.date_of(ended_at);
    wallet.release(
        hold,
        today,
        |key| act::lapse_cause(tx, key, act::lapsed_on(key)),
        |key| act::lapse_cause(tx, key, act::lapsed_on(key).max(ended_on)),
    )
}
