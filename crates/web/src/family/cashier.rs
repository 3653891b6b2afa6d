//! `GET /pay/LINK/cashier`: how a payer gets to WeChat, by a button or by a code to scan. Opened again it leads to the same cashier.

use app::familypay::{Cashier, OpenCashier, OpenCashierRefusal, PayDoor};
use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use poem::{
    Request, Response,
    http::{Method, StatusCode},
};
use qrcode::{EcLevel, QrCode, render::svg};

use super::{
    PayerDoor, Visit, broken,
    page::{self, Frame, html},
    private, see_other, words,
};

/// One step: to WeChat, and back to see what became of it.
#[derive(Template)]
#[template(path = "family/cashier.html")]
struct CashierPage {
    frame: Frame,
    address: String,
    amount: String,
    /// Where WeChat opens.
    leads_to: Option<String>,
    /// A picture to scan, as a `data:` address.
    picture: Option<String>,
}

impl PayerDoor {
    /// How to get to the cashier the payer has now; where there is none, their page says what is so.
    pub(super) async fn cashier(&self, visit: &Visit, request: &Request) -> Response {
        // Whatever looks at links before people do opens no cashier.
        if *request.method() == Method::HEAD {
            return private(StatusCode::OK).content_type("text/html; charset=utf-8").finish();
        }
        let network = self.hall.peer_of.as_ref().map(|peer_of| peer_of(request).network);
        let payer_ip = network.map_or_else(|| "127.0.0.1".to_owned(), |network| network.to_string());
        let open = OpenCashier { door: PayDoor::Link(visit.link.clone()), payer_ip, open_id: None };
        let (leads_to, picture) = match self.hall.app.open_cashier(&open).await {
            Ok(Ok(Cashier::Address(address))) => (Some(self.and_back(address, visit)), None),
            Ok(Ok(Cashier::Code(code))) => (None, picture(&code)),
            Ok(Ok(Cashier::InWeChat(_)) | Err(OpenCashierRefusal::NotThere)) => return see_other(&visit.address()),
            Ok(Err(OpenCashierRefusal::ProviderAway)) => {
                return page::no_cashier(visit, words::provider_away(visit.locale));
            }
            Err(fault) => return broken(visit.locale, &fault),
        };
        html(&CashierPage {
            frame: Frame { locale: visit.locale },
            address: visit.address(),
            amount: visit.seen.shown.book.request.amount().to_string(),
            leads_to,
            picture,
        })
    }

    /// WeChat leads back to the payer's page, where the deployment says what its address is.
    fn and_back(&self, address: String, visit: &Visit) -> String {
        let Some(pay_link) = &self.hall.app.settings().pay_link else { return address };
        let back: String =
            form_urlencoded::byte_serialize(format!("{pay_link}{}", visit.link.to_text()).as_bytes()).collect();
        format!("{address}&redirect_url={back}")
    }
}

/// Black on white whatever the page around it: scanners read that best.
fn picture(code: &str) -> Option<String> {
    let qr = QrCode::with_error_correction_level(code, EcLevel::M).ok()?;
    let svg = qr.render::<svg::Color<'_>>().min_dimensions(280, 280).quiet_zone(true).build();
    Some(format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)))
}
