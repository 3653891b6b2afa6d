use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{Label, Locale};

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct FindPersonsByContactMutation;

/// Whom to find, and why.
#[derive(InputObject)]
struct FindPersonsByContactInput {
    /// A whole mail address or mobile number, however it is typed.
    contact: String,
    /// Why, in at most 120 characters. It stays in the audit log for ever: name nobody in it.
    reason: String,
}

/// A person as support sees one.
#[derive(SimpleObject)]
struct FoundPerson {
    /// The person's id.
    person_id: ID,
    /// The household the person belongs to; null when to none.
    household_id: Option<ID>,
    /// The mail address, masked: `w***@hearth.example`; null when there is none.
    masked_mail: Option<String>,
    /// The mobile number, masked: `138****8000`; null when there is none.
    masked_phone: Option<String>,
}

impl From<app::privacy::FoundPerson> for FoundPerson {
    fn from(found: app::privacy::FoundPerson) -> Self {
        Self {
            person_id: ids::write(found.person),
            household_id: found.household.map(ids::write),
            masked_mail: found.contacts.mail,
            masked_phone: found.contacts.phone,
        }
    }
}

/// Who was found.
#[derive(SimpleObject, Default)]
struct FindPersonsByContactPayload {
    /// At most 20: families share phones. Null when refused.
    persons: Option<Vec<FoundPerson>>,
    /// What was refused.
    user_errors: Vec<FindPersonsByContactUserError>,
}

user_error! {
    /// Why nobody is looked for.
    FindPersonsByContactUserError(FindPersonsByContactErrorCode)
}

/// The refusals of `findPersonsByContact`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum FindPersonsByContactErrorCode {
    /// None of your roles allows this.
    NotAllowed,
    /// The reason is empty, longer than 120 characters, or holds characters that cannot be seen.
    BadReason,
    /// The text is neither a mail address nor a mobile number.
    BadContact,
}

#[Object]
impl FindPersonsByContactMutation {
    /// For support: who has exactly this contact. A mutation, because each search is written down with its reason.
    async fn find_persons_by_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and why.")] input: FindPersonsByContactInput,
    ) -> Nullable<FindPersonsByContactPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| Ok(Some(FindPersonsByContactPayload::refused(code, locale)));
            let Ok(reason) = input.reason.parse::<Label>() else {
                return refused(FindPersonsByContactErrorCode::BadReason);
            };
            let Ok(contact) = input.contact.parse() else {
                return refused(FindPersonsByContactErrorCode::BadContact);
            };
            match app(ctx).find_persons_by_contact(principal, &contact, &reason).await? {
                Ok(found) => {
                    let persons = Some(found.into_iter().map(FoundPerson::from).collect());
                    Ok(Some(FindPersonsByContactPayload { persons, user_errors: Vec::new() }))
                }
                Err(_) => refused(FindPersonsByContactErrorCode::NotAllowed),
            }
        })
        .await
    }
}

impl FindPersonsByContactPayload {
    fn refused(code: FindPersonsByContactErrorCode, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            FindPersonsByContactErrorCode::NotAllowed => {
                ("您的角色无权进行此操作。", "None of your roles allows this.", None)
            }
            FindPersonsByContactErrorCode::BadReason => (
                "请填写原因(不超过 120 字)。",
                "Please give a reason of at most 120 characters.",
                input_field("reason"),
            ),
            FindPersonsByContactErrorCode::BadContact => (
                "这不是有效的邮箱或手机号。",
                "This is neither a mail address nor a mobile number.",
                input_field("contact"),
            ),
        };
        let message = locale.choose(zh, en);
        let error = FindPersonsByContactUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
