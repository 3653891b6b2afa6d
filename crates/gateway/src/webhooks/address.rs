//! Which addresses messages may go to: those of the public internet, so that nobody can make us talk to what only we can reach.

use std::{
    error::Error,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// A host has an address that messages may not go to, or none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the host has an address that is not public")]
pub(super) struct NotPublic;

/// Resolves names and refuses those with any address that is not public. The connection is made to the addresses judged here and to
/// no others: a name that resolves otherwise a moment later changes nothing.
#[derive(Clone, Copy)]
pub(super) struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            Ok::<_, Box<dyn Error + Send + Sync>>(Box::new(judged(addresses)?.into_iter()) as Addrs)
        })
    }
}

impl fmt::Debug for PublicResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicResolver")
    }
}

/// All of them or none: a name with one private address is somebody's attempt, or somebody's mistake.
fn judged(addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NotPublic> {
    let are_public = !addresses.is_empty() && addresses.iter().all(|address| is_public(address.ip()));
    if are_public { Ok(addresses) } else { Err(NotPublic) }
}

/// Whether a URL's host may be talked to as far as the URL tells: a name is judged when it is resolved, an address here and now,
/// since no resolver is asked for it.
pub(super) fn check_literal(url: &reqwest::Url) -> Result<(), NotPublic> {
    let host = url.host_str().ok_or(NotPublic)?;
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    if literal.is_ok_and(|address| !is_public(address)) { Err(NotPublic) } else { Ok(()) }
}

/// Whether an address is one of the public internet, by the registries of special addresses (RFC 6890 and its later entries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        // This network; and 240.0.0.0/4 with the broadcast address in it.
        || a == 0
        || a >= 240
        || address.is_multicast()
        // Shared by a provider's customers (100.64.0.0/10): a cloud's own services are there.
        || (a == 100 && (64..128).contains(&b))
        // Protocol assignments, the old 6to4 relays, benchmarks.
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let embedded = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (a, b, c, d, e, f) {
        // An IPv4 address in other clothes: mapped (::ffff:0:0/96), or behind a translator (64:ff9b::/96).
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => embedded(g, h),
        // 6to4 carries one too.
        (0x2002, ..) => embedded(b, c),
        // Protocol assignments (Teredo among them), documentation, and everything outside global unicast: loopback, link-local,
        // unique local, multicast, the unspecified address.
        (0x2001, 0..=0x1ff, ..) | (0x2001, 0xdb8, ..) | (0x3fff, 0..=0xfff, ..) => false,
        _ => (0x2000..=0x3fff).contains(&a),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use super::{NotPublic, check_literal, is_public, judged};

    #[test]
    fn public_addresses_are_public() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.167.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "240e::1",
            "::ffff:1.1.1.1",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn all_others_are_not() {
        for text in [
            "127.0.0.1",
            "127.255.255.254",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "0.0.0.0",
            "0.1.2.3",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::1",
            "2002:a00:1::1",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "3fff::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn one_private_address_among_public_ones_refuses_them_all() {
        let at = |text: &str| SocketAddr::new(text.parse::<IpAddr>().unwrap(), 0);
        assert_eq!(judged(vec![at("1.1.1.1"), at("2606:4700::1111")]).unwrap().len(), 2);
        assert_eq!(judged(vec![at("1.1.1.1"), at("127.0.0.1")]), Err(NotPublic));
        assert_eq!(judged(Vec::new()), Err(NotPublic));
    }

    #[test]
    fn an_address_in_a_url_is_judged_however_it_is_spelled() {
        for text in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://0/",
            "http://169.254.169.254/latest",
        ] {
            assert_eq!(check_literal(&text.parse().unwrap()), Err(NotPublic), "{text}");
        }
        for text in ["https://shop.example/", "https://1.1.1.1/", "https://[2606:4700::1111]/"] {
            assert_eq!(check_literal(&text.parse().unwrap()), Ok(()), "{text}");
        }
    }
}
