use app::familypay::{GiveMandate, GiveMandateRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{Currency, Locale};

use super::query::Mandate;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::BigInt,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct GiveMandateMutation;

/// For whom, and how much.
#[derive(InputObject)]
struct GiveMandateInput {
    /// The senior whose relative you are, from `me.kin`.
    senior_id: ID,
    /// The most of one order, in fen.
    per_order_minor: BigInt,
    /// The most of one calendar month, in fen; no less than of one order.
    per_month_minor: BigInt,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct GiveMandatePayload {
    /// The mandate; null when refused.
    mandate: Option<Mandate>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<GiveMandateUserError>,
}

user_error! {
    /// Why nothing was done.
    GiveMandateUserError(GiveMandateErrorCode)
}

/// The refusals of `giveMandate`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum GiveMandateErrorCode {
    /// You are no relative of this person.
    NoSuchSenior,
    /// Nothing, or less a month than an order.
    BadAmounts,
    /// One stands already: revoke it first.
    AlreadyGiven,
}

use GiveMandateErrorCode as Code;

#[Object]
impl GiveMandateMutation {
    /// Pays a senior's orders beforehand, up to so much each and so much a calendar month (亲情额度): she orders, and you are told. Either of you
    /// takes it back at any time.
    async fn give_mandate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, and how much.")] input: GiveMandateInput,
    ) -> Nullable<GiveMandatePayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let Some(senior) = ids::read(&input.senior_id)? else {
                return Ok(Some(GiveMandatePayload::refused(Code::NoSuchSenior, locale)));
            };
            let money = |minor: BigInt| kernel::Money::from_minor(minor.0, Currency::Cny);
            let (Some(per_order), Some(per_month)) = (money(input.per_order_minor), money(input.per_month_minor))
            else {
                return Ok(Some(GiveMandatePayload::refused(Code::BadAmounts, locale)));
            };
            match app(ctx).give_mandate(principal, &GiveMandate { senior, per_order, per_month }).await? {
                Ok(given) => {
                    let shown = app(ctx).list_mandates(principal).await?;
                    let mandate = shown.into_iter().find(|it| it.mandate.id == given.id).map(Mandate::from);
                    Ok(Some(GiveMandatePayload { mandate, ..Default::default() }))
                }
                Err(refusal) => Ok(Some(GiveMandatePayload::explain(refusal, locale))),
            }
        })
        .await
    }
}

impl GiveMandatePayload {
    fn explain(refusal: GiveMandateRefusal, locale: Locale) -> Self {
        let code = match refusal {
            GiveMandateRefusal::NoSuchSenior => Code::NoSuchSenior,
            GiveMandateRefusal::BadAmounts => Code::BadAmounts,
            GiveMandateRefusal::AlreadyGiven => Code::AlreadyGiven,
        };
        Self::refused(code, locale)
    }

    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field, retryable) = explained(code);
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = GiveMandateUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads in Chinese and in English, the field at fault, and whether the very same request may succeed later.
const fn explained(code: Code) -> (&'static str, &'static str, Option<&'static str>, bool) {
    match code {
        Code::NoSuchSenior => ("没有这位家人。", "There is no such senior.", Some("seniorId"), false),
        Code::BadAmounts => (
            "请检查额度:每月不能少于每笔。",
            "A month's amount must be no less than an order's.",
            Some("perMonthMinor"),
            false,
        ),
        Code::AlreadyGiven => {
            ("已经有一份额度,请先收回。", "A mandate stands already. Revoke it first.", Some("seniorId"), true)
        }
    }
}
