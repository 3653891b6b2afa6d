use std::collections::BTreeSet;

use accounts::{HealthTag, MemberView, Party, Purpose, Role, store};
use kernel::{Fault, Id, kinds};

use crate::{App, Principal};

/// A member's health tags as another member may see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonHealthTags {
    /// Whose.
    pub person: Id<kinds::Person>,
    /// Which; never empty.
    pub tags: BTreeSet<HealthTag>,
}

impl App {
    /// The health tags of one's household that one may see: one's own; as owner or adult also those of members who agreed to
    /// [`Purpose::FamilyView`]; as guardian those of children under fourteen. A senior sees the senior's own.
    ///
    /// # Errors
    /// A [`Fault`] of the database, or when what is kept cannot be opened.
    pub async fn household_health_tags(&self, principal: &Principal) -> Result<Vec<PersonHealthTags>, Fault> {
        let mut seen = vec![principal.person];
        if let Some((household, role)) = principal.household {
            seen.extend(self.whose_tags_are_seen(principal, household, role).await?);
        }
        let tags = store::list_health_tags_of(&self.reader(), self.health_keys(), &seen).await?;
        Ok(tags.into_iter().map(|(person, tags)| PersonHealthTags { person, tags }).collect())
    }

    async fn whose_tags_are_seen(
        &self,
        principal: &Principal,
        household: Id<kinds::Household>,
        role: Role,
    ) -> Result<Vec<Id<kinds::Person>>, Fault> {
        let reader = self.reader();
        let Some(view) = store::find_household(&reader, household).await? else { return Ok(Vec::new()) };
        let others: Vec<_> = view.members.iter().map(|member: &MemberView| member.person).collect();
        let parties = store::find_parties(&reader, household, &others).await?;
        let today = self.settings().zone.date_of(self.db().clock().now());
        let own = parties.iter().find(|party| party.person == principal.person).copied();
        let agreed = match role {
            Role::Owner | Role::Adult => store::list_covered(&reader, &others, Purpose::FamilyView).await?,
            Role::Senior | Role::Child => BTreeSet::new(),
        };
        let is_seen =
            |party: &&Party| agreed.contains(&party.person) || own.is_some_and(|own| own.is_guardian_of(party, today));
        Ok(parties.iter().filter(is_seen).map(|party| party.person).collect())
    }
}
