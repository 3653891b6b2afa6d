//! Delivery slots: the last place that many want, orders that are called off, and promises that are not kept.

use std::sync::Arc;

use app::{
    App, Principal, StaffPrincipal,
    entitlements::{
        BookSlot, BookSlotRefusal, BookingOutcome, DefineSlot, DefineSlotRefusal, GiveBackRefusal, RedeemPerkRefusal,
        SettleBooking, SettleBookingRefusal,
    },
    orders::EventTold,
};
use chrono::TimeDelta;
use entitlements::{CancelRefusal, DeliverySlot, Grant, SlotRefusal, SlotTermsRefusal};
use orders::{OrderCancelled, OrderPickedUp};
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use super::gatherings::{KEY, announce, evening, give_back, neighbourhood, staff};
use crate::{
    staff::hire,
    world::{assert_verifies, balance, define_perk, event, label, paid, points, redeem, reference, set_rule},
};

/// Tomorrow for two hours, to be booked until six hours before.
fn tomorrow(app: &App, capacity: u32) -> DefineSlot {
    let starts_at = app.db().clock().now() + TimeDelta::days(1);
    DefineSlot {
        perk: "priority-delivery".parse().unwrap(),
        community: label("玉兰里社区"),
        starts_at,
        ends_at: starts_at + TimeDelta::hours(2),
        cut_off_at: starts_at - TimeDelta::hours(6),
        capacity,
        is_open: true,
        expected_version: None,
    }
}

/// So many households with 400 points and an order `D-n` each, a perk of 100 points, and who keeps perks.
async fn waiting_for_orders(app: &App, households: usize) -> (Vec<Principal>, StaffPrincipal) {
    let people = neighbourhood(app, households).await;
    define_perk(app, 100, 5_000, 3).await;
    for n in 0..households {
        order(app, n, &format!("D-{n}")).await;
    }
    (people, staff(app).await)
}

async fn order(app: &App, household: usize, order: &str) {
    let ordered_at = app.db().clock().now() - TimeDelta::hours(1);
    let sale = orders::OrderPaid {
        ordered_at,
        ..paid(order, &format!("H-{household}"), "2026-01-01T00:00:00", &[("", "30")])
    };
    tell(app, &format!("ev-{order}"), EventTold::Paid(sale)).await;
}

async fn tell(app: &App, id: &str, told: EventTold) {
    app.record_order_events(&[event(id, told)]).await.unwrap().remove(0).unwrap();
}

async fn call_off(app: &App, id: &str, order: &str) {
    let cancelled_at = app.db().clock().now();
    tell(app, id, EventTold::Cancelled(OrderCancelled { order_ref: reference(order), cancelled_at })).await;
}

async fn offer(app: &App, by: &StaffPrincipal, define: &DefineSlot) -> DeliverySlot {
    app.define_slot(by, define).await.unwrap().unwrap()
}

fn book_as(slot: &DeliverySlot, order: &str, key: &str) -> BookSlot {
    BookSlot { slot: slot.id, order_ref: reference(order), idempotency_key: key.parse().unwrap() }
}

async fn book(app: &App, who: &Principal, slot: &DeliverySlot, order: &str) -> Result<Grant, BookSlotRefusal> {
    let key = format!("{KEY}-{order}-{}", &slot.id.to_string()[27..]);
    app.book_slot(who, &book_as(slot, order, &key)).await.unwrap().map(|booked| booked.grant)
}

async fn settle(
    app: &App,
    by: &StaffPrincipal,
    order: &str,
    outcome: BookingOutcome,
) -> Result<i64, SettleBookingRefusal> {
    let settle = SettleBooking { order_ref: reference(order), outcome };
    app.settle_booking(by, &settle).await.unwrap().map(|settled| settled.apology.get())
}

/// Two households that booked one slot.
pub(super) async fn two_bookings(app: &App) {
    let (people, by) = waiting_for_orders(app, 2).await;
    let slot = offer(app, &by, &tomorrow(app, 5)).await;
    book(app, &people[0], &slot, "D-0").await.unwrap();
    book(app, &people[1], &slot, "D-1").await.unwrap();
}

on_both_engines! {
    async fn fifty_households_want_the_last_place_and_the_others_are_told_the_next_free_slot(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let (people, by) = waiting_for_orders(&app, 50).await;
        let first = offer(&app, &by, &tomorrow(&app, 1)).await;
        let define = tomorrow(&app, 30);
        let define = DefineSlot { starts_at: define.starts_at + TimeDelta::hours(2), ends_at: define.ends_at + TimeDelta::hours(2), ..define };
        let next = offer(&app, &by, &define).await;
        let postings = world.db().count("postings").await;

        let presses: Vec<_> = people.into_iter().enumerate().map(|(n, who)| {
            let app = Arc::clone(&app);
            tokio::spawn(async move { book(&app, &who, &first, &format!("D-{n}")).await })
        }).collect();
        let (mut booked, mut full) = (0, 0);
        for press in presses {
            match press.await.unwrap() {
                Ok(_) => booked += 1,
                Err(refusal) => {
                    assert_eq!(refusal, BookSlotRefusal::NotTaken { refusal: SlotRefusal::Full, next_free: Some(next) });
                    full += 1;
                }
            }
        }

        assert_eq!((booked, full), (1, 49));
        assert_eq!(world.db().count("grants WHERE slot_id IS NOT NULL").await, 1);
        assert_eq!(world.db().count("postings").await, postings + 1);
        assert_eq!(world.db().count("delivery_slots WHERE taken = 1 AND capacity = 1").await, 1);
        assert_eq!(world.db().count("outbox_events WHERE kind = 'entitlements.slot_booked.v1'").await, 1);
        assert_verifies(&app).await;
    }

    async fn a_slot_is_booked_for_an_order_of_ones_own_that_is_still_to_come(world: TestApp) {
        let app = world.app();
        let (people, by) = waiting_for_orders(app, 3).await;
        let define = tomorrow(app, 5);
        let slot = offer(app, &by, &define).await;
        order(app, 0, "D-LATER").await;
        order(app, 0, "D-OFF").await;
        order(app, 0, "D-GONE").await;
        call_off(app, "ev-off", "D-OFF").await;
        let now = app.db().clock().now();
        tell(app, "ev-gone", EventTold::PickedUp(OrderPickedUp { order_ref: reference("D-GONE"), picked_up_at: now })).await;

        let grant = book(app, &people[0], &slot, "D-0").await.unwrap();
        assert_eq!((grant.price, grant.expires_on), (points(100), slot.ends_on));
        // The key answers again; another key is another act.
        assert_eq!(book(app, &people[0], &slot, "D-0").await, Ok(grant));
        let other_key = app.book_slot(&people[0], &book_as(&slot, "D-0", "another-key-0123456789")).await.unwrap();
        assert_eq!(other_key.map(|booked| booked.grant), Err(BookSlotRefusal::OrderBooked));
        let reused = app.book_slot(&people[0], &book_as(&slot, "D-LATER", "another-key-0123456789")).await.unwrap();
        assert!(reused.is_ok());
        let reused = app.book_slot(&people[0], &book_as(&slot, "D-0", "another-key-0123456789")).await.unwrap();
        assert_eq!(reused.map(|booked| booked.grant), Err(RedeemPerkRefusal::IdempotencyKeyReused.into()));
        for of_nobody in ["D-OFF", "D-GONE", "D-1", "D-UNKNOWN"] {
            assert_eq!(book(app, &people[0], &slot, of_nobody).await, Err(BookSlotRefusal::NoSuchOrder), "{of_nobody}");
        }
        // The perk is not redeemed without a slot.
        let bare = app.redeem_perk(&people[1], &redeem(slot.perk, KEY)).await.unwrap();
        assert_eq!(bare.map(|redeemed| redeemed.grant), Err(RedeemPerkRefusal::NeedsSlot));

        // Until the cut-off it is given back whole; afterwards it is neither booked nor given back.
        assert_eq!(give_back(app, &people[0], &grant, 99).await, Err(GiveBackRefusal::ReturnChanged { returns: points(100) }));
        assert_eq!(give_back(app, &people[0], &grant, 100).await, Ok(100));
        let grant = book(app, &people[1], &slot, "D-1").await.unwrap();
        world.clock().set(define.cut_off_at);
        let cut_off = SlotRefusal::CutOff { at: define.cut_off_at };
        let refused = Err(BookSlotRefusal::NotTaken { refusal: cut_off, next_free: None });
        assert_eq!(book(app, &people[2], &slot, "D-2").await, refused);
        assert_eq!(give_back(app, &people[1], &grant, 100).await, Err(GiveBackRefusal::CutOff { at: define.cut_off_at }));
        assert_eq!(balance(app, &people[0]).await, [300, 60, 0, 0]);
        assert_eq!(balance(app, &people[1]).await, [300, 30, 0, 0]);
        assert_eq!(world.db().count("delivery_slots WHERE taken = 2").await, 1);
        assert_verifies(app).await;
    }

    async fn a_missed_slot_gives_the_points_back_and_an_apology_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let (people, by) = waiting_for_orders(&app, 2).await;
        let define = tomorrow(&app, 5);
        let slot = offer(&app, &by, &define).await;
        book(&app, &people[0], &slot, "D-0").await.unwrap();
        book(&app, &people[1], &slot, "D-1").await.unwrap();
        let early = settle(&app, &by, "D-1", BookingOutcome::Kept).await;
        assert_eq!(early, Err(SettleBookingRefusal::NotCutOff { at: define.cut_off_at }));
        world.clock().set(define.ends_at);

        let presses: Vec<_> = (0..10).map(|_| {
            let app = Arc::clone(&app);
            tokio::spawn(async move { settle(&app, &by, "D-0", BookingOutcome::Missed).await })
        }).collect();
        let mut told = Vec::new();
        for press in presses {
            told.extend(press.await.unwrap());
        }
        assert_eq!(told, [50]);
        assert_eq!(settle(&app, &by, "D-1", BookingOutcome::Kept).await, Ok(0));
        let missed_after = settle(&app, &by, "D-1", BookingOutcome::Missed).await;
        assert_eq!(missed_after, Err(SettleBookingRefusal::NotStanding(CancelRefusal::Used { at: define.ends_at })));
        let kept_after = settle(&app, &by, "D-0", BookingOutcome::Kept).await;
        let at = define.ends_at;
        assert_eq!(kept_after, Err(SettleBookingRefusal::NotStanding(CancelRefusal::AlreadyCancelled { at })));

        // 400, and 50 more; the order's own 30 are pending.
        assert_eq!(balance(&app, &people[0]).await, [450, 30, 0, 0]);
        assert_eq!(balance(&app, &people[1]).await, [300, 30, 0, 0]);
        assert_eq!(world.db().count("postings WHERE kind = 'restore' AND points = 100").await, 1);
        assert_eq!(world.db().count("postings WHERE kind = 'adjust' AND points = 50 AND reference LIKE 'apology gr_%'").await, 1);
        assert_eq!(world.db().count("grants WHERE missed_at IS NOT NULL").await, 1);
        assert_eq!(world.db().count("grants WHERE used_at IS NOT NULL").await, 1);
        assert_eq!(world.db().count("delivery_slots WHERE taken = 1").await, 1);
        assert_eq!(world.db().count("outbox_events WHERE kind = 'entitlements.slot_missed.v1'").await, 1);
        // Nothing is left for the clockwork.
        world.clock().advance(TimeDelta::days(5));
        assert_eq!(app.lapse_bookings().await.unwrap(), 0);
        assert_verifies(&app).await;
    }

    async fn a_cancelled_order_returns_its_booking_once(world: TestApp) {
        let app = world.app();
        let (people, by) = waiting_for_orders(app, 1).await;
        let slot = offer(app, &by, &tomorrow(app, 1)).await;
        book(app, &people[0], &slot, "D-0").await.unwrap();
        world.clock().set(slot.cut_off_at);
        call_off(app, "ev-off", "D-0").await;
        call_off(app, "ev-off-again", "D-0").await;
        app.drain().await.unwrap();
        // The queue forgets what was done: it is told again, and nothing happens.
        world.db().execute("DELETE FROM reaction_receipts").await.unwrap();
        world.db().execute("UPDATE outbox_events SET settled_at = NULL, due_at = 0 WHERE kind = 'orders.order_cancelled.v1'").await.unwrap();
        app.drain().await.unwrap();

        assert_eq!(balance(app, &people[0]).await, [400, 0, 0, 0]);
        assert_eq!(world.db().count("postings WHERE kind = 'restore'").await, 1);
        assert_eq!(world.db().count("delivery_slots WHERE taken = 0").await, 1);
        let settled = settle(app, &by, "D-0", BookingOutcome::Missed).await;
        let at = slot.cut_off_at;
        assert_eq!(settled, Err(SettleBookingRefusal::NotStanding(CancelRefusal::AlreadyCancelled { at })));
        assert_verifies(app).await;
    }

    async fn nobody_pays_for_a_promise_that_nobody_vouches_for(world: TestApp) {
        let app = world.app();
        let (people, by) = waiting_for_orders(app, 1).await;
        let slot = offer(app, &by, &tomorrow(app, 1)).await;
        book(app, &people[0], &slot, "D-0").await.unwrap();
        world.clock().set(slot.ends_at + TimeDelta::days(3) - TimeDelta::milliseconds(1));
        assert_eq!(app.lapse_bookings().await.unwrap(), 0);
        world.clock().advance(TimeDelta::milliseconds(1));
        assert_eq!((app.lapse_bookings().await.unwrap(), app.lapse_bookings().await.unwrap()), (1, 0));
        // The points, and no apology: it is not known that it was missed.
        assert_eq!(balance(app, &people[0]).await, [400, 30, 0, 0]);
        assert_verifies(app).await;
    }

    async fn booking_and_missing_dropped_at_every_await_happen_whole_or_not_at_all(world: TestApp) {
        let app = world.app();
        let (people, by) = waiting_for_orders(app, 1).await;
        let slot = offer(app, &by, &tomorrow(app, 1)).await;
        let halves = "SELECT 'half' FROM wallets WHERE \
             (SELECT sum(remaining) FROM lots) <> 430 - 100 * (SELECT count(*) FROM grants WHERE cancelled_at IS NULL) \
                 + 50 * (SELECT count(*) FROM grants WHERE missed_at IS NOT NULL) \
             OR (SELECT sum(taken) FROM delivery_slots) <> (SELECT count(*) FROM grants WHERE cancelled_at IS NULL)";
        let whole = async || assert_eq!(world.db().texts(halves).await, Vec::<Vec<String>>::new());
        drop_at_every_await(async |_| book(app, &people[0], &slot, "D-0").await, async |_| whole().await).await;
        assert_eq!(world.db().count("delivery_slots WHERE taken = 1").await, 1);
        world.clock().set(slot.ends_at);
        drop_at_every_await(async |_| settle(app, &by, "D-0", BookingOutcome::Missed).await, async |_| whole().await).await;
        assert_eq!(balance(app, &people[0]).await, [450, 30, 0, 0]);
        assert_verifies(app).await;
    }

    async fn what_households_booked_on_stays_and_two_who_change_one_slot_do_not_overwrite_each_other(world: TestApp) {
        let app = world.app();
        let (people, by) = waiting_for_orders(app, 2).await;
        let define = tomorrow(app, 5);
        let slot = offer(app, &by, &define).await;
        book(app, &people[0], &slot, "D-0").await.unwrap();
        book(app, &people[1], &slot, "D-1").await.unwrap();
        let seen = DefineSlot { expected_version: Some(1), ..define.clone() };
        let (_, later) = (define.starts_at, define.ends_at + TimeDelta::hours(1));
        for (changed, refusal) in [
            (DefineSlot { expected_version: None, ..define.clone() }, DefineSlotRefusal::VersionConflict),
            (DefineSlot { expected_version: Some(2), ..define.clone() }, DefineSlotRefusal::VersionConflict),
            (DefineSlot { ends_at: later, ..seen.clone() }, DefineSlotRefusal::Booked { taken: 2 }),
            (DefineSlot { capacity: 1, ..seen.clone() }, DefineSlotRefusal::BelowTaken { taken: 2 }),
            (DefineSlot { capacity: 0, ..seen.clone() }, SlotTermsRefusal::BadCapacity.into()),
            (DefineSlot { ends_at: define.starts_at, ..seen.clone() }, SlotTermsRefusal::BadTimes.into()),
            (DefineSlot { community: label("nowhere"), ..define.clone() }, DefineSlotRefusal::NoSuchCommunity),
            (DefineSlot { perk: "nothing".parse().unwrap(), ..define.clone() }, DefineSlotRefusal::NoSuchPerk),
        ] {
            assert_eq!(app.define_slot(&by, &changed).await.unwrap(), Err(refusal));
        }
        let (three, four) = (DefineSlot { capacity: 3, ..seen.clone() }, DefineSlot { capacity: 4, ..seen });
        let (one, other) = tokio::join!(app.define_slot(&by, &three), app.define_slot(&by, &four));
        let refused = [one.unwrap(), other.unwrap()].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert_eq!(refused, [DefineSlotRefusal::VersionConflict]);
        let closed = DefineSlot { is_open: false, expected_version: Some(2), ..define };
        assert_eq!(offer(app, &by, &closed).await.taken, 2);

        let auditor = hire(app, "zhou", "auditor".parse().unwrap()).await.principal(app).await;
        let refused = app.define_slot(&auditor, &closed).await.unwrap();
        assert_eq!(refused, Err(DefineSlotRefusal::NotAllowed(app::staff::NotAllowed)));
        assert_eq!(settle(app, &auditor, "D-0", BookingOutcome::Kept).await, Err(SettleBookingRefusal::NotAllowed(app::staff::NotAllowed)));
        let shown = app.list_bookings(&auditor, slot.id).await.unwrap().unwrap();
        let numbers: Vec<_> = shown.iter().map(|booking| booking.order_ref.as_ref().unwrap().to_string()).collect();
        assert_eq!(numbers, ["D-0", "D-1"]);
        let finance = hire(app, "feng", "finance".parse().unwrap()).await.principal(app).await;
        assert_eq!(app.list_bookings(&finance, slot.id).await.unwrap(), Err(app::staff::NotAllowed));
        assert_verifies(app).await;
    }

    async fn a_perk_that_is_redeemed_otherwise_gets_no_slots(world: TestApp) {
        let app = world.app();
        let people = neighbourhood(app, 1).await;
        set_rule(app, "1", "2018-01-01", &[]).await;
        let by = staff(app).await;
        announce(app, &by, &evening(app, 20, 300)).await;
        let perk = define_perk(app, 100, 10, 3).await;
        app.redeem_perk(&people[0], &redeem(perk.id, KEY)).await.unwrap().unwrap();
        for code in ["dumplings", "priority-delivery"] {
            let define = DefineSlot { perk: code.parse().unwrap(), ..tomorrow(app, 5) };
            assert_eq!(app.define_slot(&by, &define).await.unwrap(), Err(DefineSlotRefusal::OtherUse), "{code}");
        }
        assert_eq!(world.db().count("delivery_slots").await, 0);
    }
}
