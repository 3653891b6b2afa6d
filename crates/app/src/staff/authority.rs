use accounts::{Staff, StaffRole, store};
use db::Tx;
use kernel::Fault;

use crate::StaffPrincipal;

/// They may not do this: they have none of the roles it takes, or work here no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("none of your roles allows this")]
pub struct NotAllowed;

impl StaffPrincipal {
    /// Locks the row of whoever acts and judges it: the first thing every use-case of the staff does in its transaction, before
    /// any other lock. Roles taken away since the request came in count no more, and none can be taken away until it is over.
    ///
    /// ```text
    /// let mut tx = self.begin(principal.actor()).await?;
    /// let staff = match principal.lock(&mut tx, &[StaffRole::Finance]).await? {
    ///     Ok(staff) => staff,
    ///     Err(refusal) => return Ok(Err(refusal.into())),
    /// };
    /// ```
    ///
    /// # Errors
    /// [`NotAllowed`]; a [`Fault`] of the database.
    pub async fn lock(self, tx: &mut Tx, may: &[StaffRole]) -> Result<Result<Staff, NotAllowed>, Fault> {
        let staff = store::lock_staff(tx, &[self.staff]).await?.pop();
        Ok(staff.filter(|staff| staff.may(may)).ok_or(NotAllowed))
    }
}
