use ::accounts::{SessionHolder, store};
use ::familypay::SeniorLink;
use kernel::Fault;

use crate::{App, Principal};

impl App {
    /// The link to one's own large-type page, worth as long as the session that asks for it is open.
    #[must_use]
    pub fn senior_link(&self, principal: &Principal) -> SeniorLink {
        SeniorLink::of(self.secret().bytes(), principal.session)
    }

    /// Whose page a link opens; `None` when we never said it, or the session that asked for it has ended: all one. Asked for every page
    /// and remembered nowhere, so signing out ends it with the next press.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn authenticate_senior(&self, link: &str) -> Result<Option<Principal>, Fault> {
        let Some(link) = SeniorLink::read(self.secret().bytes(), link) else { return Ok(None) };
        let holder = store::find_open_session(&self.reader(), link.session(), self.db().clock().now()).await?;
        Ok(holder.map(|SessionHolder { session, person, household }| Principal { session, person, household }))
    }
}
