//! Against a webhook's server with TLS of its own: whose certificate is believed.

use std::sync::Arc;

use app::webhooks::{AttemptOutcome, ClaimedDelivery, DueDelivery};
use kernel::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use super::{NOT_ACCEPTED, PrivateAddresses, Sender};
use crate::tls::{tls, trusting};

/// A certificate authority of our own, and a server's certificate by it.
struct Certified {
    authority: CertificateDer<'static>,
    server: Arc<rustls::ServerConfig>,
}

/// For a host, until a year.
fn certified(host: &str, until: i32) -> Certified {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let (mut leaf, key) = (CertificateParams::new(vec![host.to_owned()]).unwrap(), KeyPair::generate().unwrap());
    (leaf.not_before, leaf.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 1, 1));
    let leaf = leaf.signed_by(&key, &authority).unwrap();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let server = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    Certified { authority: authority.der().clone(), server: Arc::new(server) }
}

/// Takes one connection and answers 204; the path it was asked for, if TLS came about.
async fn serve(server: Arc<rustls::ServerConfig>) -> (u16, JoinHandle<Option<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(TlsAcceptor::from(server).accept(stream).await.ok()?);
        let (mut first, mut length) = (String::new(), 0);
        stream.read_line(&mut first).await.ok()?;
        loop {
            let mut header = String::new();
            stream.read_line(&mut header).await.ok()?;
            if let Some(told) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = told.trim().parse().ok()?;
            }
            if header.trim().is_empty() {
                break;
            }
        }
        stream.read_exact(&mut vec![0; length]).await.ok()?;
        stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await.ok()?;
        stream.flush().await.ok()?;
        Some(first.trim().to_owned())
    });
    (port, asked)
}

async fn send(certified: &Certified, is_trusted: bool) -> (AttemptOutcome, Option<String>) {
    let (port, asked) = serve(Arc::clone(&certified.server)).await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certified.authority.clone()).unwrap();
    let sender = Sender::speaking(if is_trusted { trusting(roots) } else { tls() }, PrivateAddresses::Allowed);
    let zeroes = "0".repeat(32);
    let claimed = ClaimedDelivery {
        id: format!("de_{zeroes}").parse().unwrap(),
        webhook: format!("wh_{zeroes}").parse().unwrap(),
        event: format!("ev_{zeroes}").parse().unwrap(),
        kind: "accounts.member_left.v1".to_owned(),
        payload: "{}".to_owned(),
        occurred_at: Timestamp::UNIX_EPOCH,
        attempts: 0,
        tries: 0,
    };
    let due = DueDelivery { claimed, url: format!("https://localhost:{port}/hooks"), keys: Vec::new() };
    let outcome = sender.send(&due, Timestamp::UNIX_EPOCH).await;
    (outcome, asked.await.unwrap())
}

#[tokio::test]
async fn a_server_whose_certificate_is_believed_gets_the_message() {
    let (outcome, asked) = send(&certified("localhost", 2100), true).await;

    assert_eq!((outcome, asked.as_deref()), (AttemptOutcome::Taken(204), Some("POST /hooks HTTP/1.1")));
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_or_that_is_over_or_for_another_is_refused_and_said_so() {
    for (certified, is_trusted) in [
        (certified("localhost", 2100), false),
        (certified("localhost", 2021), true),
        (certified("shop.example", 2100), true),
    ] {
        let (outcome, asked) = send(&certified, is_trusted).await;

        assert_eq!((outcome, asked), (AttemptOutcome::Unanswered(NOT_ACCEPTED), None));
    }
}
