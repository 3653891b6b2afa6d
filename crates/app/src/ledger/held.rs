//! Wallets locked with their lots. Dates decide, not jobs: whoever locks first ends the holds whose end has come, so that no decision
//! ever sees points held that are not.

use std::collections::BTreeMap;

use db::{AuditLine, Tx, outbox};
use kernel::{Actor, Fault, Id, Label, Timestamp, kinds};
use ledger::{
    Hold, HoldState, Posting, Wallet,
    events::{HeldPointsLapsed, PointsPosted},
};

use super::act;
use crate::Settings;

type Wallets = BTreeMap<Id<kinds::Household>, Wallet>;

/// Locks wallets with their lots, and ends their due holds in the same transaction: nobody who holds nothing pays for it.
pub(crate) async fn lock_wallets(
    tx: &mut Tx,
    settings: &Settings,
    households: &[Id<kinds::Household>],
) -> Result<Wallets, Fault> {
    let mut wallets = ledger::store::lock_wallets_with_lots(tx, households).await?;
    end_due_where_held(tx, settings, &mut wallets).await?;
    Ok(wallets)
}

/// As [`lock_wallets`], for wallets that may not exist; `None`: not all of them are there.
pub(crate) async fn lock_known_wallets(
    tx: &mut Tx,
    settings: &Settings,
    households: &[Id<kinds::Household>],
) -> Result<Option<Wallets>, Fault> {
    let Some(mut wallets) = ledger::store::lock_known_wallets(tx, households).await? else { return Ok(None) };
    end_due_where_held(tx, settings, &mut wallets).await?;
    Ok(Some(wallets))
}

/// As [`lock_known_wallets`], for one.
pub(crate) async fn lock_known_wallet(
    tx: &mut Tx,
    settings: &Settings,
    household: Id<kinds::Household>,
) -> Result<Option<Wallet>, Fault> {
    let wallets = lock_known_wallets(tx, settings, &[household]).await?;
    Ok(wallets.and_then(|mut wallets| wallets.remove(&household)))
}

async fn end_due_where_held(tx: &mut Tx, settings: &Settings, wallets: &mut Wallets) -> Result<(), Fault> {
    let holding: Vec<Id<kinds::Household>> =
        wallets.values().filter(|wallet| wallet.has_held()).map(Wallet::household).collect();
    if !holding.is_empty() {
        end_due(tx, settings, wallets, &holding).await?;
    }
    Ok(())
}

/// Ends the holds of households, whose wallets are locked, when their end has come, each at its own end; returns how many. What
/// lapses by it is the calendar's doing, whoever locked the wallet.
pub(super) async fn end_due(
    tx: &mut Tx,
    settings: &Settings,
    wallets: &mut Wallets,
    households: &[Id<kinds::Household>],
) -> Result<usize, Fault> {
    let mut due = ledger::store::list_due_holds_of(tx, households, tx.now()).await?;
    if due.is_empty() {
        return Ok(0);
    }

    let mut postings = Vec::new();
    for hold in &mut due {
        let wallet = wallets.get_mut(&hold.household).expect("only holds of these wallets were asked for");
        if !wallet.keeps(hold) {
            return Err(Fault::inconsistent("end a hold: its lots hold less than it does"));
        }
        let ended = release(tx, settings, wallet, hold, (hold.ends_at, Actor::System));
        hold.state = HoldState::Lapsed(hold.ends_at);
        tell_of_lapse(tx, hold, &ended, hold.ends_at);
        postings.extend(ended);
    }

    ledger::store::update_wallets(tx, wallets.values()).await?;
    wallets.values_mut().for_each(Wallet::note_lapse_written);
    ledger::store::insert_postings(tx, &postings).await?;
    postings.iter().for_each(|posting| outbox::append(tx, &PointsPosted::of(posting)));
    for hold in &due {
        ledger::store::update_hold_state(tx, hold).await?;
        let line = AuditLine {
            action: "end_hold",
            household: Some(hold.household),
            subject: hold.id.to_string(),
            detail: act::detail_of(hold),
        };
        tx.audit_of(Actor::System, line);
    }
    Ok(due.len())
}

/// Lets go, dating what lapses by it the day the hold ended, or the day after the lot's last day when that is later. What had lapsed
/// beside it and is not booked yet is booked first.
pub(crate) fn release(
    tx: &Tx,
    settings: &Settings,
    wallet: &mut Wallet,
    hold: &Hold,
    (ended_at, actor): (Timestamp, Actor),
) -> Vec<Posting> {
    let today = settings.zone.date_of(tx.now());
    let ended_on = settings.zone.date_of(ended_at);
    let reason = reason(settings, hold, ended_at);
    wallet.release(
        hold,
        today,
        |key| act::lapse_cause(tx, actor, key, act::lapsed_on(key)),
        |key| act::lapse_cause(tx, actor, key, act::lapsed_on(key).max(ended_on)),
        &reason,
    )
}

/// Has the household told that held points lapsed, and why.
pub(crate) fn tell_of_lapse(tx: &mut Tx, hold: &Hold, ended: &[Posting], ended_at: Timestamp) {
    let lapsed: Vec<&Posting> = ended.iter().filter(|posting| posting.reason.is_some()).collect();
    if !lapsed.is_empty() {
        outbox::append(tx, &HeldPointsLapsed::of(hold, &lapsed, ended_at));
    }
}

/// Why held points lapsed, in words that are stored with them.
fn reason(settings: &Settings, hold: &Hold, ended_at: Timestamp) -> Label {
    let ended_at = settings.zone.local(ended_at).format("%Y-%m-%d %H:%M");
    format!("hold {} ended {ended_at}", hold.id).parse().expect("an id and a time are a label")
}
