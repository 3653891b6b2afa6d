//! Priority delivery: one order in one slot, a promise that is kept, missed or forgotten, and never sold twice.

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
use entitlements::{CancelRefusal, DeliverySlot, Grant, GrantRefusal, NotForThem, SlotRefusal};
use kernel::Timestamp;
use orders::{OrderCancelled, OrderPaid, OrderPickedUp};
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use super::gatherings::{KEY, announce, evening, give_back, neighbourhood, staff};
use crate::{
    staff::hire,
    world::{assert_verifies, balance, define_perk, event, label, paid, redeem, reference},
};

/// Tomorrow morning's round of the neighbourhood, cut off an hour before.
pub(crate) fn morning(app: &App, capacity: u32, hours: i64) -> DefineSlot {
    let starts_at = app.db().clock().now() + TimeDelta::hours(24 + hours);
    DefineSlot {
        perk: "priority-delivery".parse().unwrap(),
        community: label("玉兰里社区"),
        starts_at,
        ends_at: starts_at + TimeDelta::hours(1),
        cut_off_at: starts_at - TimeDelta::hours(1),
        capacity,
        is_open: true,
        expected_version: None,
    }
}

pub(crate) async fn offer(app: &App, by: &StaffPrincipal, define: &DefineSlot) -> DeliverySlot {
    app.define_slot(by, define).await.unwrap().unwrap()
}

/// Neighbours with 400 points each and an order that is still to be delivered, slots of priority delivery at 100 points, and their keeper.
pub(crate) async fn round(
    app: &App,
    households: usize,
    capacity: u32,
) -> (Vec<Principal>, DeliverySlot, StaffPrincipal) {
    let people = neighbourhood(app, households).await;
    define_perk(app, 100, 10_000, 50).await;
    let by = staff(app).await;
    let slot = offer(app, &by, &morning(app, capacity, 0)).await;
    for n in 0..households {
        order(app, n).await;
    }
    (people, slot, by)
}

/// Two households that booked one slot.
pub(super) async fn two_bookings(app: &App) {
    let (people, slot, _) = round(app, 2, 5).await;
    book(app, &people[0], &slot, "O-0").await.unwrap();
    book(app, &people[1], &slot, "O-1").await.unwrap();
}

async fn order(app: &App, household: usize) {
    let now = app.db().clock().now();
    let sold = OrderPaid {
        ordered_at: now - TimeDelta::hours(1),
        ..paid(&format!("O-{household}"), &format!("H-{household}"), "2026-01-01T00:00:00", &[("", "30")])
    };
    tell(app, &format!("paid-{household}"), EventTold::Paid(sold)).await;
}

async fn tell(app: &App, id: &str, told: EventTold) {
    app.record_order_events(&[event(id, told)]).await.unwrap().remove(0).unwrap();
}

pub(crate) async fn book(
    app: &App,
    who: &Principal,
    slot: &DeliverySlot,
    order: &str,
) -> Result<Grant, BookSlotRefusal> {
    let book = BookSlot { slot: slot.id, order_ref: reference(order), idempotency_key: KEY.parse().unwrap() };
    app.book_slot(who, &book).await.unwrap().map(|booked| booked.grant)
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

fn not_taken(refusal: SlotRefusal, next_free: Option<DeliverySlot>) -> BookSlotRefusal {
    BookSlotRefusal::NotTaken { refusal, next_free }
}

on_both_engines! {
    async fn of_fifty_who_want_the_last_place_one_gets_it_and_the_others_learn_of_the_next(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let (people, slot, by) = round(&app, 50, 1).await;
        let later = offer(&app, &by, &morning(&app, 60, 2)).await;
        let presses: Vec<_> = people.into_iter().enumerate().map(|(n, who)| {
            let app = Arc::clone(&app);
            tokio::spawn(async move { book(&app, &who, &slot, &format!("O-{n}")).await })
        }).collect();
        let mut booked = 0;
        for press in presses {
            match press.await.unwrap() {
                Ok(grant) => {
                    assert_eq!(grant.expires_on, slot.ends_on);
                    booked += 1;
                }
                Err(refusal) => assert_eq!(refusal, not_taken(SlotRefusal::Full, Some(later))),
            }
        }
        assert_eq!(booked, 1);
        assert_eq!(world.db().count("wallets WHERE balance = 330").await, 1);
        assert_eq!(world.db().count("wallets WHERE balance = 430").await, 49);
        assert_eq!(world.db().count("outbox_events WHERE kind = 'entitlements.slot_booked.v1'").await, 1);
        assert_eq!(world.db().count("delivery_slots WHERE taken = 1").await, 1);
        assert_verifies(&app).await;
    }

    async fn a_slot_is_for_one_order_that_is_still_to_come_and_only_until_its_cut_off(world: TestApp) {
        let app = world.app();
        let (people, slot, by) = round(app, 3, 5).await;
        let (later, who) = (offer(app, &by, &morning(app, 5, 2)).await, &people[0]);
        for (order, refusal) in [
            ("O-UNKNOWN", BookSlotRefusal::NoSuchOrder),
            ("O-1", BookSlotRefusal::NoSuchOrder),
            ("E-H-0", BookSlotRefusal::NoSuchOrder),
        ] {
            assert_eq!(book(app, who, &slot, order).await, Err(refusal), "{order}");
        }
        let none = DeliverySlot { id: "ds_00000000000000000000000000000007".parse().unwrap(), ..slot };
        assert_eq!(book(app, who, &none, "O-0").await, Err(BookSlotRefusal::NoSuchSlot));
        let alone = app.redeem_perk(who, &redeem(slot.perk, KEY)).await.unwrap();
        assert_eq!(alone.map(|_| ()), Err(RedeemPerkRefusal::NeedsSlot));

        let first = book(app, who, &slot, "O-0").await.unwrap();
        // The same key again is the same booking; another key for the same order is refused.
        assert_eq!(book(app, who, &slot, "O-0").await, Ok(first));
        let anew = BookSlot { slot: later.id, order_ref: reference("O-0"), idempotency_key: "another-key-0123456789".parse().unwrap() };
        assert_eq!(app.book_slot(who, &anew).await.unwrap().map(|_| ()), Err(BookSlotRefusal::OrderBooked));
        let reused = BookSlot { idempotency_key: KEY.parse().unwrap(), ..anew };
        let reused = app.book_slot(who, &reused).await.unwrap().map(|_| ());
        assert_eq!(reused, Err(RedeemPerkRefusal::IdempotencyKeyReused.into()));

        // Whom it is not for, and what is closed.
        let elsewhere = DefineSlot { community: label("望江里社区"), ..morning(app, 5, 0) };
        assert_eq!(app.define_slot(&by, &elsewhere).await.unwrap(), Err(DefineSlotRefusal::NoSuchCommunity));
        let closed = DefineSlot { is_open: false, expected_version: Some(1), ..morning(app, 5, 2) };
        let closed = offer(app, &by, &closed).await;
        assert_eq!(book(app, &people[1], &closed, "O-1").await, Err(not_taken(SlotRefusal::Closed, Some(find(app, &slot).await))));

        world.clock().set(slot.cut_off_at);
        let cut_off = not_taken(SlotRefusal::CutOff { at: slot.cut_off_at }, None);
        assert_eq!(book(app, &people[1], &slot, "O-1").await, Err(cut_off));
        assert_eq!(give_back(app, who, &first, 100).await, Err(GiveBackRefusal::CutOff { at: slot.cut_off_at }));
        assert_eq!(balance(app, who).await, [300, 30, 0, 0]);
        assert_verifies(app).await;
    }

    async fn a_booking_comes_back_whole_when_it_is_given_back_or_its_order_is_called_off(world: TestApp) {
        let app = world.app();
        let (people, slot, _) = round(app, 2, 2).await;
        let first = book(app, &people[0], &slot, "O-0").await.unwrap();
        book(app, &people[1], &slot, "O-1").await.unwrap();
        world.clock().set(slot.cut_off_at - TimeDelta::milliseconds(1));
        assert_eq!(give_back(app, &people[0], &first, 99).await, Err(GiveBackRefusal::ReturnChanged { returns: first.price }));
        assert_eq!(give_back(app, &people[0], &first, 100).await, Ok(100));

        let cancelled_at = app.db().clock().now();
        tell(app, "gone", EventTold::Cancelled(OrderCancelled { order_ref: reference("O-1"), cancelled_at })).await;
        app.drain().await.unwrap();
        app.drain().await.unwrap();
        assert_eq!(balance(app, &people[0]).await[0], 400);
        assert_eq!(balance(app, &people[1]).await, [400, 0, 0, 0]);
        assert_eq!(world.db().count("postings WHERE kind = 'restore' AND points = 100").await, 2);
        assert_eq!(world.db().count("delivery_slots WHERE taken = 0").await, 1);
        assert_eq!(world.db().count("perk_stocks WHERE taken = 0").await, 1);
        assert_verifies(app).await;
    }

    async fn a_missed_slot_gives_all_points_back_and_an_apology_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let (people, slot, by) = round(&app, 2, 2).await;
        let grant = book(&app, &people[0], &slot, "O-0").await.unwrap();
        assert_eq!(settle(&app, &by, "O-0", BookingOutcome::Kept).await, Err(SettleBookingRefusal::NotCutOff { at: slot.cut_off_at }));
        world.clock().set(slot.ends_at);
        assert_eq!(settle(&app, &by, "O-1", BookingOutcome::Missed).await, Err(SettleBookingRefusal::NoSuchBooking));
        assert_eq!(settle(&app, &by, "O-NONE", BookingOutcome::Missed).await, Err(SettleBookingRefusal::NoSuchBooking));
        let support = hire(&app, "zhou", "support".parse().unwrap()).await.principal(&app).await;
        let refused = settle(&app, &support, "O-0", BookingOutcome::Missed).await;
        assert_eq!(refused, Err(SettleBookingRefusal::NotAllowed(app::staff::NotAllowed)));

        let presses: Vec<_> = (0..10).map(|_| {
            let app = Arc::clone(&app);
            tokio::spawn(async move { settle(&app, &by, "O-0", BookingOutcome::Missed).await })
        }).collect();
        let mut settled = Vec::new();
        for press in presses {
            settled.push(press.await.unwrap());
        }
        let at = slot.ends_at;
        let already = Err(SettleBookingRefusal::NotStanding(CancelRefusal::AlreadyCancelled { at }));
        assert_eq!(settled.iter().filter(|it| **it == Ok(50)).count(), 1);
        assert_eq!(settled.iter().filter(|it| **it == already).count(), 9);

        // 300 left, 100 back, and 50 beside them.
        assert_eq!(balance(&app, &people[0]).await, [450, 30, 0, 0]);
        let reference = format!("apology {}", grant.id);
        assert_eq!(world.db().count(&format!("postings WHERE kind = 'adjust' AND points = 50 AND reference = '{reference}'")).await, 1);
        assert_eq!(world.db().count("outbox_events WHERE kind = 'entitlements.slot_missed.v1'").await, 1);
        app.drain().await.unwrap();
        assert_eq!(app.lapse_bookings().await.unwrap(), 0);
        assert_verifies(&app).await;
    }

    async fn a_kept_slot_is_used_and_one_that_nobody_speaks_of_comes_back_after_three_days(world: TestApp) {
        let app = world.app();
        let (people, slot, by) = round(app, 2, 2).await;
        for (n, who) in people.iter().enumerate() {
            book(app, who, &slot, &format!("O-{n}")).await.unwrap();
        }
        world.clock().set(slot.ends_at);
        let picked_up_at = slot.ends_at;
        tell(app, "up", EventTold::PickedUp(OrderPickedUp { order_ref: reference("O-0"), picked_up_at })).await;
        assert_eq!(settle(app, &by, "O-0", BookingOutcome::Kept).await, Ok(0));
        let used = SettleBookingRefusal::NotStanding(CancelRefusal::Used { at: slot.ends_at });
        for outcome in [BookingOutcome::Kept, BookingOutcome::Missed] {
            assert_eq!(settle(app, &by, "O-0", outcome).await, Err(used));
        }
        assert_eq!(world.db().count("outbox_events WHERE kind = 'entitlements.grant_used.v1'").await, 1);

        let over = slot.ends_at + TimeDelta::days(3);
        for (now, lapsed) in [(over - TimeDelta::milliseconds(1), 0), (over, 1), (over, 0)] {
            world.clock().set(now);
            assert_eq!(app.lapse_bookings().await.unwrap(), lapsed);
        }
        assert_eq!((balance(app, &people[0]).await[0], balance(app, &people[1]).await[0]), (300, 400));
        assert_eq!(world.db().count("delivery_slots WHERE taken = 1").await, 1);
        assert_verifies(app).await;
    }

    async fn booking_and_missing_dropped_at_every_await_happen_whole_or_not_at_all(world: TestApp) {
        let app = world.app();
        let (people, slot, by) = round(app, 1, 2).await;
        let halves = "SELECT 'half' FROM wallets WHERE \
             balance <> 430 - 100 * (SELECT count(*) FROM grants WHERE cancelled_at IS NULL) + 50 * (SELECT count(*) FROM grants WHERE missed_at IS NOT NULL) \
             OR (SELECT taken FROM delivery_slots) <> (SELECT count(*) FROM grants WHERE cancelled_at IS NULL) \
             OR (SELECT count(*) FROM outbox_events WHERE kind = 'entitlements.slot_booked.v1') <> (SELECT count(*) FROM grants)";
        drop_at_every_await(
            async |_| book(app, &people[0], &slot, "O-0").await,
            async |_| assert_eq!(world.db().texts(halves).await, Vec::<Vec<String>>::new()),
        )
        .await;
        assert_eq!(balance(app, &people[0]).await, [300, 30, 0, 0]);
        world.clock().set(slot.ends_at);
        drop_at_every_await(
            async |_| settle(app, &by, "O-0", BookingOutcome::Missed).await,
            async |_| assert_eq!(world.db().texts(halves).await, Vec::<Vec<String>>::new()),
        )
        .await;
        assert_eq!(balance(app, &people[0]).await, [450, 30, 0, 0]);
        assert_verifies(app).await;
    }

    async fn what_people_booked_stays_and_two_who_change_one_slot_do_not_overwrite_each_other(world: TestApp) {
        let app = world.app();
        let (people, slot, by) = round(app, 2, 2).await;
        book(app, &people[0], &slot, "O-0").await.unwrap();
        book(app, &people[1], &slot, "O-1").await.unwrap();
        let seen = DefineSlot { expected_version: Some(1), ..morning(app, 2, 0) };
        let hour = |at: Timestamp, hours| at + TimeDelta::hours(hours);
        for (changed, refusal) in [
            (DefineSlot { ends_at: hour(seen.ends_at, 1), ..seen.clone() }, DefineSlotRefusal::Booked { taken: 2 }),
            (DefineSlot { cut_off_at: hour(seen.cut_off_at, -1), ..seen.clone() }, DefineSlotRefusal::Booked { taken: 2 }),
            (DefineSlot { capacity: 1, ..seen.clone() }, DefineSlotRefusal::BelowTaken { taken: 2 }),
            (DefineSlot { expected_version: None, ..seen.clone() }, DefineSlotRefusal::VersionConflict),
            (DefineSlot { expected_version: Some(2), ..seen.clone() }, DefineSlotRefusal::VersionConflict),
            (DefineSlot { perk: "none".parse().unwrap(), ..seen.clone() }, DefineSlotRefusal::NoSuchPerk),
            (DefineSlot { capacity: 0, ..seen.clone() }, entitlements::SlotTermsRefusal::BadCapacity.into()),
        ] {
            assert_eq!(app.define_slot(&by, &changed).await.unwrap(), Err(refusal), "{changed:?}");
        }
        let more = |capacity| DefineSlot { capacity, ..seen.clone() };
        let (five, six) = (more(5), more(6));
        let (one, other) = tokio::join!(app.define_slot(&by, &five), app.define_slot(&by, &six));
        let refused: Vec<_> = [one.unwrap(), other.unwrap()].into_iter().filter_map(Result::err).collect();
        assert_eq!(refused, [DefineSlotRefusal::VersionConflict]);

        // A perk that was granted without a slot has none later, and a seat at a gathering never has.
        let gathering = announce(app, &by, &evening(app, 4, 100)).await;
        app.redeem_perk(&people[0], &redeem(gathering.id, "seat-key-0123456789")).await.unwrap().unwrap();
        let seats = DefineSlot { perk: "dumplings".parse().unwrap(), ..morning(app, 2, 0) };
        assert_eq!(app.define_slot(&by, &seats).await.unwrap(), Err(DefineSlotRefusal::OtherUse));
        let support = hire(app, "zhou", "support".parse().unwrap()).await.principal(app).await;
        let refused = app.define_slot(&support, &more(9)).await.unwrap();
        assert_eq!(refused, Err(DefineSlotRefusal::NotAllowed(app::staff::NotAllowed)));
    }

    async fn a_household_of_another_community_learns_that_it_is_not_for_them(world: TestApp) {
        let app = world.app();
        let (people, slot, _) = round(app, 1, 2).await;
        let change = "UPDATE households SET community_id = NULL";
        world.db().execute(change).await.unwrap();
        let refused = book(app, &people[0], &slot, "O-0").await;
        let other = GrantRefusal::from(NotForThem::OtherCommunity);
        assert_eq!(refused, Err(RedeemPerkRefusal::NotGranted(other).into()));
        assert_eq!(app.list_slots(&people[0]).await.unwrap(), []);
    }
}

async fn find(app: &App, slot: &DeliverySlot) -> DeliverySlot {
    app.find_slot(slot.id).await.unwrap().unwrap()
}
