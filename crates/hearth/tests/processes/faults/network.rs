//! The network between Hearth and PostgreSQL is slow, or breaks where it hurts most: after a commit, before its answer.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{cluster::Cluster, judge::assert_kept, load::Load, rounds, world::World};
use crate::program::{runtime, wait_until};

/// What the network does to those who talk through it.
#[derive(Default)]
struct Weather {
    /// Milliseconds each piece takes, either way.
    delay: AtomicU64,
    /// Every so many-th commit's answer is lost, with its connection; 0 for none.
    loses_every: AtomicU64,
    commits: AtomicU64,
    lost: AtomicU64,
}

/// Lets connections through to a server, as the weather allows, until the test ends.
fn relay(server: SocketAddr, weather: Arc<Weather>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let Ok(upstream) = TcpStream::connect(server) else { continue };
            let is_lost = Arc::new(AtomicBool::new(false));
            let halves = [(&client, &upstream, true), (&upstream, &client, false)];
            for (from, to, is_request) in halves {
                let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                let (weather, is_lost) = (Arc::clone(&weather), Arc::clone(&is_lost));
                std::thread::spawn(move || pass(from, to, is_request, &weather, &is_lost));
            }
        }
    });
    address
}

/// Passes pieces on in one direction. After a commit that is to be lost the next answer ends the connection instead of arriving.
fn pass(mut from: TcpStream, mut to: TcpStream, is_request: bool, weather: &Weather, is_lost: &AtomicBool) {
    let mut piece = [0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        std::thread::sleep(Duration::from_millis(weather.delay.load(Ordering::Relaxed)));
        if is_request && piece[..length].windows(7).any(|word| word == b"COMMIT\0") {
            let every = weather.loses_every.load(Ordering::Relaxed);
            let number = weather.commits.fetch_add(1, Ordering::Relaxed) + 1;
            is_lost.store(every > 0 && number.is_multiple_of(every), Ordering::Relaxed);
        } else if !is_request && is_lost.load(Ordering::Relaxed) {
            weather.lost.fetch_add(1, Ordering::Relaxed);
            break;
        }
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    for half in [&from, &to] {
        // Whoever is gone already needs no good-bye.
        drop(half.shutdown(Shutdown::Both));
    }
}

#[test]
fn commits_whose_answers_are_lost_are_found_done_by_the_retry() {
    let cluster = Cluster::start();
    let weather = Arc::new(Weather::default());
    let mut world = World::on_postgres(cluster.url());
    world.url = format!("postgres://postgres@{}/postgres", relay(cluster.address(), Arc::clone(&weather)));
    let (mut server, _) = world.serve();
    let load = Load::new(&world, vec![server.address]);
    load.during(|| {
        weather.loses_every.store(3, Ordering::Relaxed);
        wait_until("answers were lost", || weather.lost.load(Ordering::Relaxed) >= u64::from(rounds(5, 200)));
        weather.loses_every.store(0, Ordering::Relaxed);
        weather.delay.store(100, Ordering::Relaxed);
        let before = load.acknowledged();
        wait_until("a slow network works too", || load.acknowledged() >= before + 10);
        weather.delay.store(0, Ordering::Relaxed);
    });
    assert_eq!(server.child.try_wait().unwrap(), None);
    let journal = load.journal.into_inner().unwrap();
    let lost = weather.lost.load(Ordering::Relaxed);
    let verified = runtime().block_on(assert_kept(&world, &journal));
    println!("answers lost: {lost} commits done and unanswered; {}; verify: {verified}", journal.figures);
}
