//! Processes are killed at random moments under load.

use std::time::Duration;

use super::{Chance, cluster::Cluster, judge::assert_kept, load::Load, rounds, server::Server, turn, world::World};
use crate::program::{runtime, wait_until};

/// How long a server may take to serve again after a kill.
const RESTARTS_WITHIN: Duration = Duration::from_secs(5);

/// How long after PostgreSQL is back until writes are acknowledged again.
const RECONNECTS_WITHIN: Duration = Duration::from_secs(10);

/// Writes acknowledged between two kills, at the least: each kill meets a server at work.
const WRITES_BETWEEN_KILLS: u64 = 8;

/// The longest wait on top, so that kills fall on any moment.
const RANDOM_WAIT_MILLIS: u64 = 150;

/// Waits until clients were acknowledged some writes since, and then a random while.
fn let_work(load: &Load<'_>, chance: &mut Chance) {
    let before = load.acknowledged();
    wait_until("writes are acknowledged", || load.acknowledged() >= before + WRITES_BETWEEN_KILLS);
    std::thread::sleep(Duration::from_millis(chance.below(RANDOM_WAIT_MILLIS)));
}

/// Kills a random one of the servers and starts it again, over and over. Returns the longest restart.
fn kill_servers(world: &World, load: &Load<'_>, servers: &mut [Server], kills: u32) -> Duration {
    let mut chance = Chance(20_261_123);
    let mut slowest = Duration::ZERO;
    for kill_no in 1..=kills {
        let_work(load, &mut chance);
        let victim = usize::try_from(chance.below(u64::try_from(servers.len()).unwrap())).unwrap();
        servers[victim].kill();
        let (server, took) = world.serve_again(&servers[victim]);
        servers[victim] = server;
        assert!(took <= RESTARTS_WITHIN, "after kill {kill_no} it took {took:?} to serve again");
        slowest = slowest.max(took);
    }
    slowest
}

/// Nothing may panic on the way down or up.
fn assert_no_panic(servers: &[Server]) {
    for server in servers {
        assert!(!server.log_text().contains("panicked"), "{}", server.log_text());
    }
}

/// Runs the load while `strike` strikes, then holds the books against the journal and prints what happened.
fn strike(
    name: &str,
    world: &World,
    mut servers: Vec<Server>,
    strike: impl FnOnce(&Load<'_>, &mut [Server]) -> String,
) {
    let load = Load::new(world, servers.iter().map(|server| server.address).collect());
    let mut told = String::new();
    load.during(|| told = strike(&load, &mut servers));
    assert_no_panic(&servers);
    drop(servers);
    let journal = load.journal.into_inner().unwrap();
    let verified = runtime().block_on(assert_kept(world, &journal));
    println!("{name}: {told}; {}; verify: {verified}", journal.figures);
}

#[test]
fn a_sqlite_server_killed_at_random_loses_nothing_it_acknowledged() {
    let _turn = turn();
    let world = World::on_sqlite();
    let servers = vec![world.serve().0];
    let kills = rounds(6, 100);
    strike("SQLite server killed", &world, servers, |load, servers| {
        let slowest = kill_servers(&world, load, servers, kills);
        format!("{kills} kills, slowest restart {slowest:?}")
    });
}

#[test]
fn three_servers_on_one_postgres_killed_at_random_lose_nothing_they_acknowledged() {
    let _turn = turn();
    let cluster = Cluster::start();
    let world = World::on_postgres(cluster.url());
    let servers = (0..3).map(|_| world.serve().0).collect();
    let kills = rounds(6, 100);
    strike("one of three servers killed", &world, servers, |load, servers| {
        let slowest = kill_servers(&world, load, servers, kills);
        format!("{kills} kills, slowest restart {slowest:?}")
    });
}

#[test]
fn a_killed_postgres_loses_nothing_and_is_found_again_by_servers_that_stayed() {
    let _turn = turn();
    let mut cluster = Cluster::start();
    let world = World::on_postgres(cluster.url());
    let servers = (0..3).map(|_| world.serve().0).collect();
    let kills = rounds(2, 20);
    strike("PostgreSQL killed", &world, servers, |load, servers| {
        let mut chance = Chance(4);
        let mut slowest = Duration::ZERO;
        for kill_no in 1..=kills {
            let_work(load, &mut chance);
            cluster.crash_and_restart();
            let begun = std::time::Instant::now();
            let before = load.acknowledged();
            wait_until("writes are acknowledged again", || load.acknowledged() > before);
            let took = begun.elapsed();
            assert!(took <= RECONNECTS_WITHIN, "after kill {kill_no} it took {took:?} to write again");
            slowest = slowest.max(took);
        }
        // The same processes served throughout.
        servers.iter_mut().for_each(|server| assert_eq!(server.child.try_wait().unwrap(), None));
        format!("{kills} kills, slowest first write after its return {slowest:?}")
    });
}
