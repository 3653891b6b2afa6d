//! TLS to servers of others: one provider and the roots built in, whatever the process has installed.

use std::sync::Arc;

/// How this crate's clients speak TLS.
pub(crate) fn tls() -> rustls::ClientConfig {
    trusting(rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
}

/// As [`tls`], with other roots.
pub(crate) fn trusting(roots: rustls::RootCertStore) -> rustls::ClientConfig {
    rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider speaks the versions it was built for")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
