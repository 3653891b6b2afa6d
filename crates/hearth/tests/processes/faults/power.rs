//! The power goes at any moment of a run: what was acknowledged is on the disk, and the books are right.

use std::{collections::BTreeSet, fs, process::Command};

use testkit::{Engine, TestDb};

use super::{
    Chance,
    load::Load,
    rounds,
    trace::{self, Disk, Step},
    world::World,
};
use crate::program::{hearth_on, runtime, wait_until};

/// What the engine may leave on a disk. The third file it keeps, `-shm`, is an index that it rebuilds.
const FILES: [&str; 2] = ["hearth.db", "hearth.db-wal"];

/// A run under strace: its steps, and the files as they were before it.
struct Run {
    world: World,
    steps: Vec<Step>,
    before: Vec<(String, Vec<u8>)>,
    figures: String,
}

/// Lets clients work on a traced server until enough was acknowledged, then kills it.
fn traced_run(writes: u64) -> Run {
    let world = World::on_sqlite();
    // Opening and closing in good order leaves one whole file: what was on the disk before.
    world.run(&["migrate"]);
    let path = |name: &str| world.path(name).to_str().unwrap().to_owned();
    let before = vec![(path(FILES[0]), fs::read(world.path(FILES[0])).unwrap())];
    assert!(!world.path(FILES[1]).exists());

    let log = world.path("strace.txt");
    let (mut server, _) =
        world.serve_within("strace", trace::STRACE.iter().copied().chain(["-o", log.to_str().unwrap()]));
    let load = Load::new(&world, vec![server.address]);
    load.during(|| wait_until("enough is acknowledged", || load.acknowledged() >= writes));
    server.kill();
    let figures = load.journal.into_inner().unwrap().figures.to_string();
    let steps = trace::read(&fs::read_to_string(log).unwrap());
    Run { world, steps, before, figures }
}

impl Run {
    fn disk(&self) -> Disk {
        self.before.iter().fold(Disk::default(), |disk, (path, bytes)| disk.with(path, bytes.clone()))
    }

    fn path(&self, name: &str) -> String {
        self.world.path(name).to_str().unwrap().to_owned()
    }

    /// The event or grant an answer acknowledges.
    fn acknowledged(bytes: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(bytes);
        let after = |mark: &str| text.split_once(mark).and_then(|(_, rest)| rest.split('"').next()).map(str::to_owned);
        if text.contains(r#""status":"accepted""#) { after(r#"{"id":""#) } else { after(r#""grant":{"id":""#) }
    }
}

/// What is found missing after a power cut that left `files`; also fails unless the books are right.
fn missing(left: &[(&str, Option<Vec<u8>>)], told: &BTreeSet<String>, must_verify: bool) -> Vec<String> {
    // A folder for each: threads of an engine that is closing may still write to the last one.
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, bytes) in left {
        if let Some(bytes) = bytes {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
    let url = format!("sqlite:{}", folder.join(FILES[0]).display());
    let runtime = runtime();
    let kept: BTreeSet<String> = runtime.block_on(async {
        let database = TestDb::open(Engine::Sqlite, &url).await;
        let ok = database.texts("SELECT integrity_check FROM pragma_integrity_check").await;
        assert_eq!(ok, [["ok"]]);
        let events = database.texts("SELECT key FROM idempotency_keys WHERE operation = 'record_order_event'").await;
        let grants = database.texts("SELECT 'gr_' || lower(hex(id)) FROM grants").await;
        database.db().clone().close().await.unwrap();
        events.into_iter().chain(grants).map(|row| row[0].clone()).collect()
    });
    if must_verify {
        let verified = hearth_on(folder, &url, &["verify"]).output().unwrap();
        assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
    }
    told.difference(&kept).cloned().collect()
}

#[test]
fn a_power_cut_at_any_moment_leaves_every_acknowledged_write_on_the_disk() {
    if !has_strace() {
        return;
    }
    let run = traced_run(u64::from(rounds(25, 150)));
    let every = run.steps.len() / usize::try_from(rounds(15, 200)).unwrap();
    let (mut chance, mut disk, mut told) = (Chance(7), run.disk(), BTreeSet::new());
    let mut cuts = 0;
    for (number, step) in run.steps.iter().enumerate() {
        disk.take(step);
        let acknowledged = if let Step::Sent { bytes } = step { Run::acknowledged(bytes) } else { None };
        let is_told = acknowledged.is_some_and(|id| told.insert(id));
        // As soon as a client was told, and besides at any moment.
        if !is_told && number % every != 0 {
            continue;
        }
        cuts += 1;
        let least = FILES.map(|name| (name, disk.left_at_least(&run.path(name))));
        assert_eq!(missing(&least, &told, is_told), [""; 0], "with nothing left that was not synced");
        let torn = FILES.map(|name| (name, disk.left_by_chance(&run.path(name), &mut |bound| chance.below(bound))));
        assert_eq!(missing(&torn, &told, is_told), [""; 0], "with some unsynced writes left, some torn");
    }
    assert!(told.len() >= 25, "only {} acknowledged writes were found in the trace", told.len());
    println!("power cut: {cuts} cuts, each with and without torn leftovers; {}; all there", run.figures);

    // The proof can fail: a disk that ignores the syncs of the log loses what was acknowledged, before the log is folded.
    let (mut deaf, mut told) = (run.disk().deaf_to("-wal"), BTreeSet::new());
    for step in &run.steps {
        deaf.take(step);
        if let Step::Sent { bytes } = step {
            told.extend(Run::acknowledged(bytes));
        }
        if told.len() == 20 {
            break;
        }
    }
    let least = FILES.map(|name| (name, deaf.left_at_least(&run.path(name))));
    assert_eq!(missing(&least, &told, false).len(), 20);
}

/// Whether strace is here and may trace; says so when not.
pub(super) fn has_strace() -> bool {
    let tried = Command::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).status();
    let has = tried.is_ok_and(|status| status.success());
    if !has {
        let why = "NOT RUN: strace is not installed or may not trace here. scripts/test installs it.";
        // Where nobody looks at what is printed, a proof that did not run must not look like one that held.
        assert!(std::env::var_os("CI").is_none(), "{why}");
        println!("{why}");
    }
    has
}
