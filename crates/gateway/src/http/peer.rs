//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr};

use poem::Request;

use crate::limits::Network;

/// The caller's network as other doors of this process count it, and whether a proxy we believe says that the caller's connection to
/// it is encrypted.
#[must_use]
pub fn peer_of(request: &Request, trusted_proxies: &[IpAddr]) -> (IpAddr, bool) {
    let is_encrypted = trusted_proxies.contains(&address(request).to_canonical())
        && request.header("x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    (network(request, trusted_proxies).address(), is_encrypted)
}

/// Without a socket (a test, a UNIX socket) everybody shares one bucket: strict rather than open.
fn address(request: &Request) -> IpAddr {
    request.remote_addr().as_socket_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip())
}

/// The network of the caller: the peer's, unless the peer is a proxy we were told to believe.
pub(super) fn network(request: &Request, trusted_proxies: &[IpAddr]) -> Network {
    let peer = address(request);
    let forwarded = request.headers().get_all("x-forwarded-for");
    let hops: Vec<&str> =
        forwarded.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).collect();
    Network::of(client_behind(peer, &hops, trusted_proxies))
}

/// Walks back from the peer through proxies we believe; the first other address is the client.
fn client_behind(peer: IpAddr, hops: &[&str], trusted: &[IpAddr]) -> IpAddr {
    let mut client = peer.to_canonical();
    for hop in hops.iter().rev() {
        if !trusted.contains(&client) {
            break;
        }
        let Ok(before) = hop.trim().parse::<IpAddr>() else { break };
        client = before.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::client_behind;

    #[test]
    fn believes_only_the_proxies_it_was_told_of() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let (proxy, stranger, client) = (address("10.0.0.1"), address("198.51.100.7"), address("203.0.113.9"));
        let trusted = [proxy, address("10.0.0.2")];
        for (peer, hops, expected) in [
            (stranger, vec!["203.0.113.9"], stranger),
            (proxy, vec!["203.0.113.9"], client),
            (proxy, vec!["1.2.3.4", "203.0.113.9"], client),
            (proxy, vec!["203.0.113.9", " 10.0.0.2"], client),
            (proxy, vec![], proxy),
            (proxy, vec!["nonsense"], proxy),
            (address("::ffff:10.0.0.1"), vec!["203.0.113.9"], client),
        ] {
            assert_eq!(client_behind(peer, &hops, &trusted), expected, "{peer} {hops:?}");
        }
    }
}
