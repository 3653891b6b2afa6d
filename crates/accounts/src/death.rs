use kernel::{BusinessDate, Id, kinds};

use crate::{Role, may_own};

/// Whether a person lives, as far as we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifeState {
    /// We know nothing else.
    Living,
    /// The staff recorded that they died on this day.
    Died(BusinessDate),
    /// They had themselves forgotten; what is left names nobody.
    Erased,
}

/// Who owns a household after one of its members died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Succession {
    /// Whoever owned it before: somebody else died.
    Unchanged,
    /// The heir who was named.
    PassesTo(Id<kinds::Person>),
    /// Nobody: the owner died, and nobody is left who may own it.
    Vacant,
}

/// Why it is not settled who owns the household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SuccessionRefusal {
    /// The owner died and somebody may own the household: who shall must be said.
    #[error("it must be said who owns the household from now on")]
    HeirNeeded,
    /// Whoever was named does not belong to the household, is a child, or is who died.
    #[error("the heir cannot own the household")]
    HeirCannotOwn,
    /// An heir was named where nothing passes on.
    #[error("the household keeps its owner")]
    NothingToPassOn,
}

/// Who owns a household after a member died, the heir being whom the staff named.
///
/// # Errors
/// [`SuccessionRefusal`].
pub fn succession(
    died: Id<kinds::Person>,
    heir: Option<Id<kinds::Person>>,
    members: &[(Id<kinds::Person>, Role)],
) -> Result<Succession, SuccessionRefusal> {
    let is_owner = members.iter().any(|(person, role)| *person == died && *role == Role::Owner);
    let can_own = heirs(died, members);
    match (is_owner, heir) {
        (false, None) => Ok(Succession::Unchanged),
        (false, Some(_)) => Err(SuccessionRefusal::NothingToPassOn),
        (true, Some(heir)) if can_own.contains(&heir) => Ok(Succession::PassesTo(heir)),
        (true, Some(_)) => Err(SuccessionRefusal::HeirCannotOwn),
        (true, None) if can_own.is_empty() => Ok(Succession::Vacant),
        (true, None) => Err(SuccessionRefusal::HeirNeeded),
    }
}

/// Who of the others may own the household.
#[must_use]
pub fn heirs(died: Id<kinds::Person>, members: &[(Id<kinds::Person>, Role)]) -> Vec<Id<kinds::Person>> {
    members.iter().filter(|(person, role)| *person != died && may_own(*role)).map(|(person, _)| *person).collect()
}

#[cfg(test)]
mod tests {
    use kernel::{Id, IdGenerator, Timestamp, kinds};

    use super::{Succession, SuccessionRefusal, heirs, succession};
    use crate::Role;

    fn people() -> [Id<kinds::Person>; 4] {
        let (ids, now) = (IdGenerator::from_seed(1), Timestamp::from_timestamp_millis(1_780_286_400_000).unwrap());
        [0; 4].map(|_| ids.next_id(now))
    }

    #[test]
    fn a_household_passes_to_whom_the_staff_named_of_those_who_may_own_it() {
        let [owner, senior, child, stranger] = people();
        let family = [(owner, Role::Owner), (senior, Role::Senior), (child, Role::Child)];
        for (died, heir, expected) in [
            (owner, Some(senior), Ok(Succession::PassesTo(senior))),
            (owner, None, Err(SuccessionRefusal::HeirNeeded)),
            (owner, Some(child), Err(SuccessionRefusal::HeirCannotOwn)),
            (owner, Some(stranger), Err(SuccessionRefusal::HeirCannotOwn)),
            (owner, Some(owner), Err(SuccessionRefusal::HeirCannotOwn)),
            (senior, None, Ok(Succession::Unchanged)),
            (senior, Some(owner), Err(SuccessionRefusal::NothingToPassOn)),
            (stranger, None, Ok(Succession::Unchanged)),
        ] {
            assert_eq!(succession(died, heir, &family), expected, "{died} {heir:?}");
        }
        assert_eq!(heirs(owner, &family), [senior]);
    }

    #[test]
    fn with_nobody_left_who_may_own_it_a_household_has_no_owner() {
        let [owner, child, ..] = people();
        assert_eq!(succession(owner, None, &[(owner, Role::Owner)]), Ok(Succession::Vacant));
        assert_eq!(succession(owner, None, &[(owner, Role::Owner), (child, Role::Child)]), Ok(Succession::Vacant));
    }
}
