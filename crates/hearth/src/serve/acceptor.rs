use std::{io, net::SocketAddr, time::Duration};

use poem::{
    http::uri::Scheme,
    listener::{Acceptor, TcpAcceptor},
    web::{LocalAddr, RemoteAddr},
};
use tokio::net::{TcpListener, TcpStream};

use crate::Failure;

/// How long accepting rests after it failed, as it does while the process has no free file descriptor: else it would spin.
const REST_AFTER_FAILURE: Duration = Duration::from_millis(50);

/// Accepts connections and sends small answers at once.
///
/// Without `TCP_NODELAY` (Nagle's algorithm, RFC 896) an answer in two writes waits for the client's delayed acknowledgement,
/// up to 40 ms; poem does not set it.
pub(crate) struct PromptAcceptor(TcpAcceptor);

/// Takes the address, before anything slow is done.
pub(crate) async fn bind(address: SocketAddr) -> Result<PromptAcceptor, Failure> {
    let bound = TcpListener::bind(address).await.and_then(TcpAcceptor::from_tokio);
    bound.map(PromptAcceptor).map_err(|error| {
        let what = if error.kind() == io::ErrorKind::AddrInUse {
            format!("{address} is taken by another program; choose another address with HEARTH_LISTEN, such as HEARTH_LISTEN=127.0.0.1:8081")
        } else {
            format!("could not listen on {address} (set by HEARTH_LISTEN or listen in hearth.toml)")
        };
        Failure::because(what, error)
    })
}

impl PromptAcceptor {
    /// Where it listens: another port than was asked for when that was 0.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.0.local_addr().first().and_then(|address| address.as_socket_addr().copied())
    }
}

impl Acceptor for PromptAcceptor {
    type Io = TcpStream;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.0.local_addr()
    }

    async fn accept(&mut self) -> io::Result<(TcpStream, LocalAddr, RemoteAddr, Scheme)> {
        let accepted = self.0.accept().await;
        match accepted {
            Ok((stream, local, remote, scheme)) => {
                stream.set_nodelay(true)?;
                Ok((stream, local, remote, scheme))
            }
            Err(error) => {
                tracing::warn!(error = %error, "A connection could not be accepted");
                tokio::time::sleep(REST_AFTER_FAILURE).await;
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use poem::listener::Acceptor;
    use tokio::net::TcpStream;

    use super::bind;

    #[tokio::test]
    async fn sends_small_answers_at_once() {
        let mut acceptor = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = acceptor.address().unwrap();
        let (connected, accepted) = tokio::join!(TcpStream::connect(address), acceptor.accept());

        connected.unwrap();
        assert!(accepted.unwrap().0.nodelay().unwrap());
    }

    #[tokio::test]
    async fn names_a_taken_port_and_the_setting() {
        let first = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = first.address().unwrap();
        let failure = bind(address).await.err().unwrap().to_string();

        assert!(failure.starts_with(&format!("{address} is taken by another program")), "{failure}");
        assert!(failure.contains("HEARTH_LISTEN"), "{failure}");
    }
}
