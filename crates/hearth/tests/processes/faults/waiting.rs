//! Somebody else holds what everybody needs: the one write lock of SQLite, a row and every connection of PostgreSQL.

use std::{
    io::Write,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    cluster::Cluster,
    http::Answer,
    judge::assert_kept,
    load::{Act, Load, send},
    server::Server,
    storage::{assert_reads, fresh_acts},
    world::{HOUSEHOLDS, World, ask},
};
use crate::program::{runtime, wait_until};

/// How long the outsider holds on.
const HELD: Duration = Duration::from_secs(10);

/// How long a request may wait for a lock or a connection: five seconds on SQLite, at most six on PostgreSQL, and something for a
/// busy machine.
const WAITS_AT_MOST: Duration = Duration::from_secs(8);

/// Sends acts at a fixed pace while somebody holds on, each on a thread of its own; returns every answer, in that order.
fn send_meanwhile(world: &World, server: &Server, acts: &[Act], pace: Duration) -> Vec<Answer> {
    std::thread::scope(|scope| {
        let sent: Vec<_> = acts
            .iter()
            .map(|act| {
                std::thread::sleep(pace);
                scope.spawn(|| send(world, server.address, act).unwrap_or_else(|_| panic!("no answer")))
            })
            .collect();
        sent.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// A refusal that says "nothing was done, come back": by its status for machines, by its code for GraphQL clients.
fn assert_busy(act: &Act, answer: &Answer, within: Duration) {
    let expected = match act {
        Act::Order { .. } => (503, "BUSY"),
        Act::Redeem { .. } => (200, "RATE_LIMITED"),
    };
    assert_eq!((answer.status, answer.code()), expected, "{answer:?}");
    assert_eq!(answer.retry_after, Some(1), "{answer:?}");
    assert!(answer.took <= within, "{answer:?}");
}

/// Every act succeeds now, soon, and was not done before.
fn assert_healed(load: &Load<'_>, acts: &[Act]) {
    let begun = Instant::now();
    acts.iter().for_each(|act| load.act(act));
    assert!(begun.elapsed() <= Duration::from_secs(5), "healing took {:?}", begun.elapsed());
}

#[test]
fn a_database_locked_by_an_outsider_makes_writers_wait_five_seconds_and_readers_not_at_all() {
    let world = World::on_sqlite();
    let (mut server, _) = world.serve();
    let load = Load::new(&world, vec![server.address]);
    load.during(|| wait_until("writes are acknowledged", || load.acknowledged() >= 20));
    let runtime = runtime();
    let outsider = runtime.block_on(world.open());
    runtime.block_on(outsider.execute("BEGIN IMMEDIATE")).unwrap();
    let begun = Instant::now();

    // The last one is sent so that its five seconds end before the outsider does.
    let acts: Vec<Act> = (0..4).flat_map(|number| fresh_acts(&format!("locked-{number}"), number)).collect();
    let answers = send_meanwhile(&world, &server, &acts, Duration::from_millis(500));
    assert_reads(&world, &server, Duration::from_secs(1));
    std::thread::sleep(HELD.saturating_sub(begun.elapsed()));
    runtime.block_on(outsider.execute("COMMIT")).unwrap();
    drop(outsider);

    acts.iter().zip(&answers).for_each(|(act, answer)| assert_busy(act, answer, WAITS_AT_MOST));
    assert_healed(&load, &acts);
    assert_eq!(server.child.try_wait().unwrap(), None);
    let journal = load.journal.into_inner().unwrap();
    let slowest = answers.iter().map(|answer| answer.took).max().unwrap();
    let verified = runtime.block_on(assert_kept(&world, &journal));
    println!(
        "locked by an outsider for {HELD:?}: slowest refusal {slowest:?}; {}; verify: {verified}",
        journal.figures
    );
}

/// The wallet of the first household, and whoever owns it.
const A_WALLET: &str = "wallets WHERE household_id = (SELECT household_id FROM households WHERE external_ref = 'H0')";
const A_PERSON: &str = "persons WHERE external_ref = 'P0'";

/// A `psql` that has locked rows, until it is killed.
fn lock(world: &World, rows: &str) -> Child {
    let mut psql = Command::new("psql");
    psql.args(["-q", &world.url]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut psql = psql.spawn().unwrap();
    let lock = format!("BEGIN; SELECT 1 FROM {rows} FOR UPDATE;\n");
    psql.stdin.as_mut().unwrap().write_all(lock.as_bytes()).unwrap();
    let runtime = runtime();
    let outsider = runtime.block_on(world.open());
    let idle = "pg_stat_activity WHERE state = 'idle in transaction' AND application_name = 'psql'";
    wait_until("psql holds the lock", || runtime.block_on(outsider.count(idle)) == 1);
    psql
}

#[test]
fn a_row_locked_for_long_exhausts_no_readers_and_turns_writers_away_at_once() {
    let cluster = Cluster::start();
    let mut world = World::on_postgres(cluster.url());
    world.set("HEARTH_DATABASE_CONNECTIONS", "4");
    let (mut server, _) = world.serve();
    let load = Load::new(&world, vec![server.address]);
    load.during(|| wait_until("writes are acknowledged", || load.acknowledged() >= 20));
    let mut psql = lock(&world, A_WALLET);

    // More than there are connections, for the locked household, beside others.
    let blocked: Vec<Act> = (0..8).flat_map(|number| fresh_acts(&format!("row-{number}"), 0)).collect();
    let others: Vec<Act> =
        (0..8).flat_map(|number| fresh_acts(&format!("free-{number}"), 1 + number % (HOUSEHOLDS - 1))).collect();
    let (of_blocked, of_others) = std::thread::scope(|scope| {
        let of_blocked = scope.spawn(|| send_meanwhile(&world, &server, &blocked, Duration::from_millis(50)));
        let of_others = scope.spawn(|| send_meanwhile(&world, &server, &others, Duration::from_millis(200)));
        std::thread::sleep(Duration::from_secs(2));
        assert_reads(&world, &server, Duration::from_secs(1));
        (of_blocked.join().unwrap(), of_others.join().unwrap())
    });
    psql.kill().unwrap();
    psql.wait().unwrap();

    blocked.iter().zip(&of_blocked).for_each(|(act, answer)| assert_busy(act, answer, WAITS_AT_MOST));
    // Neighbours may meet a pool without a connection, and must hear it in so many words; they are not turned away for the row.
    for (act, answer) in others.iter().zip(&of_others).filter(|(_, answer)| answer.retry_after.is_some()) {
        assert_busy(act, answer, WAITS_AT_MOST);
    }
    let are_served = of_others.iter().any(|answer| answer.status == 200 && answer.code().is_empty());
    assert!(are_served, "all neighbours were turned away: {of_others:?}");
    let slowest = of_others.iter().map(|answer| answer.took).max().unwrap();
    assert!(slowest <= WAITS_AT_MOST, "somebody of another household waited {slowest:?}");
    assert_healed(&load, &blocked);
    others.iter().for_each(|act| load.act_again(act));
    assert_eq!(server.child.try_wait().unwrap(), None);
    let journal = load.journal.into_inner().unwrap();
    let turned_away = of_others.iter().filter(|answer| answer.retry_after.is_some()).count();
    let verified = runtime().block_on(assert_kept(&world, &journal));
    println!(
        "a row locked: {turned_away} of {} others turned away, slowest answer {slowest:?}; {}; verify: {verified}",
        others.len(),
        journal.figures
    );
}

/// What needs a connection of its own for as long as that person is locked.
const GIVE_CONSENT: &str =
    "mutation{giveConsent(input:{purpose:FAMILY_VIEW,policyVersion:1}){consent{purpose} userErrors{code}}}";

/// Ten a second, each of which keeps one of two connections for two seconds or stands in line for it: whoever comes half a second
/// later stands behind more than will be served before its patience ends.
const CONSENTS: usize = 40;

#[test]
fn a_pool_without_a_free_connection_turns_writers_away_and_no_reader() {
    let cluster = Cluster::start();
    let mut world = World::on_postgres(cluster.url());
    // Two that write, one that reads.
    world.set("HEARTH_DATABASE_CONNECTIONS", "3");
    let (mut server, _) = world.serve();
    let load = Load::new(&world, vec![server.address]);
    load.during(|| wait_until("writes are acknowledged", || load.acknowledged() >= 20));
    let mut psql = lock(&world, A_PERSON);

    let others: Vec<Act> =
        (0..6).flat_map(|number| fresh_acts(&format!("pool-{number}"), 1 + number % (HOUSEHOLDS - 1))).collect();
    let consent = || ask(server.address, Some(&world.tokens[0]), GIVE_CONSENT, &json!({}));
    let (of_consents, of_others) = std::thread::scope(|scope| {
        let consents = scope.spawn(|| {
            std::thread::scope(|scope| {
                let paced = (0..CONSENTS).map(|_| {
                    std::thread::sleep(Duration::from_millis(100));
                    scope.spawn(consent)
                });
                paced.collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
            })
        });
        std::thread::sleep(Duration::from_millis(500));
        let of_others = scope.spawn(|| send_meanwhile(&world, &server, &others, Duration::from_millis(200)));
        std::thread::sleep(Duration::from_secs(1));
        assert_reads(&world, &server, Duration::from_secs(1));
        (consents.join().unwrap(), of_others.join().unwrap())
    });
    psql.kill().unwrap();
    psql.wait().unwrap();

    for answer in &of_consents {
        assert_eq!((answer.status, answer.code(), answer.retry_after), (200, "RATE_LIMITED", Some(1)), "{answer:?}");
        assert!(answer.took <= WAITS_AT_MOST, "{answer:?}");
    }
    let busy: Vec<(&Act, &Answer)> =
        others.iter().zip(&of_others).filter(|(_, answer)| answer.retry_after.is_some()).collect();
    busy.iter().for_each(|(act, answer)| assert_busy(act, answer, WAITS_AT_MOST));
    assert!(!busy.is_empty(), "nobody met an exhausted pool: {of_others:?}");
    // Who was turned away succeeds now; who was served before is not done again.
    others.iter().for_each(|act| load.act_again(act));
    let consented = consent();
    assert_eq!(consented.body["data"]["giveConsent"]["consent"]["purpose"], "FAMILY_VIEW", "{consented:?}");
    assert_eq!(server.child.try_wait().unwrap(), None);
    let turned_away = busy.len();
    let journal = load.journal.into_inner().unwrap();
    let verified = runtime().block_on(assert_kept(&world, &journal));
    println!(
        "pool exhausted: {turned_away} of {} others turned away; {}; verify: {verified}",
        others.len(),
        journal.figures
    );
}
