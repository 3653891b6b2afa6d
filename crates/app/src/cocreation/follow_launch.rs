use std::collections::BTreeSet;

use cocreation::{Launch, store};
use kernel::{Fault, Id, kinds};
use orders::store::{ProductSale, list_product_sales};

use super::ADVANCERS_OF_STUDIES;
use crate::{App, StaffPrincipal, staff::NotAllowed};

/// Most households looked for, and orders read, at once.
const PER_LOOK: u64 = 500;

/// What some households bought of a product.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sold {
    /// How many households.
    pub households: u64,
    /// In how many orders.
    pub orders: u64,
    /// How many pieces.
    pub units: u64,
}

/// What was sold of a product in the first month after it was launched, or as far as that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaunchSales {
    /// All of it; `None` of fewer than [`Launch::MIN_TOLD_APART`] households.
    pub all: Option<Sold>,
    /// By households that voted, and by others; `None` where either are few: each would be told by the other.
    pub voters_and_others: Option<(Sold, Sold)>,
}

impl App {
    /// What was sold of the product a study elected, for whoever keeps the lab and for auditors. Orders that were called off do not
    /// count. Reads all orders of the month: for a page that is looked at now and then.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_launch_sales(
        &self,
        principal: &StaffPrincipal,
        study: Id<kinds::Study>,
        launch: &Launch,
    ) -> Result<Result<LaunchSales, NotAllowed>, Fault> {
        if !principal.roles.has_any(ADVANCERS_OF_STUDIES) {
            return Ok(Err(NotAllowed));
        }
        let (mut voters, mut after) = (BTreeSet::new(), None);
        loop {
            let page = store::list_voters(&self.reader(), study, after, PER_LOOK).await?;
            let Some(last) = page.last().copied() else { break };
            after = Some(last);
            voters.extend(page);
        }
        let range = (launch.launched_at, launch.followed_until());
        let sales = list_product_sales(&self.reader(), &launch.product_ref, range).await?;
        let (by_voters, by_others): (Vec<_>, Vec<_>) = sales.iter().partition(|sale| voters.contains(&sale.household));
        Ok(Ok(told_apart(&sum(&by_voters), &sum(&by_others))))
    }
}

fn sum(sales: &[&ProductSale]) -> Sold {
    Sold {
        households: sales.len() as u64,
        orders: sales.iter().map(|sale| sale.orders).sum(),
        units: sales.iter().map(|sale| sale.units).sum(),
    }
}

fn told_apart(voters: &Sold, others: &Sold) -> LaunchSales {
    let are_many = |sold: &Sold| sold.households == 0 || sold.households >= Launch::MIN_TOLD_APART;
    let all = Sold {
        households: voters.households + others.households,
        orders: voters.orders + others.orders,
        units: voters.units + others.units,
    };
    LaunchSales {
        all: are_many(&all).then_some(all),
        voters_and_others: (are_many(voters) && are_many(others)).then_some((*voters, *others)),
    }
}

#[cfg(test)]
mod tests {
    use super::{LaunchSales, Sold, told_apart};

    const fn sold(households: u64) -> Sold {
        Sold { households, orders: households + 1, units: households + 2 }
    }

    #[test]
    fn few_households_are_never_told_apart_nor_found_by_subtracting() {
        for (voters, others, expected) in [
            (
                5,
                5,
                LaunchSales {
                    all: Some(Sold { households: 10, orders: 12, units: 14 }),
                    voters_and_others: Some((sold(5), sold(5))),
                },
            ),
            (5, 4, LaunchSales { all: Some(Sold { households: 9, orders: 11, units: 13 }), voters_and_others: None }),
            (1, 50, LaunchSales { all: Some(Sold { households: 51, orders: 53, units: 55 }), voters_and_others: None }),
            (2, 2, LaunchSales { all: None, voters_and_others: None }),
        ] {
            assert_eq!(told_apart(&sold(voters), &sold(others)), expected, "{voters} and {others}");
        }
        let none = Sold::default();
        assert_eq!(told_apart(&none, &none), LaunchSales { all: Some(none), voters_and_others: Some((none, none)) });
    }
}
