//! Says a command to the product, and its answer in the model's words.

use app::{
    ImportMode,
    entitlements::{CancelGrantRefusal, RedeemPerkRefusal},
    ledger::{
        AdjustPoints, AdjustPointsRefusal, Adjustment, EndHoldRefusal, ForgiveDebt, ForgiveDebtRefusal, HoldPoints,
        HoldPointsRefusal, MovePoints, MovePointsRefusal,
    },
    orders::{EventRefusal, EventTold, RecordOrderRefusal, Recorded, ToldAnswer},
};
use entitlements::GrantRefusal;
use kernel::{Actor, Currency, Fault, Money};
use ledger::{AdjustRefusal, Contributor, ForgiveRefusal, HoldRefusal, MoveRefusal, SpendRefusal};
use orders::{OrderPaid, OrderPaidLine, OrderPickedUp, OrderRefunded, PickUpRefusal, RefundLine, RefundRefusal};

use super::{
    commands::{CATEGORIES, Command, News, Sale},
    world::World,
};
use crate::world::{label, points, redeem, reference};

/// Does a command.
pub(super) async fn act(world: &World<'_>, command: &Command) -> Result<String, String> {
    let app = &world.app;
    match command {
        Command::Tell { event, news, .. } => {
            let answers = app.record_order_events(&[(reference(event), told(world, news))]).await.map_err(fault)?;
            Ok(told_answer(&answers[0]))
        }
        Command::Import(sales) => {
            let orders: Vec<OrderPaid> = sales.iter().map(|sale| order_paid(world, sale)).collect();
            let answers = app.import_orders(&orders, ImportMode::Commit).await.map_err(fault)?;
            Ok(answers.iter().map(recorded).collect::<Vec<_>>().join(", "))
        }
        Command::Lapse => Ok(format!("{} lapsed", app.lapse_lots().await.map_err(fault)?)),
        Command::EndHolds => app.end_due_holds().await.map(|_| String::new()).map_err(fault),
        Command::Drain => app.drain().await.map(|_| String::new()).map_err(fault),
        Command::Verify | Command::Revise { .. } | Command::Clock { .. } | Command::Together(_) => {
            unreachable!("a step of its own")
        }
        decided => decide(world, decided).await.map_err(fault),
    }
}

async fn decide(world: &World<'_>, command: &Command) -> Result<String, Fault> {
    match command {
        Command::Redeem { .. } | Command::Cancel { .. } => of_perks(world, command).await,
        Command::Hold { .. } | Command::Capture { .. } | Command::Release { .. } => of_holds(world, command).await,
        other => of_staff(world, other).await,
    }
}

async fn of_perks(world: &World<'_>, command: &Command) -> Result<String, Fault> {
    let app = &world.app;
    match command {
        Command::Redeem { house, member, perk, key } => {
            let principal = &world.people[*house][member - 1];
            let redeemed = app.redeem_perk(principal, &redeem(world.perks[*perk], key)).await?;
            if let Ok(redeemed) = &redeemed {
                world.grants.borrow_mut().insert((*house, *member, key.clone()), redeemed.grant.id);
            }
            Ok(match redeemed {
                Ok(redeemed) if redeemed.is_replay => "granted before".to_owned(),
                Ok(_) => "granted".to_owned(),
                Err(refusal) => redeem_refusal(&refusal),
            })
        }
        Command::Cancel { house, member, key } => {
            let id = world.grants.borrow().get(&(*house, *member, key.clone())).copied();
            let Some(grant) = id else { return Ok("no such grant".to_owned()) };
            Ok(match app.cancel_grant(Actor::System, world.household(*house), grant, &label("simulated")).await? {
                Ok(_) => "cancelled".to_owned(),
                Err(CancelGrantRefusal::NotCancelled(_)) => "cancelled before".to_owned(),
                Err(other) => format!("{other:?}"),
            })
        }
        other => unreachable!("{other:?} is not about perks"),
    }
}

async fn of_holds(world: &World<'_>, command: &Command) -> Result<String, Fault> {
    let app = &world.app;
    let (house, owner) = match command {
        Command::Hold { house, owner, points: held, ends_at } => {
            let (owner_label, purpose) = (label(owner), label("seat"));
            let household = world.household(*house);
            let hold = HoldPoints { household, owner: owner_label, purpose, points: points(*held), ends_at: *ends_at };
            return Ok(match app.hold_points(Actor::System, &hold).await? {
                Ok(hold) => {
                    world.holds.borrow_mut().insert((*house, owner.clone()), hold.id);
                    "held".to_owned()
                }
                Err(HoldPointsRefusal::HoldDiffers) => "hold differs".to_owned(),
                Err(HoldPointsRefusal::EndOutOfRange) => "end out of range".to_owned(),
                Err(HoldPointsRefusal::NotHeld(refusal)) => spend_refusal(&refusal),
                Err(HoldPointsRefusal::NotOpen(HoldRefusal::AlreadyCaptured { .. })) => "captured before".to_owned(),
                Err(HoldPointsRefusal::NotOpen(HoldRefusal::Ended { .. })) => "hold ended".to_owned(),
                Err(other) => format!("{other:?}"),
            });
        }
        Command::Capture { house, owner } | Command::Release { house, owner } => (*house, owner),
        other => unreachable!("{other:?} is not about holds"),
    };
    let id = world.holds.borrow().get(&(house, owner.clone())).copied();
    let (Some(id), household) = (id, world.household(house)) else { return Ok("no such hold".to_owned()) };
    let ended = if matches!(command, Command::Capture { .. }) {
        app.capture_hold(Actor::System, household, id).await?.map(|_| "captured")
    } else {
        app.release_hold(Actor::System, household, id).await?.map(|_| "released")
    };
    Ok(match ended {
        Ok(done) => done.to_owned(),
        Err(EndHoldRefusal::NotOpen(HoldRefusal::AlreadyCaptured { .. })) => "captured before".to_owned(),
        Err(EndHoldRefusal::NotOpen(HoldRefusal::Ended { .. })) => "hold ended".to_owned(),
        Err(other) => format!("{other:?}"),
    })
}

async fn of_staff(world: &World<'_>, command: &Command) -> Result<String, Fault> {
    let (app, reason) = (&world.app, label("决定"));
    match command {
        Command::Forgive { house, points: waived, key } => {
            let (household, idempotency_key) = (world.household(*house), key.parse().unwrap());
            let forgive = ForgiveDebt { household, points: points(*waived), reason, idempotency_key };
            Ok(match app.forgive_debt(&forgive).await? {
                Ok(_) => "forgiven".to_owned(),
                Err(ForgiveDebtRefusal::IdempotencyKeyReused) => "key reused".to_owned(),
                Err(ForgiveDebtRefusal::NotForgiven(ForgiveRefusal::OwesLess { owed })) => format!("owes only {owed}"),
                Err(other) => format!("{other:?}"),
            })
        }
        Command::Adjust { house, points: by, key } => {
            let (household, idempotency_key) = (world.household(*house), key.parse().unwrap());
            let adjustment = if *by > 0 { Adjustment::Credit } else { Adjustment::Debit };
            let adjust = AdjustPoints { household, adjustment, points: points(by.abs()), reason, idempotency_key };
            Ok(match app.adjust_points(&adjust).await? {
                Ok(_) => "adjusted".to_owned(),
                Err(AdjustPointsRefusal::IdempotencyKeyReused) => "key reused".to_owned(),
                Err(AdjustPointsRefusal::NotAdjusted(AdjustRefusal::TooFew { free })) => format!("only {free}"),
                Err(other) => format!("{other:?}"),
            })
        }
        Command::Move { from, to, member, key } => {
            let contributor = member.map(|member| match world.people[*from].get(member.wrapping_sub(1)) {
                Some(person) => Contributor::Person(person.person),
                None => Contributor::Household,
            });
            let (from, to) = (world.household(*from), world.household(*to));
            let (reason, idempotency_key) = (label("simulated"), key.parse().unwrap());
            let moving = MovePoints { from, to, contributor, reason, idempotency_key };
            Ok(app.move_points(&moving).await?.map_or_else(|refusal| move_refusal(&refusal), |_| "moved".to_owned()))
        }
        Command::Undo { from, key } => {
            let undone = app.undo_move(world.household(*from), &key.parse().unwrap(), &label("simulated")).await?;
            Ok(undone.map_or_else(|refusal| move_refusal(&refusal), |_| "moved".to_owned()))
        }
        other => unreachable!("{other:?} is not decided by staff"),
    }
}

pub(super) fn fault(fault: Fault) -> String {
    format!("fault: {}", fault.chain())
}

fn told_answer(answer: &Result<ToldAnswer, EventRefusal>) -> String {
    match answer {
        Ok(ToldAnswer::Accepted | ToldAnswer::Refunded { .. }) => "accepted".to_owned(),
        Ok(ToldAnswer::Duplicate) => "duplicate".to_owned(),
        Err(EventRefusal::EventDiffers) => "event differs".to_owned(),
        Err(EventRefusal::UnknownOrder) => "unknown order".to_owned(),
        Err(EventRefusal::RefundDiffers) => "refund differs".to_owned(),
        Err(EventRefusal::Paid(refusal)) => record_refusal(refusal),
        Err(EventRefusal::PickedUp(refusal)) => pick_up_refusal(*refusal),
        Err(EventRefusal::Refunded(RefundRefusal::Nothing)) => "nothing".to_owned(),
        Err(EventRefusal::Refunded(RefundRefusal::MoreThanPaid { .. })) => "more than paid".to_owned(),
        Err(other) => format!("{other:?}"),
    }
}

fn recorded(answer: &Result<Recorded, RecordOrderRefusal>) -> String {
    match answer {
        Ok(Recorded::New { .. } | Recorded::PickedUp { .. }) => "accepted".to_owned(),
        Ok(Recorded::Duplicate) => "duplicate".to_owned(),
        Err(refusal) => record_refusal(refusal),
    }
}

fn record_refusal(refusal: &RecordOrderRefusal) -> String {
    match refusal {
        RecordOrderRefusal::OrderDiffers => "order differs".to_owned(),
        RecordOrderRefusal::Invalid(_) => "invalid".to_owned(),
        RecordOrderRefusal::PickedUp(refusal) => pick_up_refusal(*refusal),
        other => format!("{other:?}"),
    }
}

fn pick_up_refusal(refusal: PickUpRefusal) -> String {
    match refusal {
        PickUpRefusal::AlreadyPickedUp { .. } => "picked up already".to_owned(),
        PickUpRefusal::BeforeOrdered => "before ordered".to_owned(),
        PickUpRefusal::Cancelled(_) => "cancelled".to_owned(),
    }
}

fn redeem_refusal(refusal: &RedeemPerkRefusal) -> String {
    match refusal {
        RedeemPerkRefusal::IdempotencyKeyReused => "key reused".to_owned(),
        RedeemPerkRefusal::NotGranted(GrantRefusal::SoldOut { .. }) => "sold out".to_owned(),
        RedeemPerkRefusal::NotGranted(GrantRefusal::LimitReached { .. }) => "limit reached".to_owned(),
        RedeemPerkRefusal::NotSpent(refusal) => spend_refusal(refusal),
        other => format!("{other:?}"),
    }
}

fn spend_refusal(refusal: &SpendRefusal) -> String {
    match refusal {
        SpendRefusal::OwesPoints { owed } => format!("owes {owed}"),
        SpendRefusal::InsufficientPoints { short_by, .. } => format!("short by {short_by}"),
        SpendRefusal::Expired { short_by, .. } => format!("expired by {short_by}"),
    }
}

fn move_refusal(refusal: &MovePointsRefusal) -> String {
    match refusal {
        MovePointsRefusal::NoSuchHouseholds => "no such households".to_owned(),
        MovePointsRefusal::IdempotencyKeyReused => "key reused".to_owned(),
        MovePointsRefusal::NoSuchMove => "no such move".to_owned(),
        MovePointsRefusal::TooLate { .. } => "too late".to_owned(),
        MovePointsRefusal::NotMoved(MoveRefusal::PointsHeld { .. }) => "points held".to_owned(),
        MovePointsRefusal::NotMoved(MoveRefusal::NothingToMove) => "nothing to move".to_owned(),
        MovePointsRefusal::NotMoved(MoveRefusal::UsedSince) => "used since".to_owned(),
        MovePointsRefusal::NotMoved(MoveRefusal::WalletFull(_)) => "full".to_owned(),
    }
}

fn fen(minor: i64) -> Money {
    Money::from_minor(minor, Currency::Cny).unwrap()
}

fn told(world: &World<'_>, news: &News) -> EventTold {
    match news {
        News::Paid(sale) => EventTold::Paid(order_paid(world, sale)),
        News::PickedUp { order, at } => {
            EventTold::PickedUp(OrderPickedUp { order_ref: reference(order), picked_up_at: *at })
        }
        News::Refunded { order, refund, at, amount, lines } => EventTold::Refunded(OrderRefunded {
            order_ref: reference(order),
            refund_ref: reference(refund),
            refunded_at: *at,
            amount: fen(*amount),
            lines: lines.iter().map(|(line_no, part)| RefundLine { line_no: *line_no, amount: fen(*part) }).collect(),
        }),
    }
}

fn order_paid(world: &World<'_>, sale: &Sale) -> OrderPaid {
    let line = |(category, amount): &(usize, i64)| OrderPaidLine {
        product_ref: None,
        category: Some(label(CATEGORIES[*category])),
        quantity: 1,
        amount: fen(*amount),
    };
    OrderPaid {
        order_ref: reference(&sale.order),
        household_ref: reference(&world.house_ref(sale.house)),
        person_ref: world.member_ref(sale.house, sale.member).map(|member| reference(&member)),
        community: None,
        channel: None,
        ordered_at: sale.ordered_at,
        picked_up_at: sale.picked_up_at,
        amount: fen(sale.lines.iter().map(|(_, amount)| amount).sum()),
        cash: fen(sale.cash),
        points_tendered: kernel::Points::ZERO,
        items_count: 1,
        lines: sale.lines.iter().map(line).collect(),
    }
}
