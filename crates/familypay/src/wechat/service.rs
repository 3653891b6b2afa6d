use std::sync::Arc;

use kernel::Clock;

use super::{ANSWER_WITHIN, Client, Merchant};

/// How a payer's browser gets to the cashier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CashierKind {
    /// By an address that opens WeChat on a phone (H5).
    Browser,
    /// By a code to scan with WeChat (Native).
    Code,
}

impl CashierKind {
    /// Reads the setting.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "h5" => Some(Self::Browser),
            "native" => Some(Self::Code),
            _ => None,
        }
    }
}

/// WeChat Pay as a deployment has it.
#[derive(Debug)]
pub struct WeChatPay {
    /// With what we sign and open messages.
    pub merchant: Merchant,
    /// How payers' pages lead to it.
    pub cashier: CashierKind,
    /// Where it tells us what was paid: this deployment's `POST /v1/pay/wechat`, as the world reaches it.
    pub notify_url: String,
    base: String,
    http: reqwest::Client,
}

impl WeChatPay {
    /// A merchant's account at `base`, which is [`super::WECHAT_PAY`] but for trials.
    #[must_use]
    pub fn new(merchant: Merchant, cashier: CashierKind, notify_url: String, base: String) -> Self {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls())
            .timeout(ANSWER_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("these settings fit together");
        Self { merchant, cashier, notify_url, base, http }
    }

    /// What asks it.
    pub fn client<'a>(&'a self, clock: &'a dyn Clock) -> Client<'a> {
        Client::over(&self.merchant, self.http.clone(), &self.base, clock)
    }
}

/// One provider and the roots built in, whatever the process has installed.
fn tls() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider speaks the versions it was built for")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
