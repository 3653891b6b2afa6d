//! The floor of `balance`: a poem handler that returns a constant of 20 bytes, on the runtime `serve` runs on.

use std::net::{Ipv4Addr, SocketAddr};

use poem::{Route, Server, get, handler};

use crate::{
    Failure, console,
    serve::{IDLE_TIMEOUT, acceptor},
};

/// What it answers, whoever asks for what.
pub const ANSWER: &str = "twenty bytes it is.\n";

#[handler]
fn answer() -> &'static str {
    ANSWER
}

/// Serves on a free port of this machine and prints which, until it is killed.
///
/// # Errors
/// A [`Failure`] when it cannot.
pub async fn serve() -> Result<(), Failure> {
    let failed = |error| Failure::because("could not serve the bare handler", error);
    let acceptor = acceptor::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    if let Some(address) = acceptor.address() {
        console::say(address);
    }
    let server = Server::new_with_acceptor(acceptor).idle_timeout(IDLE_TIMEOUT);
    server.run(Route::new().at("/", get(answer))).await.map_err(failed)
}

#[cfg(test)]
mod tests {
    #[test]
    fn answers_with_twenty_bytes() {
        assert_eq!(super::ANSWER.len(), 20);
    }
}
