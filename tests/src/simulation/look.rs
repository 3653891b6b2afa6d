//! Compares what the product shows with what the model says.

use std::{collections::BTreeSet, fmt::Debug};

use app::{Page, PageSize};
use ledger::Contributor;

use super::{act::fault, commands::HOUSES, model::Lot, shop::Shop, world::World};

/// How much of a statement is read.
const NEWEST_LINES: usize = 20;

/// Everything recomputed from transfers alone.
pub(super) async fn verify(world: &World<'_>) -> Result<(), String> {
    let differences = world.app.verify().await.map_err(fault)?.differences;
    if differences.is_empty() { Ok(()) } else { Err(format!("verify finds {differences:?}")) }
}

/// Whether households have what the model says, lot by lot; on a thorough look all of them, with statements and sums.
pub(super) async fn look(world: &World<'_>, shop: &Shop, houses: &[usize]) -> Result<(), String> {
    let houses: BTreeSet<usize> =
        if world.is_thorough { (0..HOUSES).collect() } else { houses.iter().copied().collect() };
    let shown = shop.shown();
    for house in houses {
        let (wallet, today) = (&shown.wallets[house], shop.today());
        let principal = &world.people[house][0];
        let household = principal.household.unwrap().0;
        let account = world.app.find_asset_account(principal, household).await.map_err(fault)?.unwrap();
        let lots = account.lots.iter().map(|lot| {
            let contributor = match lot.key.contributor {
                Contributor::Household => None,
                Contributor::Person(person) => Some(person),
            };
            let lot_key: Lot = (lot.key.expires_on, lot.key.available_from, contributor);
            (lot_key, lot.remaining.get(), lot.held.get())
        });
        let keys: BTreeSet<&Lot> = wallet.free.keys().chain(wallet.held.keys()).collect();
        let of = |lot: &Lot| [&wallet.free, &wallet.held].map(|some| some.get(lot).copied().unwrap_or(0));
        let expected = keys.into_iter().map(|lot| (lot, of(lot)));
        let expected = expected.filter(|(lot, [free, held])| free + held > 0 && (today <= lot.0 || *held > 0));
        let expected = expected.map(|(lot, [free, held])| (*lot, free + held, held)).collect();
        same(house, "lots", &lots.collect::<Vec<_>>(), &expected)?;
        let balance = account.balance;
        let figures = [balance.available, balance.pending, balance.held, balance.owed].map(kernel::Points::get);
        same(house, "balance", &figures, &wallet.balance(today))?;
        if world.is_thorough {
            let sums = world.app.find_balance(principal, household).await.map_err(fault)?.unwrap();
            same(house, "sums", &sums, &(balance, account.today))?;
            look_at_statement(world, shop, house).await?;
        }
    }
    if world.is_thorough { look_at_holds(world, shop).await } else { Ok(()) }
}

/// Which lots each open hold holds: two holds may have swapped theirs, and nothing else shows it before they end.
async fn look_at_holds(world: &World<'_>, shop: &Shop) -> Result<(), String> {
    let held = "SELECT h.owner, CAST(l.expires_on AS TEXT), CAST(l.available_from AS TEXT), CAST(held.points AS TEXT) \
                FROM holds h JOIN hold_lots held ON held.household_id = h.household_id AND held.hold_id = h.id \
                JOIN lots l ON l.household_id = held.household_id AND l.id = held.lot_id WHERE h.state = 'open'";
    let mut held = world.database.texts(held).await;
    held.sort();
    let mut expected: Vec<Vec<String>> = shop.acts.open_holds().collect();
    expected.sort();
    if held == expected { Ok(()) } else { Err(format!("open holds: {held:?}, not {expected:?}")) }
}

/// The newest lines of a statement, newest first.
async fn look_at_statement(world: &World<'_>, shop: &Shop, house: usize) -> Result<(), String> {
    let principal = &world.people[house][0];
    let size = PageSize::new(NEWEST_LINES.try_into().unwrap()).unwrap();
    let page = Page::Forward { size, after: None };
    let listed = world.app.list_statement(principal, principal.household.unwrap().0, page).await.map_err(fault)?;
    let postings = listed.unwrap().items;
    let lines = postings.iter().map(|posting| {
        (posting.kind.code(), posting.points.get(), posting.balance_after.get(), posting.owed_after.get())
    });
    let expected = shop.wallets[house].lines.iter().rev().take(NEWEST_LINES).copied().collect();
    same(house, "statement", &lines.collect::<Vec<_>>(), &expected)
}

fn same<T: PartialEq + Debug>(house: usize, what: &str, is: &T, should: &T) -> Result<(), String> {
    if is == should { Ok(()) } else { Err(format!("{what} of household {house}: {is:?}, not {should:?}")) }
}
