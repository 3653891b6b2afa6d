use async_graphql::{Context, Object, SimpleObject};

use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
};

/// How you can be reached. Nobody else sees it whole: members of your household not at all, staff masked.
#[derive(SimpleObject)]
pub(in crate::schema) struct Contacts {
    /// The mail address sign-in codes go to; null when there is none.
    mail: Option<String>,
    /// The mobile number, as `+86` and eleven digits; null when there is none.
    phone: Option<String>,
}

impl From<::accounts::Contacts> for Contacts {
    fn from(contacts: ::accounts::Contacts) -> Self {
        Self { mail: contacts.mail.map(|mail| mail.to_string()), phone: contacts.phone.map(|phone| phone.to_string()) }
    }
}

#[derive(Default)]
pub(in crate::schema) struct ContactsQuery;

#[Object]
impl ContactsQuery {
    /// Your own contacts.
    async fn my_contacts(&self, ctx: &Context<'_>) -> Nullable<Contacts> {
        nullable(async {
            let principal = session(ctx).signed_in()?;
            Ok(Some(app(ctx).my_contacts(principal).await?.into()))
        })
        .await
    }
}
