use accounts::{StaffSessionHolder, StaffToken, store};
use kernel::Fault;

use crate::{App, Bearer, StaffPrincipal};

impl App {
    /// Who of the staff shows this token; `None` when it is malformed, unknown, expired or revoked, or when they were closed.
    ///
    /// Read anew for every request, unlike a member's: a role that was taken away is gone at once, in every process.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn authenticate_staff(&self, token: &str) -> Result<Option<StaffPrincipal>, Fault> {
        let Some(token) = StaffToken::parse(token) else { return Ok(None) };
        let now = self.db().clock().now();
        let holder = store::find_staff_session_holder(&self.reader(), &token.hash(), now).await?;
        Ok(holder.map(|StaffSessionHolder { session, staff, roles }| StaffPrincipal { session, staff, roles }))
    }

    /// Who shows this token, a member or somebody of the staff: a token is one or the other, and its form says which.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn authenticate_bearer(&self, token: &str) -> Result<Option<Bearer>, Fault> {
        if StaffToken::parse(token).is_some() {
            return Ok(self.authenticate_staff(token).await?.map(Bearer::Staff));
        }
        Ok(self.authenticate(token).await?.map(Bearer::Member))
    }
}
