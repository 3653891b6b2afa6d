use accounts::store;
use db::AuditLine;
use kernel::Fault;

use crate::{App, StaffPrincipal};

impl App {
    /// Ends the session of whoever of the staff is signed in, at once and in every process.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn staff_sign_out(&self, principal: &StaffPrincipal) -> Result<(), Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;

            let was_open = store::update_staff_session_revoked(&mut tx, principal.session).await?;
            if !was_open {
                return tx.rollback().await;
            }
            tx.audit(AuditLine {
                action: "staff_sign_out",
                household: None,
                subject: principal.session.to_string(),
                detail: String::new(),
            });

            tx.commit().await
        })
        .await
    }
}
