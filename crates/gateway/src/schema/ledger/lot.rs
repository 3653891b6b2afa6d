use ::ledger::{Contributor, UNSCHEDULED};
use async_graphql::{Enum, ID, Result, SimpleObject};
use kernel::BusinessDate;

use crate::schema::{
    accounts::Person,
    ids,
    scalars::{LocalDate, points},
};

/// Points that are alike: brought by the same person, available from the same day, lapsing at the end of the same day.
#[derive(SimpleObject)]
pub(super) struct Lot {
    /// The lot's id, as the transfers of a statement name it. Not good for `node`.
    id: ID,
    /// How many points are left in it, held ones included.
    points: i32,
    /// How many of them are held.
    held: i32,
    /// Whether they can be spent today.
    status: LotStatus,
    /// The first day on which they can be spent; null while the order they come from is not picked up.
    available_from: Option<LocalDate>,
    /// The last day on which they can be spent.
    expires_on: LocalDate,
    /// Who brought them; null when the household did as a whole.
    contributor: Option<Person>,
}

/// What can be done with a lot today.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum LotStatus {
    /// Its first day is still to come.
    Pending,
    /// It can be spent.
    Available,
    /// Its last day is over; only held points are left in it.
    Lapsed,
}

impl Lot {
    /// A lot as it stands on a day.
    pub(super) fn new(lot: ::ledger::Lot, today: BusinessDate) -> Result<Self> {
        let status = if lot.key.is_lapsed(today) {
            LotStatus::Lapsed
        } else if lot.key.is_pending(today) {
            LotStatus::Pending
        } else {
            LotStatus::Available
        };
        let contributor = match lot.key.contributor {
            Contributor::Household => None,
            Contributor::Person(person) => Some(Person::new(person)),
        };
        Ok(Self {
            id: ids::write(lot.key.lot_id()),
            points: points(lot.remaining)?,
            held: points(lot.held)?,
            status,
            available_from: (lot.key.available_from != UNSCHEDULED).then_some(LocalDate(lot.key.available_from)),
            expires_on: LocalDate(lot.key.expires_on),
            contributor,
        })
    }
}
