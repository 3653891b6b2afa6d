use std::time::Duration;

use db::outbox::{self, ClaimedEvent, Event};
use kernel::{Actor, Fault};
use tokio::{sync::watch, time::Instant};

use crate::{
    App,
    accounts::{MAIL_INVITATION, MAIL_MEMBER_REMOVED, SEND_SIGN_IN_CODE},
    cocreation::{MAIL_BALLOT_THANKED, THANK_VOTERS},
    entitlements::{
        MAIL_PERK_REDEEMED, MAIL_PLACE_OFFERED, MAIL_SEATS_RETURNED, MAIL_SLOT_MISSED, OFFER_PLACES, RETURN_BOOKING,
        RETURN_SEATS,
    },
    familypay::{
        CANCEL_DEPARTED, CHARGE_MANDATE, MAIL_PAID, MAIL_PAY_REQUEST, MAIL_REFUNDED, RECORD_PAID_ORDER, REFUND_PAYER,
        SEND_REFUND,
    },
    ledger::{MAIL_HELD_POINTS_LAPSED, MAIL_LAPSE_NOTICE},
};

/// How many events one worker claims at once. One: the lease must outlast a slow mail, and would not outlast twenty.
const EVENTS_PER_CLAIM: u64 = 1;

/// How long the worker rests when nothing is due.
const REST: Duration = Duration::from_millis(500);

/// How often the clockwork looks at the calendar.
const CLOCKWORK_EVERY: Duration = Duration::from_secs(60);

/// A reaction: its name, for receipts and mail keys, which stays for ever.
type Reaction = &'static str;

impl App {
    /// How many events wait for their reactions, and how many are parked after failing too often: for whoever watches.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn count_outbox(&self) -> Result<(u64, u64), Fault> {
        outbox::count_open(&self.reader()).await
    }

    /// Runs the reactions of every event that is due now; returns how many events were settled.
    ///
    /// # Errors
    /// A [`Fault`] of the database. A failing reaction is no fault here: its event is deferred, at last parked.
    pub async fn drain(&self) -> Result<usize, Fault> {
        self.drain_until(|| false).await
    }

    /// Drains, looking up after each event whether to stop.
    async fn drain_until(&self, is_stopping: impl Fn() -> bool) -> Result<usize, Fault> {
        let mut settled = 0;
        while !is_stopping() {
            let claimed = self.claim_events().await?;
            if claimed.is_empty() {
                break;
            }
            for event in &claimed {
                settled += usize::from(self.run_reactions(event).await?);
            }
        }
        Ok(settled)
    }

    /// Works until told to stop: reactions as they come due, and the clockwork once a minute.
    pub async fn work(&self, mut stop: watch::Receiver<bool>) {
        let mut next_clockwork = Instant::now();
        while !*stop.borrow() {
            if let Err(fault) = self.drain_until(|| *stop.borrow()).await {
                tracing::error!(error = fault.chain(), "The worker could not drain the outbox and will try again");
            }
            // One batch at a time between two looks at the outbox: no sign-in mail waits for a year of lapses.
            if Instant::now() >= next_clockwork {
                if self.run_clockwork().await {
                    continue;
                }
                next_clockwork = Instant::now() + CLOCKWORK_EVERY;
            }
            tokio::select! {
                () = told_to_stop(&mut stop) => return,
                () = tokio::time::sleep(REST) => {}
            }
        }
    }

    /// Does one batch of each thing that became due; whether there may be more. They take turns: a year of lapses keeps neither the
    /// seals nor the notices nor a rule's bound waiting.
    pub async fn run_clockwork(&self) -> bool {
        // First the holds: what they let go may lapse at once.
        let ended = did_some(self.end_due_holds().await, "holds ended");
        let lapsed = did_some(self.lapse_lots().await, "lots lapsed");
        // What was just posted is sealed with the rest. A full seal leaves more for the next.
        let sealed = self.seal_ledger().await;
        let is_full = matches!(sealed, Ok(count) if count >= ledger::Seal::MAX_WALLETS);
        did_some(sealed, "wallets sealed");
        let uninvited = did_some(self.lapse_invitations().await, "invitations lapsed");
        let moved_on = did_some(self.advance_waiting_lists().await, "places on waiting lists moved on");
        let forgone = did_some(self.lapse_bookings().await, "bookings lapsed");
        let paid = did_some(self.tell_sandbox_payments().await, "payments of the sandbox told");
        let known = did_some(self.ask_about_attempts().await, "attempts to pay known by asking");
        let back = did_some(self.ask_about_refunds().await, "refunds over");
        let asked = did_some(self.advance_pay_requests().await, "pay requests ended or reminded of");
        let noticed = did_some(self.notify_lapses_daily().await, "households told of points that lapse soon");
        let indexed = did_some(self.index_contacts().await, "persons entered into the contact index");
        let resealed = did_some(self.reseal_health_tags().await, "health tags sealed anew");
        let erased = did_some(self.advance_erasures().await, "erasures advanced");
        let pruned = did_some(self.prune_daily().await, "rows pruned");
        // After the lapses, which bring what is outstanding down. One look closes all there are to close.
        did_some(self.close_rules().await, "earn rules closed");
        did_some(self.close_studies().await, "studies closed");
        did_some(self.reconcile_days().await, "days of a payment provider's books compared with ours");
        let others = noticed || indexed || resealed || erased || pruned;
        ended || lapsed || is_full || forgone || uninvited || moved_on || paid || known || back || asked || others
    }

    async fn claim_events(&self) -> Result<Vec<ClaimedEvent>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let claimed = outbox::lock_due(&mut tx, EVENTS_PER_CLAIM).await?;
            // On SQLite a commit is a disk flush: with nothing claimed there is nothing to keep.
            if claimed.is_empty() {
                tx.rollback().await?
            } else {
                tx.commit().await?
            }
            Ok(claimed)
        })
        .await
    }

    /// Whether the event is settled: all its reactions are done, now or before.
    async fn run_reactions(&self, event: &ClaimedEvent) -> Result<bool, Fault> {
        for reaction in reactions_to(&event.kind) {
            if outbox::find_receipt(&self.reader(), event.id, reaction).await? {
                continue;
            }
            if let Err(fault) = self.react(reaction, event).await {
                self.defer(event, reaction, &fault).await?;
                return Ok(false);
            }
            self.note_receipt(event, reaction).await?;
        }
        self.settle(event).await?;
        Ok(true)
    }

    async fn react(&self, reaction: Reaction, event: &ClaimedEvent) -> Result<(), Fault> {
        match reaction {
            SEND_SIGN_IN_CODE => self.send_sign_in_code(event).await,
            MAIL_INVITATION => self.mail_invitation(event).await,
            MAIL_MEMBER_REMOVED => self.mail_member_removed(event).await,
            MAIL_PERK_REDEEMED => self.mail_perk_redeemed(event).await,
            MAIL_PLACE_OFFERED => self.mail_place_offered(event).await,
            MAIL_SEATS_RETURNED => self.mail_seats_returned(event).await,
            MAIL_SLOT_MISSED => self.mail_slot_missed(event).await,
            OFFER_PLACES => self.offer_places_after(event).await,
            THANK_VOTERS => self.thank_voters(event).await,
            MAIL_BALLOT_THANKED => self.mail_ballot_thanked(event).await,
            RETURN_BOOKING => self.return_booking_of_order(event).await,
            RETURN_SEATS => self.return_seats(event).await,
            MAIL_LAPSE_NOTICE => self.mail_lapse_notice(event).await,
            MAIL_HELD_POINTS_LAPSED => self.mail_held_points_lapsed(event).await,
            CANCEL_DEPARTED => self.cancel_departed(event).await,
            CHARGE_MANDATE => self.charge_mandate(event).await,
            MAIL_PAID => self.mail_paid(event).await,
            MAIL_PAY_REQUEST => self.mail_pay_request(event).await,
            MAIL_REFUNDED => self.mail_refunded(event).await,
            RECORD_PAID_ORDER => self.record_paid_order(event).await,
            REFUND_PAYER => self.refund_payer(event).await,
            SEND_REFUND => self.send_refund(event).await,
            _ => Err(Fault::inconsistent("find the reaction of an event")),
        }
    }

    async fn note_receipt(&self, event: &ClaimedEvent, reaction: Reaction) -> Result<(), Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            outbox::insert_receipt(&mut tx, event.id, reaction).await?;
            tx.commit().await
        })
        .await
    }

    async fn settle(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            outbox::update_settled(&mut tx, event.id).await?;
            tx.commit().await
        })
        .await
    }

    async fn defer(&self, event: &ClaimedEvent, reaction: Reaction, fault: &Fault) -> Result<(), Fault> {
        let is_parked = db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let is_parked = outbox::update_deferred(&mut tx, event, &fault.chain()).await?;
            tx.commit().await?;
            Ok(is_parked)
        })
        .await?;
        let outcome = if is_parked { "parked" } else { "deferred" };
        tracing::warn!(event.id = %event.id, reaction, outcome, error = fault.chain(), "A reaction failed: its event is {outcome}");
        Ok(())
    }
}

/// Says what the clockwork did; whether it was anything.
fn did_some(done: Result<usize, Fault>, what: &'static str) -> bool {
    match done {
        Ok(0) => false,
        Ok(count) => {
            tracing::info!(count, "{count} {what}");
            true
        }
        Err(fault) => {
            tracing::error!(error = fault.chain(), "The clockwork met a fault and will try again in a minute");
            false
        }
    }
}

/// Ends when told to stop, or when nobody is left to tell. A function of its own, so that the guard it gets is gone at once.
async fn told_to_stop(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|&is_stopping| is_stopping).await);
}

/// Whether anybody reacts to a kind of event.
pub(crate) fn is_heard(kind: &str) -> bool {
    !reactions_to(kind).is_empty()
}

/// Who reacts to what. An event nobody reacts to is settled at once; it stays for those who will ask for it.
fn reactions_to(kind: &str) -> &'static [Reaction] {
    match kind {
        ::accounts::events::SignInCodeRequested::KIND => &[SEND_SIGN_IN_CODE],
        ::accounts::events::InvitationMade::KIND => &[MAIL_INVITATION],
        ::accounts::events::MemberRemoved::KIND => &[MAIL_MEMBER_REMOVED],
        ::entitlements::events::PerkRedeemed::KIND => &[MAIL_PERK_REDEEMED],
        ::entitlements::events::PlaceOffered::KIND => &[MAIL_PLACE_OFFERED],
        ::entitlements::events::SeatsReturned::KIND => &[MAIL_SEATS_RETURNED],
        ::entitlements::events::SlotMissed::KIND => &[MAIL_SLOT_MISSED],
        ::entitlements::events::GatheringCalledOff::KIND => &[RETURN_SEATS],
        // What was given back or given up is somebody else's turn.
        ::entitlements::events::GrantCancelled::KIND | ::entitlements::events::PlaceEnded::KIND => &[OFFER_PLACES],
        ::ledger::events::LapseNoticed::KIND => &[MAIL_LAPSE_NOTICE],
        ::ledger::events::HeldPointsLapsed::KIND => &[MAIL_HELD_POINTS_LAPSED],
        ::cocreation::events::StudyLaunched::KIND => &[THANK_VOTERS],
        ::cocreation::events::BallotThanked::KIND => &[MAIL_BALLOT_THANKED],
        ::accounts::events::MemberLeft::KIND => &[CANCEL_DEPARTED],
        ::orders::events::OrderRefundRecorded::KIND => &[REFUND_PAYER],
        ::orders::events::OrderCancelled::KIND => &[REFUND_PAYER, RETURN_BOOKING],
        ::familypay::events::MandateAttemptBegun::KIND => &[CHARGE_MANDATE],
        ::familypay::events::PayRequestPaid::KIND => &[RECORD_PAID_ORDER, MAIL_PAID],
        ::familypay::events::PaymentRefundDue::KIND => &[SEND_REFUND],
        ::familypay::events::PaymentRefundSucceeded::KIND => &[MAIL_REFUNDED],
        ::familypay::events::PayRequestAsked::KIND
        | ::familypay::events::PayRequestReminded::KIND
        | ::familypay::events::PayRequestDeclined::KIND
        | ::familypay::events::PayRequestExpired::KIND
        | ::familypay::events::PayRequestCancelled::KIND
        | ::familypay::events::PayAtPickUpChosen::KIND => &[MAIL_PAY_REQUEST],
        _ => &[],
    }
}
