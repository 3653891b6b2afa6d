//! Does each command on the product and on the model, and says at which step they part.

use std::panic::AssertUnwindSafe;

use chrono::TimeDelta;
use futures_util::{FutureExt, future::join_all};
use testkit::{TestDb, poll_at_most};

use super::{
    act::act,
    commands::{Command, Crash, HOUSES, Setup, Step},
    look::{look, verify},
    shop::Shop,
    world::{Crashed, World, revise},
};

/// Where product and model part.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) step: usize,
    pub(super) what: String,
}

/// Runs a list in a world of its name, on the one thread that calls it. Leaves nothing behind that could still lapse.
///
/// Balances and lots are compared after each step, statements and sums after every `steps_per_look`.
pub(super) async fn run(
    database: &TestDb,
    name: &str,
    setup: &Setup,
    steps: &[Step],
    steps_per_look: usize,
) -> Result<(), Failure> {
    let mut world = World::new(database, name, setup).await;
    let people = world
        .people
        .iter()
        .map(|members| std::iter::once(None).chain(members.iter().map(|member| Some(member.person))).collect());
    let mut shop = Shop::new(testkit::start(), setup.clone(), people.collect());
    let to = testkit::start() + TimeDelta::days(2_000);
    let end = [Command::Verify, Command::Clock { to }, Command::EndHolds, Command::Lapse, Command::Lapse];
    let end = end.into_iter().chain([Command::Verify]).map(|command| Step { command, crash: Crash::No });
    for (index, step) in steps.iter().cloned().chain(end).enumerate() {
        world.is_thorough = index % steps_per_look == 0 || index >= steps.len();
        let done = AssertUnwindSafe(take(&mut world, &mut shop, &step)).catch_unwind().await;
        let done = done.unwrap_or_else(|panic| Err(format!("panicked: {}", words_of(&*panic))));
        done.map_err(|what| Failure { step: index, what })?;
    }
    Ok(())
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}

/// One step on both, crash included.
async fn take(world: &mut World<'_>, shop: &mut Shop, step: &Step) -> Result<(), String> {
    match &step.command {
        Command::Clock { to } => {
            world.database.clock().set(*to);
            shop.act(&step.command);
        }
        Command::Verify => {
            // A hold whose end nobody booked is a finding of its own.
            act(world, &Command::EndHolds).await?;
            shop.act(&Command::EndHolds);
            verify(world).await?;
        }
        Command::Together(commands) => {
            // Whose holds are ended along with whose redemption is nobody's business.
            act(world, &Command::EndHolds).await?;
            shop.act(&Command::EndHolds);
            return together(world, shop, commands).await;
        }
        Command::Revise { .. } => {
            shop.act(&step.command);
            revise(&world.app, 0, &shop.setup).await;
        }
        command => {
            let is_uncertain = crash(world, shop, command, step.crash).await?;
            let answer = act(world, command).await?;
            let first = shop.act(command);
            let again = if is_uncertain { shop.act(command) } else { first.clone() };
            if answer != first && answer != again {
                return Err(format!("answered {answer:?}, not {first:?}"));
            }
        }
    }
    look(world, shop, &step.command.houses()).await
}

/// Begins a command and dies. `Ok(true)`: it may have been done all the same. Between two statements it was surely not.
async fn crash(world: &mut World<'_>, shop: &Shop, command: &Command, crash: Crash) -> Result<bool, String> {
    match crash {
        Crash::No => return Ok(false),
        Crash::AtPoll(polls) => drop(poll_at_most(polls, act(world, command)).await),
        Crash::AfterStatement(statements) => {
            world.fuse.light(statements);
            let ended = AssertUnwindSafe(act(world, command)).catch_unwind().await;
            world.fuse.put_out();
            match ended {
                Ok(_) => {}
                Err(panic) if panic.is::<Crashed>() => {
                    world.restart();
                    if !command.has_parts() {
                        look(world, shop, &command.houses()).await?;
                        return Ok(false);
                    }
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    }
    world.restart();
    Ok(true)
}

/// Several at once: what is answered and what is so must be what some order of them gives.
async fn together(world: &mut World<'_>, shop: &mut Shop, commands: &[Command]) -> Result<(), String> {
    // Two orders may give the same balances; only the statement tells them apart.
    world.is_thorough = true;
    let answers = join_all(commands.iter().map(|command| act(world, command))).await;
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut wrong = Vec::new();
    for order in orders_of(commands.len()) {
        let mut after = shop.clone();
        let mut expected = vec![String::new(); commands.len()];
        order.iter().for_each(|&index| expected[index] = after.act(&commands[index]));
        match look(world, &after, &(0..HOUSES).collect::<Vec<_>>()).await {
            Ok(()) if expected == answers => {
                *shop = after;
                return Ok(());
            }
            Ok(()) => wrong.push(format!("order {order:?} would answer {expected:?}")),
            Err(what) => wrong.push(format!("order {order:?}: {what}")),
        }
    }
    Err(format!("answered {answers:?} as no order of them would; {}", wrong.join("; ")))
}

fn orders_of(count: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for next in 0..count {
        let with_next = |order: &Vec<usize>| {
            let places = 0..=order.len();
            places.map(|place| [&order[..place], &[next], &order[place..]].concat()).collect::<Vec<_>>()
        };
        orders = orders.iter().flat_map(with_next).collect();
    }
    orders
}
