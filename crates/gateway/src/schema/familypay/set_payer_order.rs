use app::familypay::PayerOrderRefusal;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::query::PayerInLine;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct SetPayerOrderMutation;

/// The order.
#[derive(InputObject)]
struct SetPayerOrderInput {
    /// Relatives of yours, from `me.kin`: at most 8, each once.
    person_ids: Vec<ID>,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct SetPayerOrderPayload {
    /// Who would be asked now, in this order; empty when refused.
    payers: Vec<PayerInLine>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<SetPayerOrderUserError>,
}

user_error! {
    /// Why nothing was done.
    SetPayerOrderUserError(SetPayerOrderErrorCode)
}

/// The refusals of `setPayerOrder`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum SetPayerOrderErrorCode {
    /// Somebody is no relative of yours, or there twice, or they are more than 8.
    BadOrder,
}

use SetPayerOrderErrorCode as Code;

#[Object]
impl SetPayerOrderMutation {
    /// Says in which order your relatives are asked to pay. Those left out come after them, the longest linked first.
    async fn set_payer_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The order.")] input: SetPayerOrderInput,
    ) -> Nullable<SetPayerOrderPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let refused = || Ok(Some(SetPayerOrderPayload::refused(Code::BadOrder, locale)));
            if input.person_ids.len() > ::familypay::MAX_PAYERS {
                return refused();
            }
            let mut order = Vec::with_capacity(input.person_ids.len());
            for id in &input.person_ids {
                let Some(person) = ids::read(id)? else { return refused() };
                order.push(person);
            }
            match app(ctx).set_payer_order(principal, &order).await? {
                Ok(()) => {
                    let payers = app(ctx).list_payers(principal).await?.into_iter().map(PayerInLine::from).collect();
                    Ok(Some(SetPayerOrderPayload { payers, ..Default::default() }))
                }
                Err(PayerOrderRefusal::BadOrder) => refused(),
            }
        })
        .await
    }
}

impl SetPayerOrderPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field, retryable) = explained(code);
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = SetPayerOrderUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads in Chinese and in English, the field at fault, and whether the very same request may succeed later.
const fn explained(code: Code) -> (&'static str, &'static str, Option<&'static str>, bool) {
    match code {
        Code::BadOrder => (
            "请只选家人,每人一次,最多八位。",
            "Name relatives only, each once, at most eight.",
            Some("personIds"),
            false,
        ),
    }
}
