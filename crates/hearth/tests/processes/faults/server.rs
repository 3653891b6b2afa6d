//! A `serve` that can be killed and started again at the same address.

use std::{
    fs::{File, OpenOptions},
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::{
    http,
    ids::{children_of, kill_all},
};
use crate::program::{kill, wait_until};

/// A server, killed when dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts `command`, whose `HEARTH_LISTEN` is set here, and waits until it is ready. Says how long that took.
    pub(super) fn start(mut command: Command, address: SocketAddr, log: PathBuf) -> (Self, Duration) {
        let begun = Instant::now();
        let opened: File = OpenOptions::new().create(true).append(true).open(&log).unwrap();
        command.env("HEARTH_LISTEN", address.to_string()).stdout(Stdio::null()).stderr(opened);
        let mut server = Self { address, child: command.spawn().unwrap(), log };
        wait_until("it serves", || {
            assert_eq!(server.child.try_wait().unwrap(), None, "serve ended: {}", server.log_text());
            http::get_status(address, "/readyz") == Some(200)
        });
        (server, begun.elapsed())
    }

    /// Ends it as SIGKILL does; when it runs within another program, such as strace, that one ends with it.
    pub(super) fn kill(&mut self) {
        let within = children_of(self.child.id());
        if within.is_empty() {
            return kill(&mut self.child);
        }
        kill_all(&within);
        self.child.wait().unwrap();
    }

    /// The number of the server's own process.
    pub(super) fn id(&self) -> u32 {
        children_of(self.child.id()).first().copied().unwrap_or(self.child.id())
    }

    /// What it logged, over all its lives.
    pub(super) fn log_text(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(super) fn log(&self) -> PathBuf {
        self.log.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, which is what we want.
        kill_all(&children_of(self.child.id()));
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A port that was free a moment ago.
pub(super) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
