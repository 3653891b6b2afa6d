use std::collections::HashMap;

use accounts::{StaffName, StaffRole, StaffView, store, store::StaffPart};
use kernel::{Fault, Id, kinds};

use super::NotAllowed;
use crate::{App, Page, Paged, StaffPrincipal};

impl App {
    /// Whoever of the staff is signed in.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_staff(&self, principal: &StaffPrincipal) -> Result<Option<StaffView>, Fault> {
        store::find_staff(&self.reader(), principal.staff).await
    }

    /// The staff, for admins and auditors.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_staff_members(
        &self,
        principal: &StaffPrincipal,
        page: Page<Id<kinds::Staff>>,
    ) -> Result<Result<Paged<StaffView>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&[StaffRole::Admin, StaffRole::Auditor]) {
            return Ok(Err(NotAllowed));
        }
        self.list_staff(page).await.map(Ok)
    }

    /// One of the staff, for admins and auditors; `None` when nobody has the id.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_staff_member(
        &self,
        principal: &StaffPrincipal,
        id: Id<kinds::Staff>,
    ) -> Result<Result<Option<StaffView>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&[StaffRole::Admin, StaffRole::Auditor]) {
            return Ok(Err(NotAllowed));
        }
        store::find_staff(&self.reader(), id).await.map(Ok)
    }

    /// What those of the staff are called whom a page of theirs speaks of, the closed too. Their names are no secret among them.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_staff_names(
        &self,
        ids: &[Id<kinds::Staff>],
    ) -> Result<HashMap<Id<kinds::Staff>, StaffName>, Fault> {
        store::find_staff_names(&self.reader(), ids).await
    }

    /// The staff in the order in which they came, the closed too, as the operator's shell shows them.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_staff(&self, page: Page<Id<kinds::Staff>>) -> Result<Paged<StaffView>, Fault> {
        let (part, limit) = match page {
            Page::Forward { size, after } => (StaffPart::After(after), size.with_lookahead()),
            Page::Backward { size, before } => (StaffPart::Before(before), size.with_lookahead()),
        };
        let staff = store::list_staff(&self.reader(), part, limit).await?;
        Ok(Paged::cut(staff, page))
    }
}
