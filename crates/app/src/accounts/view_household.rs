use std::collections::{HashMap, hash_map::Entry};

use accounts::{HouseholdShown, MaskedContacts, MemberView, Role, StaffRole, masked_name, store};
use entitlements::{Grant, Perk, store::GrantPosition};
use kernel::{Fault, Id, Label, Month, Timestamp, kinds};
use ledger::{Balance, Lot, store::StatementMark};
use orders::Order;

use crate::{
    App, StaffPrincipal,
    ledger::{AssetAccount, ViewAccountRefusal},
};

/// How many of the newest orders and grants the story of a household shows.
const NEWEST: usize = 20;

/// How many months its balance is shown for, this one included.
pub const MONTHS_VIEWED: usize = 12;

/// A household as the staff sees it: what it owns and what came of it. Names and contacts are masked, and only support sees them.
#[derive(Debug, Clone)]
pub struct HouseholdViewed {
    /// Which, and by which number.
    pub household: HouseholdShown,
    /// Its members, the owner first.
    pub members: Vec<MemberViewed>,
    /// What it owns in points.
    pub account: AssetAccount,
    /// Its newest grants, with what they are of.
    pub grants: Vec<(Grant, Option<Perk>)>,
    /// Its newest orders.
    pub orders: Vec<Order>,
    /// What it had at the end of each month, the oldest first; the last one is now.
    pub months: Vec<(Month, StatementMark)>,
}

/// A member as the staff sees one.
#[derive(Debug, Clone)]
pub struct MemberViewed {
    /// Who.
    pub person: Id<kinds::Person>,
    /// What they are there.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// The name, masked; for support alone.
    pub name: Option<String>,
    /// How they can be reached, masked; for support alone.
    pub contacts: Option<MaskedContacts>,
}

impl App {
    /// The story of a household, for those of the staff who may view its account, and as [`App::view_account`] has it: support says why.
    /// `None` when there is no such household. What it reads are single statements one after another: figures of different parts may
    /// be a moment apart.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn view_household(
        &self,
        principal: &StaffPrincipal,
        household: Id<kinds::Household>,
        reason: Option<&Label>,
    ) -> Result<Result<Option<HouseholdViewed>, ViewAccountRefusal>, Fault> {
        let household = self.current_household(household).await?;
        match self.view_account(principal, household, reason).await? {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(Ok(None)),
            Err(refusal) => return Ok(Err(refusal)),
        }
        let reader = self.reader();
        let now = self.db().clock().now();
        let Some(view) = store::find_household(&reader, household).await? else { return Ok(Ok(None)) };
        let Some(account) = ledger::store::find_account(&reader, household, now).await? else { return Ok(Ok(None)) };
        let today = self.settings().zone.date_of(now);
        let balance = Balance::of(&account.lots, account.owed, today);
        let lots: Vec<Lot> =
            account.lots.into_iter().filter(|lot| !lot.key.is_lapsed(today) || !lot.held.is_zero()).collect();
        let sees_names = principal.roles.has_any(&[StaffRole::Support]);
        let number = store::find_household_number(&reader, household).await?;
        let name = sees_names.then(|| masked_name(&view.name));
        Ok(Ok(Some(HouseholdViewed {
            household: HouseholdShown { household, number, name, community: view.community },
            members: self.members_viewed(view.members, sees_names).await?,
            account: AssetAccount { balance, lots, today },
            grants: self.grants_viewed(household).await?,
            orders: orders::store::list_orders_of_household(&reader, household, NEWEST).await?,
            months: self.months_viewed(household, now).await?,
        })))
    }

    async fn members_viewed(&self, members: Vec<MemberView>, sees_names: bool) -> Result<Vec<MemberViewed>, Fault> {
        let mut viewed = Vec::with_capacity(members.len());
        for MemberView { person, name, role, joined_at, .. } in members {
            let contacts = if sees_names { store::find_contacts(&self.reader(), person).await? } else { None };
            let (name, contacts) = (sees_names.then(|| masked_name(&name)), contacts.map(|whole| whole.masked()));
            viewed.push(MemberViewed { person, role, joined_at, name, contacts });
        }
        Ok(viewed)
    }

    async fn grants_viewed(&self, household: Id<kinds::Household>) -> Result<Vec<(Grant, Option<Perk>)>, Fault> {
        let limit = u64::try_from(NEWEST).expect("twenty is a count");
        let reader = self.reader();
        let grants = entitlements::store::list_grants(&reader, household, GrantPosition::Newest, limit).await?;
        let mut perks: HashMap<Id<kinds::Perk>, Option<Perk>> = HashMap::new();
        for grant in &grants {
            if let Entry::Vacant(unread) = perks.entry(grant.perk) {
                let found = entitlements::store::find_perk(&reader, grant.perk).await?;
                unread.insert(found.map(|(perk, _)| perk));
            }
        }
        Ok(grants.into_iter().map(|grant| (grant, perks.get(&grant.perk).cloned().flatten())).collect())
    }

    async fn months_viewed(
        &self,
        household: Id<kinds::Household>,
        now: Timestamp,
    ) -> Result<Vec<(Month, StatementMark)>, Fault> {
        let zone = self.settings().zone;
        let mut months = vec![Month::of(zone.date_of(now))];
        while months.len() < MONTHS_VIEWED {
            let day_before = months[months.len() - 1].first_day().pred_opt();
            months.push(Month::of(day_before.ok_or_else(|| Fault::inconsistent("find the month before this one"))?));
        }
        let mut marks = Vec::with_capacity(months.len());
        for month in months.into_iter().rev() {
            let end = zone.start_of(month.next().first_day());
            marks.push((month, ledger::store::find_statement_mark(&self.reader(), household, end).await?));
        }
        Ok(marks)
    }
}
