use db::{AuditLine, Tx, outbox};
use kernel::{Actor, BusinessDate, Fault, IdempotencyKey, Label};
use ledger::{Cause, LotKey, Posting, Wallet, events::PointsPosted};

use crate::Settings;

/// The cause of a posting that is made now, for a reference of its own kind.
pub(super) fn cause(tx: &Tx, settings: &Settings, reference: String) -> Cause {
    Cause {
        id: tx.new_id(),
        reference,
        actor: tx.actor(),
        posted_at: tx.now(),
        business_date: settings.zone.date_of(tx.now()),
    }
}

/// The cause of a lot's lapse, on the day it became true.
pub(super) fn lapse_cause(tx: &Tx, actor: Actor, key: LotKey, business_date: BusinessDate) -> Cause {
    let id = tx.new_id();
    let reference = format!("{} {id}", key.lot_id());
    Cause { id, reference, actor, posted_at: tx.now(), business_date }
}

/// The day a lot's lapse belongs to: the one after its last day.
pub(super) fn lapsed_on(key: LotKey) -> BusinessDate {
    key.expires_on.succ_opt().expect("a lot that lapsed had a last day before the end of the calendar")
}

/// Writes wallets and their postings, tells others, and keeps a line for the audit log for each posting.
pub(super) async fn record<'a>(
    tx: &mut Tx,
    wallets: impl IntoIterator<Item = &'a Wallet>,
    postings: &[Posting],
    action: &'static str,
) -> Result<(), Fault> {
    ledger::store::update_wallets(tx, wallets).await?;
    ledger::store::insert_postings(tx, postings).await?;
    for posting in postings {
        outbox::append(tx, &PointsPosted::of(posting));
        let why = posting.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
        let detail = format!("{} {} points{why}", posting.kind.code(), posting.points.get());
        tx.audit(AuditLine {
            action,
            household: Some(posting.household),
            subject: posting.cause.id.to_string(),
            detail,
        });
    }
    Ok(())
}

/// How a decided act is told again: with the same key and the same content it is the same act.
pub(super) fn is_same_act(posting: &Posting, points: kernel::Points, reason: &Label) -> bool {
    posting.points == points && posting.reason.as_ref() == Some(reason)
}

/// The reference of a decided act.
pub(super) fn reference(key: &IdempotencyKey) -> String {
    key.to_string()
}

/// A line for the audit log about a hold: no posting shows it.
pub(super) fn audit_hold(tx: &mut Tx, hold: &ledger::Hold, action: &'static str) {
    let (subject, detail) = (hold.id.to_string(), detail_of(hold));
    tx.audit(AuditLine { action, household: Some(hold.household), subject, detail });
}

/// What the audit log says of a hold.
pub(super) fn detail_of(hold: &ledger::Hold) -> String {
    format!("{} points for {} of {}", hold.points.get(), hold.purpose, hold.owner)
}
