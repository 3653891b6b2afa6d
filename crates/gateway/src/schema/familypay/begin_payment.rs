use ::familypay::PayRefusal;
use app::familypay::{
    BeginPayment, BeginPaymentRefusal, Cashier as OpenedCashier, OpenCashier, OpenCashierRefusal, PayDoor, Provider,
};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
    user_error::{input_field, user_error},
};

/// The longest openid taken, in bytes: theirs have 28.
const MAX_OPEN_ID: usize = 128;

#[derive(Default)]
pub(in crate::schema) struct BeginPaymentMutation;

/// Which request, by whom, and from where.
#[derive(InputObject)]
struct BeginPaymentInput {
    /// The request, from `payRequests`.
    pay_request_id: ID,
    /// Whether the payer says to be who the request names as its payer. Needed the first time for each senior.
    confirms_name: bool,
    /// Who the payer is to the merchant's app in WeChat (openid), for an app inside WeChat; none for a browser. Up to 128 characters.
    open_id: Option<String>,
}

/// The cashier a payer is led to.
#[derive(SimpleObject, Default)]
struct Cashier {
    /// Until when the payer has it to themselves.
    until: Option<Instant>,
    /// An address to open: of WeChat, or, beginning with `/`, of the sandbox of this deployment.
    address: Option<String>,
    /// What a code to scan with WeChat holds.
    code: Option<String>,
    /// What an app inside WeChat opens its cashier with (`wx.requestPayment`).
    call: Option<CashierCall>,
}

/// What an app inside WeChat opens its cashier with, each as `wx.requestPayment` names it.
#[derive(SimpleObject)]
struct CashierCall {
    /// `appId`.
    app_id: String,
    /// `timeStamp`: seconds since 1970.
    timestamp: String,
    /// `nonceStr`.
    nonce: String,
    /// `package`.
    package: String,
    /// `paySign`; its `signType` is RSA.
    signature: String,
}

/// The cashier, or why there is none.
#[derive(SimpleObject, Default)]
struct BeginPaymentPayload {
    /// Where to pay; null when refused.
    cashier: Option<Cashier>,
    /// What was refused.
    user_errors: Vec<BeginPaymentUserError>,
}

user_error! {
    /// Why nobody gets to the cashier.
    BeginPaymentUserError(BeginPaymentErrorCode)
}

/// The refusals of `beginPayment`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum BeginPaymentErrorCode {
    /// There is no such request, or it is not your turn.
    NoSuchRequest,
    /// Somebody else is paying it just now.
    ClaimedByAnother,
    /// It has been paid.
    AlreadyPaid,
    /// Its time is over.
    Expired,
    /// It is not to be paid any more.
    Ended,
    /// Say that you are who the request names: `confirmsName`.
    NameNotConfirmed,
    /// Nothing can be paid here.
    NoProvider,
    /// It was tried too often.
    TooManyAttempts,
    /// Who moves the money does not answer at the moment.
    ProviderAway,
    /// That is no openid.
    BadOpenId,
}

use BeginPaymentErrorCode as Code;

#[Object]
impl BeginPaymentMutation {
    /// Takes you to the cashier with a request you were asked to pay, and keeps others from it for a while. Asked again it leads to the
    /// same cashier: the first payment of all pays, and any other goes back by itself.
    async fn begin_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, by whom, and from where.")] input: BeginPaymentInput,
    ) -> Nullable<BeginPaymentPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let refused = |code| Ok(Some(BeginPaymentPayload::refused(code, locale)));
            let is_open_id =
                |it: &String| (1..=MAX_OPEN_ID).contains(&it.len()) && it.bytes().all(|byte| byte.is_ascii_graphic());
            if !input.open_id.as_ref().is_none_or(is_open_id) {
                return refused(Code::BadOpenId);
            }
            let Some(request) = ids::read(&input.pay_request_id)? else { return refused(Code::NoSuchRequest) };
            let door = PayDoor::Member(*principal, request);
            let begin = BeginPayment { door: door.clone(), confirms_name: input.confirms_name };
            let begun = match app(ctx).begin_payment(&begin).await? {
                Ok(begun) => begun,
                Err(refusal) => return refused(Code::of_begin(refusal)),
            };
            let until = Some(Instant(begun.until));
            if begun.provider == Provider::Sandbox {
                let address = Some(format!("/sandbox-pay/{}", begun.attempt));
                let cashier = Some(Cashier { until, address, ..Cashier::default() });
                return Ok(Some(BeginPaymentPayload { cashier, ..BeginPaymentPayload::default() }));
            }
            let open = OpenCashier { door, payer_ip: session.network().to_string(), open_id: input.open_id };
            match app(ctx).open_cashier(&open).await? {
                Ok(opened) => {
                    let cashier = Some(Cashier { until, ..Cashier::from(opened) });
                    Ok(Some(BeginPaymentPayload { cashier, ..BeginPaymentPayload::default() }))
                }
                // It was paid, or called off, in this very moment.
                Err(OpenCashierRefusal::NotThere) => refused(Code::Ended),
                Err(OpenCashierRefusal::ProviderAway) => refused(Code::ProviderAway),
            }
        })
        .await
    }
}

impl From<OpenedCashier> for Cashier {
    fn from(opened: OpenedCashier) -> Self {
        match opened {
            OpenedCashier::Address(address) => Self { address: Some(address), ..Self::default() },
            OpenedCashier::Code(code) => Self { code: Some(code), ..Self::default() },
            OpenedCashier::InWeChat(call) => {
                let call = CashierCall {
                    app_id: call.app_id,
                    timestamp: call.timestamp.to_string(),
                    nonce: call.nonce,
                    package: call.package,
                    signature: call.signature,
                };
                Self { call: Some(call), ..Self::default() }
            }
        }
    }
}

impl Code {
    const fn of_begin(refusal: BeginPaymentRefusal) -> Self {
        match refusal {
            BeginPaymentRefusal::NotNow(PayRefusal::NotYours) => Self::NoSuchRequest,
            BeginPaymentRefusal::NotNow(PayRefusal::ClaimedByAnother { .. }) => Self::ClaimedByAnother,
            BeginPaymentRefusal::NotNow(PayRefusal::AlreadyPaid) => Self::AlreadyPaid,
            BeginPaymentRefusal::NotNow(PayRefusal::Expired) => Self::Expired,
            BeginPaymentRefusal::NotNow(PayRefusal::Ended) => Self::Ended,
            BeginPaymentRefusal::NameNotConfirmed => Self::NameNotConfirmed,
            BeginPaymentRefusal::NoProvider => Self::NoProvider,
            BeginPaymentRefusal::TooManyAttempts => Self::TooManyAttempts,
            BeginPaymentRefusal::ProviderAway => Self::ProviderAway,
        }
    }

    /// What the person reads in Chinese and in English, the field at fault, and whether the very same request may succeed later.
    const fn explained(self) -> (&'static str, &'static str, Option<&'static str>, bool) {
        match self {
            Self::NoSuchRequest => (
                "没有这笔请求,或者还没轮到您。",
                "There is no such request, or it is not your turn.",
                Some("payRequestId"),
                false,
            ),
            Self::ClaimedByAnother => ("别的家人正在付。", "Somebody else is paying it just now.", None, true),
            Self::AlreadyPaid => ("已经付好了。", "It has been paid.", None, false),
            Self::Expired => ("已经过了时间。", "Its time is over.", None, false),
            Self::Ended => ("这笔不用付了。", "It need not be paid any more.", None, false),
            Self::NameNotConfirmed => {
                ("请先确认您是谁。", "Please say first that it is you.", Some("confirmsName"), false)
            }
            Self::NoProvider => ("这里还没有开通付款。", "No way to pay is set up here.", None, false),
            Self::TooManyAttempts => {
                ("试的次数太多了,可以取货时再付。", "Tried too often: it can be paid at pick-up.", None, false)
            }
            Self::ProviderAway => (
                "微信暂时没有回应,请过几分钟再试。",
                "WeChat does not answer just now. Please try again in a few minutes.",
                None,
                true,
            ),
            Self::BadOpenId => ("这不是 openid。", "That is no openid.", Some("openId"), false),
        }
    }
}

impl BeginPaymentPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field, retryable) = code.explained();
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = BeginPaymentUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
