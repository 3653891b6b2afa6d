//! `POST /v1/pay/wechat`: what WeChat Pay tells by itself. Its signature is over the raw body, so nothing reads that before.

use app::{
    App,
    familypay::{CallbackHeaders, NoticeRefusal},
};
use poem::{
    Endpoint, Request, Response,
    http::{Method, StatusCode},
};

use crate::{
    http::{BUSY_RETRY_AFTER, new_request_id, read_body},
    problem::TurnedAway,
};

/// Longest body, in bytes: theirs have about two thousand.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The code WeChat Pay's interface has for whatever is not taken. It tells such a thing again, for a day.
const FAIL: &str = "FAIL";

/// The endpoint.
pub(crate) struct WeChatPayDoor {
    app: App,
}

impl Endpoint for WeChatPayDoor {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(match self.take(request).await {
            // Kept: nothing more to say.
            Ok(()) => Response::builder().status(StatusCode::NO_CONTENT).finish(),
            Err(away) => away.answer("What WeChat Pay told", &new_request_id(&self.app)),
        })
    }
}

impl WeChatPayDoor {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    async fn take(&self, mut request: Request) -> Result<(), TurnedAway> {
        if request.method() != Method::POST {
            return Err(TurnedAway::by_method());
        }
        let body = read_body(&mut request, MAX_BODY_BYTES).await;
        let body = body.map_err(|error| TurnedAway::by_body(&error, MAX_BODY_BYTES))?;
        let header = |name| request.header(name).unwrap_or_default();
        let headers = CallbackHeaders {
            serial: header("wechatpay-serial"),
            timestamp: header("wechatpay-timestamp"),
            nonce: header("wechatpay-nonce"),
            signature: header("wechatpay-signature"),
        };
        let taken = self.app.take_wechat_notice(&headers, &body).await.map_err(|fault| {
            let away = TurnedAway::new(StatusCode::SERVICE_UNAVAILABLE, FAIL, "tell it again");
            TurnedAway { why: Some(fault.chain()), retry_after: Some(BUSY_RETRY_AFTER), ..away }
        })?;
        taken.map_err(|refusal| {
            let status = match refusal {
                NoticeRefusal::NotSetUp => StatusCode::NOT_FOUND,
                NoticeRefusal::NotBelieved(_) => StatusCode::UNAUTHORIZED,
            };
            TurnedAway::new(status, FAIL, refusal.to_string())
        })
    }
}
