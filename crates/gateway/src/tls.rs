//! Asking servers of others: TLS by one provider and the roots built in, whatever the process has installed; answers read up to a limit.

use std::{sync::Arc, time::Duration};

/// How this crate's clients speak TLS.
pub(crate) fn tls() -> rustls::ClientConfig {
    trusting(rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
}

/// Asks a server that the operator named: itself alone, and no longer than `timeout`.
pub(crate) fn client_of_one(timeout: Duration) -> reqwest::Client {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(timeout)
        .build()
        .expect("these settings fit together")
}

/// As [`tls`], with other roots.
pub(crate) fn trusting(roots: rustls::RootCertStore) -> rustls::ClientConfig {
    rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider speaks the versions it was built for")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// An answer that cannot be had whole.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnreadAnswer {
    /// It broke off.
    #[error("the answer broke off")]
    Broken(#[from] reqwest::Error),
    /// It goes on and on.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
}

/// An answer's body, unless it is longer than `limit` bytes.
pub(crate) async fn read_whole(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, UnreadAnswer> {
    let mut whole = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if whole.len() + chunk.len() > limit {
            return Err(UnreadAnswer::TooLong(limit));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}
