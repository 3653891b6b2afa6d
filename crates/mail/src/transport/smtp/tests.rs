//! Against a mail server with TLS of its own: whose certificate is believed, and what is said before.

use std::sync::Arc;

use lettre::{Message, transport::smtp::client::Certificate};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use super::{Smtp, SmtpCredentials, SmtpSecurity, SmtpSettings};

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

/// Takes one connection; what it was told, with what came in the clear first.
async fn serve(
    security: SmtpSecurity,
    server: Arc<rustls::ServerConfig>,
    offers_tls: bool,
) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let acceptor = TlsAcceptor::from(server);
        let mut heard = Vec::new();
        if security == SmtpSecurity::StartTls {
            let offered: &[&str] = if offers_tls { &["250-here", "250 STARTTLS"] } else { &["250 here"] };
            if !talk(&mut stream, offered, &mut heard).await {
                return heard;
            }
            heard.push("TLS".to_owned());
        }
        if let Ok(mut stream) = acceptor.accept(stream).await {
            if security == SmtpSecurity::StartTls {
                converse(&mut BufReader::new(&mut stream), &["250-here", "250 AUTH PLAIN"], &mut heard).await;
            } else {
                talk(&mut stream, &["250-here", "250 AUTH PLAIN"], &mut heard).await;
            }
        }
        heard
    });
    (port, heard)
}

/// Greets first. Whether it ended because TLS was asked for.
async fn talk(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), offered: &[&str], heard: &mut Vec<String>) -> bool {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 here\r\n").await.unwrap();
    converse(&mut stream, offered, heard).await
}

async fn converse(
    stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>,
    offered: &[&str],
    heard: &mut Vec<String>,
) -> bool {
    let (mut line, mut is_data) = (String::new(), false);
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        let said = std::mem::take(&mut line).trim_end().to_owned();
        let answer = match said.split(' ').next().unwrap_or_default() {
            "." if is_data => {
                is_data = false;
                "250 taken".to_owned()
            }
            _ if is_data => continue,
            "EHLO" => offered.join("\r\n"),
            "AUTH" => "235 you".to_owned(),
            "STARTTLS" => "220 go".to_owned(),
            "DATA" => {
                is_data = true;
                "354 go on".to_owned()
            }
            "QUIT" => "221 bye".to_owned(),
            _ => "250 fine".to_owned(),
        };
        let word = said.split([' ', ':']).next().unwrap_or_default().to_owned();
        heard.push(word.clone());
        if stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() || word == "QUIT" {
            return false;
        }
        if word == "STARTTLS" {
            return true;
        }
    }
    false
}

fn mail() -> Message {
    let (from, to) = ("hearth@operator.example".parse().unwrap(), "wang@hearth.example".parse().unwrap());
    Message::builder().from(from).to(to).subject("x").body("y".to_owned()).unwrap()
}

/// What became of one mail, and what the server was told.
async fn send(
    security: SmtpSecurity,
    certified: &Certified,
    is_trusted: bool,
    offers_tls: bool,
) -> (Result<(), String>, Vec<String>) {
    let (port, heard) = serve(security, Arc::clone(&certified.server), offers_tls).await;
    let credentials = Some(SmtpCredentials { user: "hearth".to_owned(), password: "secret".to_owned() });
    let settings = SmtpSettings { host: "localhost".to_owned(), port, security, credentials };
    let authority = Certificate::from_der(certified.authority.to_vec()).unwrap();
    let smtp = Smtp::trusting(&settings, is_trusted.then_some(&authority)).unwrap();
    let sent = smtp.send(mail()).await.map_err(|fault| fault.chain());
    drop(smtp);
    (sent, heard.await.unwrap())
}

#[tokio::test]
async fn a_trusted_server_takes_the_mail_and_hears_who_we_are_only_under_tls() {
    let certified = certified("localhost", 2100);

    let (sent, heard) = send(SmtpSecurity::Tls, &certified, true, true).await;
    assert_eq!((sent, &heard[..5]), (Ok(()), &["EHLO", "AUTH", "MAIL", "RCPT", "DATA"].map(str::to_owned)[..]));

    let (sent, heard) = send(SmtpSecurity::StartTls, &certified, true, true).await;
    let expected = ["EHLO", "STARTTLS", "TLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"].map(str::to_owned);
    assert_eq!((sent, &heard[..8]), (Ok(()), &expected[..]));
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_or_that_is_over_or_for_another_is_refused_and_said_so() {
    for security in [SmtpSecurity::Tls, SmtpSecurity::StartTls] {
        for (certified, is_trusted) in [
            (certified("localhost", 2100), false),
            (certified("localhost", 2021), true),
            (certified("mail.example", 2100), true),
        ] {
            let (sent, heard) = send(security, &certified, is_trusted, true).await;

            let shown = sent.unwrap_err();
            assert!(shown.contains("the mail server's TLS was not accepted"), "{shown}");
            let before: &[&str] = if security == SmtpSecurity::StartTls { &["EHLO", "STARTTLS", "TLS"] } else { &[] };
            assert_eq!(heard, before, "nothing was said under a TLS that was refused");
        }
    }
}

#[tokio::test]
async fn a_server_that_offers_no_tls_where_it_must_gets_nothing() {
    let (sent, heard) = send(SmtpSecurity::StartTls, &certified("localhost", 2100), true, false).await;

    assert!(sent.is_err());
    assert!(!heard.iter().any(|word| ["AUTH", "MAIL", "RCPT", "DATA"].contains(&word.as_str())), "{heard:?}");
}
