use ::orders::Order;
use db::Tx;
use kernel::BusinessDate;
use ledger::{CapUses, Cause, Contributor, EarnRules, LotKey, Posting, UNSCHEDULED, Wallet, WalletFull, plan_earns};

use crate::{Settings, ledger::sale_of};

/// Posts what an order earns by the rules of its day: one posting for each that gives points, all of them or none.
///
/// The first is known by the order's id, further ones by the order's and the rule's, so that none is posted twice.
pub(super) fn earn(
    wallet: &mut Wallet,
    rules: &EarnRules,
    uses: &mut CapUses,
    tx: &Tx,
    settings: &Settings,
    order: &Order,
) -> Result<Vec<Posting>, WalletFull> {
    let sale = sale_of(order, settings.zone);
    let plan = plan_earns(rules, &sale, uses);
    let key = lot_key(settings, order, sale.buyer.date);
    let today = settings.zone.date_of(tx.now());
    // One earn changes the book or leaves it; several could be cut short between two of them.
    let mut copy = (plan.earns.len() > 1).then(|| wallet.clone());
    let mut postings = Vec::with_capacity(plan.earns.len());
    for snapshot in plan.earns {
        let reference =
            if postings.is_empty() { order.id.to_string() } else { format!("{} {}", order.id, snapshot.rule) };
        let cause = Cause {
            id: tx.new_id(),
            reference,
            actor: tx.actor(),
            posted_at: tx.now(),
            business_date: sale.buyer.date,
        };
        postings.push(copy.as_mut().unwrap_or(wallet).earn(cause, snapshot, key, today)?);
    }
    if let Some(copy) = copy {
        *wallet = copy;
    }
    uses.add(&plan.uses);
    Ok(postings)
}

/// Points wait for the pick-up and its return window, and lapse a set number of days after the day they were earned.
fn lot_key(settings: &Settings, order: &Order, business_date: BusinessDate) -> LotKey {
    let available_from = settings.first_day(business_date, order.picked_up_at);
    let expires_on = settings.expires_on(business_date);
    LotKey {
        expires_on: if available_from == UNSCHEDULED { expires_on } else { expires_on.max(available_from) },
        available_from,
        contributor: order.person.map_or(Contributor::Household, Contributor::Person),
    }
}
