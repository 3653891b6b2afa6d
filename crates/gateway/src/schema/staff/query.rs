use ::accounts::store::ApprovalPlace;
use app::{
    CountedList, Paged,
    audit::{AuditEntry, AuditFilter},
    staff::NotAllowed,
};
use async_graphql::{Context, ID, InputObject, Object, Result};
use kernel::{Id, Kind};

use super::{Approval, AuditLine, StaffMember};
use crate::{
    refusal::{ErrorCode, Refusal},
    schema::{
        connection::{ConnectionOf, PageArguments, read_page, write_page},
        ids,
        nullable::{Nullable, nullable},
        session::{app, session},
    },
};

/// The names of the lists, for their cursors.
const APPROVALS: &str = "approvals";
const STAFF: &str = "staff";

/// Which lines of the audit log: those that meet every part that is given.
#[derive(InputObject, Default)]
struct AuditLineFilter {
    /// Only acts on this household.
    household_id: Option<ID>,
    /// Only acts of this one of the staff.
    staff_id: Option<ID>,
    /// Only this act, such as `adjust_points`.
    action: Option<String>,
}

#[derive(Default)]
pub(in crate::schema) struct StaffQuery;

#[Object]
impl StaffQuery {
    /// Who of the operator's staff is signed in; null for a stranger and for a member.
    async fn staff(&self, ctx: &Context<'_>) -> Nullable<StaffMember> {
        nullable(async {
            let Some(principal) = session(ctx).staff() else { return Ok(None) };
            Ok(app(ctx).find_staff(principal).await?.map(StaffMember::from))
        })
        .await
    }

    /// What was proposed and who decides it: acts nobody decided first, each part newest first. For support, finance, auditor, admin.
    async fn approvals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the first on, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor; with `first`.")] after: Option<String>,
        #[graphql(desc = "How many up to the last, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor; with `last`.")] before: Option<String>,
    ) -> Result<ConnectionOf<Approval>> {
        let principal = session(ctx).staff_signed_in()?;
        let page = read_page(APPROVALS, PageArguments { first, after, last, before }, read_place)?;
        let approvals = app(ctx).list_approvals(principal, page).await?.map_err(not_allowed)?;
        Ok(write_page(APPROVALS, &page, approvals, write_place, Approval::from, CountedList::Uncounted))
    }

    /// The staff in the order in which they came, the closed too. For admin and auditor.
    async fn staff_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the first on, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor; with `first`.")] after: Option<String>,
        #[graphql(desc = "How many up to the last, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor; with `last`.")] before: Option<String>,
    ) -> Result<ConnectionOf<StaffMember>> {
        let principal = session(ctx).staff_signed_in()?;
        let page = read_page(STAFF, PageArguments { first, after, last, before }, |key| key.parse().ok())?;
        let staff = app(ctx).list_staff_members(principal, page).await?.map_err(not_allowed)?;
        Ok(write_page(STAFF, &page, staff, |staff| staff.id.to_string(), StaffMember::from, CountedList::Staff))
    }

    /// Who did what to what, when, the newest first. For auditor and admin.
    async fn audit_lines(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which lines; all of them when it is not given.")] filter: Option<AuditLineFilter>,
        #[graphql(desc = "How many from the newest on, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor; with `first`.")] after: Option<String>,
        #[graphql(desc = "How many up to the oldest, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor; with `last`.")] before: Option<String>,
    ) -> Result<ConnectionOf<AuditLine>> {
        let principal = session(ctx).staff_signed_in()?;
        let AuditLineFilter { household_id, staff_id, action } = filter.unwrap_or_default();
        let list = format!("audit:{household_id:?}:{staff_id:?}:{action:?}");
        let page = read_page(&list, PageArguments { first, after, last, before }, |key| key.parse().ok())?;
        let (household, staff) = (read_filter(household_id)?, read_filter(staff_id)?);
        let (Some(household), Some(staff)) = (household, staff) else {
            // The id of something else names nothing here.
            let nothing = Paged { items: Vec::new(), has_more: false };
            return Ok(write_page(
                &list,
                &page,
                nothing,
                |line: &AuditEntry| line.id.to_string(),
                AuditLine::from,
                CountedList::Uncounted,
            ));
        };
        let which = AuditFilter { household, staff, action };
        let lines = app(ctx).list_audit_lines(principal, &which, page).await?.map_err(not_allowed)?;
        Ok(write_page(&list, &page, lines, |line| line.id.to_string(), AuditLine::from, CountedList::Uncounted))
    }
}

/// An id to choose by: none given chooses nothing; `None` for the id of something else.
fn read_filter<K: Kind>(id: Option<ID>) -> Result<Option<Option<Id<K>>>, Refusal> {
    match id {
        None => Ok(Some(None)),
        Some(id) => Ok(ids::read(&id)?.map(Some)),
    }
}

fn read_place(key: &str) -> Option<ApprovalPlace> {
    let (state, id) = key.split_once(' ')?;
    let is_decided = match state {
        "decided" => true,
        "pending" => false,
        _ => return None,
    };
    Some(ApprovalPlace { is_decided, id: id.parse().ok()? })
}

fn write_place(approval: &::accounts::Approval) -> String {
    let state = if approval.decision.is_some() { "decided" } else { "pending" };
    format!("{state} {}", approval.id)
}

pub(in crate::schema) fn not_allowed(NotAllowed: NotAllowed) -> Refusal {
    Refusal::new(ErrorCode::Forbidden, "none of your roles allows this")
}
