//! The disk under the embedded database is full, or will not take what it is told to keep.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::json;

use super::{
    judge::assert_kept,
    load::{Act, Load, Try, send, try_once},
    power::has_strace,
    rounds,
    server::Server,
    world::{World, ask},
};
use crate::program::{runtime, wait_until};

/// Size of the small disk. The database takes about a tenth of it.
const DISK: &str = "size=8m";

/// Writes tried on a full disk before we say that it does not fail: the log has room to reuse.
const TRIES: u32 = 2_000;

/// What somebody signed in reads of their account.
const READ: &str = "{me{household{assetAccount{available}}}}";

/// Whether a household's account is read, and how fast.
pub(super) fn assert_reads(world: &World, server: &Server, within: Duration) {
    for token in &world.tokens {
        let answer = ask(server.address, Some(token), READ, &json!({}));
        assert!(answer.status == 200 && answer.body["errors"].is_null(), "{answer:?}");
        assert!(answer.body["data"]["me"]["household"]["assetAccount"]["available"].is_i64(), "{answer:?}");
        assert!(answer.took <= within, "a read took {:?}", answer.took);
    }
}

/// Acts whose keys nobody used yet.
pub(super) fn fresh_acts(prefix: &str, household: usize) -> [Act; 2] {
    let (event, order) = (format!("evt-{prefix}"), format!("ord-{prefix}"));
    [
        Act::Order { event, order, household, fen: 7_700 },
        Act::Redeem { key: format!("redemption-{prefix:0>8}"), household },
    ]
}

/// Starts a server whose database is a copy of the world's on a small disk of its own, seen by it alone.
///
/// Nothing is left of that disk when the server is gone. From outside it is reached through the server's own view of the files;
/// the returned folder is that way in.
fn serve_on_small_disk(world: &mut World) -> Option<(Server, PathBuf)> {
    let disk = world.path("disk");
    fs::create_dir(&disk).unwrap();
    let mount = format!("mount -t tmpfs -o {DISK} tmpfs disk && cp hearth.db disk/ && exec \"$@\"");
    let namespace = ["--user", "--map-root-user", "--mount", "sh", "-c"];
    let tried = Command::new("unshare").args(namespace).arg("mount -t tmpfs tmpfs /mnt").status();
    if !tried.is_ok_and(|status| status.success()) {
        println!(
            "NOT RUN: no file system may be mounted here, not even in a namespace of its own (unshare --user --mount)"
        );
        return None;
    }
    // In good order, so that the whole database is in one file.
    world.run(&["migrate"]);
    world.url = "sqlite:disk/hearth.db".to_owned();
    let (server, _) = world.serve_within("unshare", namespace.into_iter().chain([mount.as_str(), "sh"]));
    let disk = PathBuf::from(format!("/proc/{}/root{}", server.id(), disk.display()));
    // SQLite follows links, and out of the server's view, so what is looked at in the end is a copy.
    world.url = format!("sqlite:{}", world.path("copy.db").display());
    Some((server, disk))
}

/// Takes all the room that is left.
fn fill(disk: &Path) {
    let mut ballast = fs::OpenOptions::new().create(true).append(true).open(disk.join("ballast")).unwrap();
    for size in [65_536, 4_096, 512, 1] {
        loop {
            match ballast.write_all(&vec![0; size]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// An act of a kind that a full disk refused. What still fitted into the log's old room is done, and counts.
fn until_refused(world: &World, server: &Server, load: &Load<'_>, disk: &Path, kind: usize) -> Act {
    for number in 0..TRIES {
        fill(disk);
        let acts = fresh_acts(&format!("full-{kind}-{number}"), 0);
        let act = acts.into_iter().nth(kind).unwrap();
        if matches!(try_once(world, server.address, &act), Try::NotDone(_)) {
            return act;
        }
        load.act_again(&act);
    }
    panic!("a full disk still takes writes");
}

#[test]
fn a_full_disk_is_named_reads_go_on_and_space_heals_it() {
    let mut world = World::on_sqlite();
    let Some((mut server, disk)) = serve_on_small_disk(&mut world) else { return };
    let load = Load::new(&world, vec![server.address]);
    load.during(|| wait_until("writes are acknowledged", || load.acknowledged() >= 20));

    fill(&disk);
    let refused = [0, 1].map(|kind| until_refused(&world, &server, &load, &disk, kind));
    for act in &refused {
        let Ok(answer) = send(&world, server.address, act) else { panic!("no answer") };
        assert_eq!(answer.code(), "STORAGE_FULL", "{answer:?}");
        assert_eq!(answer.retry_after, Some(30), "{answer:?}");
        assert_eq!(answer.status, if matches!(act, Act::Order { .. }) { 503 } else { 200 });
    }
    assert_reads(&world, &server, Duration::from_secs(1));

    fs::remove_file(disk.join("ballast")).unwrap();
    refused.iter().for_each(|act| load.act(act));
    assert_eq!(server.child.try_wait().unwrap(), None);
    let journal = load.journal.into_inner().unwrap();
    for (file, copy) in [("hearth.db", "copy.db"), ("hearth.db-wal", "copy.db-wal")] {
        fs::copy(disk.join(file), world.path(copy)).unwrap();
    }
    let verified = runtime().block_on(assert_kept(&world, &journal));
    println!("full disk: {}; verify: {verified}", journal.figures);
}

#[test]
fn a_sync_that_fails_is_never_a_success_and_the_server_goes_on() {
    if !has_strace() {
        return;
    }
    // strace counts by thread, and each writing connection has one of its own, given up with the connection after a failure. The
    // first commit into a fresh log takes three syncs, of its head, its folder and its rows: with fewer nothing is ever written.
    let mut told = Vec::new();
    for nth in [4, 5, 9] {
        let world = World::on_sqlite();
        world.run(&["migrate"]);
        let inject = format!("inject=fsync,fdatasync:error=EIO:when={nth}");
        let log = world.path("strace.txt");
        let options = ["-f", "-qq", "-o", log.to_str().unwrap(), "-e", "trace=fsync,fdatasync", "-e", &inject];
        let (mut server, _) = world.serve_within("strace", options);
        let load = Load::new(&world, vec![server.address]);
        // How many acts share a sync is the machine's affair, so we count failures and not only acts.
        let failed = || fs::read_to_string(&log).unwrap().lines().filter(|line| line.contains("INJECTED")).count();
        load.during(|| {
            wait_until("writes are acknowledged", || load.acknowledged() >= u64::from(rounds(25, 300)));
            wait_until("three syncs fail", || failed() >= 3);
            assert_reads(&world, &server, Duration::from_secs(5));
        });
        assert_eq!(server.child.try_wait().unwrap(), None);
        server.kill();
        let failed = failed();
        let journal = load.journal.into_inner().unwrap();
        let verified = runtime().block_on(assert_kept(&world, &journal));
        told.push(format!("each {nth}th of a connection, {failed} in all; {}; verify: {verified}", journal.figures));
    }
    println!("failing syncs: {}", told.join("\n  "));
}
