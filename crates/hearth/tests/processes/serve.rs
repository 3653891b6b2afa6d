//! `serve` starts, is found, keeps what is there, and stops when told.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::{Duration, Instant},
};

use testkit::TestDb;

use crate::program::{ENGINES, hearth, runtime, wait_until};

/// A port that was free a moment ago.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn serve(folder: &std::path::Path, database: &TestDb, address: &str) -> Child {
    let child = hearth(folder, database, &["serve"]).env("HEARTH_DEMO", "on").env("HEARTH_LISTEN", address).spawn();
    wait_until("it serves", || get(address, "/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200")));
    child.unwrap()
}

fn terminate(child: &mut Child) -> Duration {
    let begun = Instant::now();
    let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(told.success());
    wait_until("it stopped", || child.try_wait().unwrap().is_some());
    begun.elapsed()
}

#[test]
fn a_second_start_keeps_what_the_first_one_filled_in_and_sigterm_stops_it() {
    for engine in ENGINES {
        let folder = tempfile::tempdir().unwrap();
        let runtime = runtime();
        let database = runtime.block_on(TestDb::new(engine));
        let address = free_address();

        let mut first = serve(folder.path(), &database, &address);
        let orders = runtime.block_on(database.count("orders"));
        // Ten seconds is the promise to supervisors; the bound here only tells stopping from hanging.
        assert!(terminate(&mut first) < Duration::from_secs(10));
        let mut second = serve(folder.path(), &database, &address);
        terminate(&mut second);

        assert_eq!(orders, 1_358);
        assert_eq!(runtime.block_on(database.count("orders")), orders);
        assert_eq!(runtime.block_on(database.count("households")), 48);
        let verified = hearth(folder.path(), &database, &["verify"]).status().unwrap();
        assert_eq!(verified.code(), Some(0));
    }
}

#[test]
fn a_taken_port_is_named_with_the_setting_that_changes_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let runtime = runtime();
    let database = runtime.block_on(TestDb::new(testkit::Engine::Sqlite));

    let ended = hearth(folder.path(), &database, &["serve"]).env("HEARTH_LISTEN", &address).output().unwrap();

    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1));
    assert!(said.contains(&address) && said.contains("HEARTH_LISTEN"), "{said}");
}

#[test]
fn says_where_to_look() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = runtime();
    let database = runtime.block_on(TestDb::new(testkit::Engine::Sqlite));
    let address = free_address();
    let mut child = serve(folder.path(), &database, &address);

    let mut said = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        said.push_str(&line.unwrap());
        said.push('\n');
        if said.contains("Bearer") {
            break;
        }
    }
    terminate(&mut child);

    for needed in ["/graphql", "/graphiql", "王奶奶", "wang.nainai@hearth.example", "mail"] {
        assert!(said.contains(needed), "{needed} is missing in: {said}");
    }
}
