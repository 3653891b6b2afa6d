use std::collections::BTreeMap;

use kernel::{Id, kinds};
use ledger::{Difference, Finding, VerifiedRedemption};
use orders::StoredTender;

use super::impossible;

/// What orders were paid with points, so far: what came back of each is complete only when every household was read.
#[derive(Default)]
pub(super) struct Tenders {
    by_posting: BTreeMap<Id<kinds::Posting>, Returned>,
}

/// What came back of an order's points.
struct Returned {
    household: Id<kinds::Household>,
    row: String,
    /// By the order's refunds, or its cancellation.
    refunded: i64,
    /// By restores, in the household that spent them or in those that its lots were moved to.
    restored: i64,
}

impl Tenders {
    /// Takes the redemptions that paid for orders out of those of a page, and compares the two each way.
    pub(super) fn check_page(
        &mut self,
        redemptions: &mut Vec<VerifiedRedemption>,
        tenders: Vec<Result<StoredTender, Difference>>,
    ) -> Vec<Difference> {
        let mut found = Vec::new();
        for tender in tenders {
            match tender {
                Ok(tender) => found.extend(self.check_tender(&tender, redemptions)),
                Err(unreadable) => found.push(unreadable),
            }
        }
        found
    }

    fn check_tender(&mut self, tender: &StoredTender, redemptions: &mut Vec<VerifiedRedemption>) -> Vec<Difference> {
        let (household, row) = (tender.household, format!("point tender of {}", tender.order));
        let differs = |what, stored: i64, recomputed: i64| {
            (stored != recomputed).then(|| figure(household, row.clone(), what, stored, recomputed))
        };
        let mut found = Vec::new();
        match (tender.of_lines, tender.refunded_of_lines) {
            (Some(of_lines), Some(refunded)) => {
                found.extend(differs("the points", tender.points, of_lines));
                found.extend(differs("the points refunded", tender.refunded, refunded));
            }
            (None, _) | (_, None) => {
                found.push(impossible(Some(household), row.clone(), "its order cannot be read".to_owned()));
            }
        }
        // Without a posting the points were spent elsewhere: a redemption of this order would be one that nothing explains.
        let Some(posting) = tender.posting else { return found };
        let at = redemptions.iter().position(|it| it.household == household && it.posting == posting);
        let Some(redemption) = at.map(|at| redemptions.swap_remove(at)) else {
            let why = format!("the redemption it names, {posting}, is not there, or is another's");
            found.push(impossible(Some(household), row, why));
            return found;
        };
        let order = redemption.reference.split(' ').next().unwrap_or_default();
        if order != tender.order.to_string() {
            let why = format!("the redemption it names, {posting}, is of {:?}", redemption.reference);
            found.push(impossible(Some(household), row.clone(), why));
        }
        found.extend(differs("the points", tender.points, redemption.points));
        let refunded = if tender.is_cancelled { tender.points } else { tender.refunded };
        let returned = Returned { household, row, refunded, restored: redemption.restored };
        self.by_posting.insert(posting, returned);
        found
    }

    /// Whether of each order's points exactly those of its refunds came back, wherever the lots had gone since. Takes the restores of
    /// orders out of `elsewhere`: whose redemption other households got points of, and how many.
    pub(super) fn check_restored(
        &mut self,
        elsewhere: &mut Vec<(Id<kinds::Household>, Id<kinds::Posting>, i64)>,
    ) -> Vec<Difference> {
        elsewhere.retain(|&(_, posting, points)| match self.by_posting.get_mut(&posting) {
            Some(returned) => {
                returned.restored = returned.restored.saturating_add(points);
                false
            }
            None => true,
        });
        let wrong = self.by_posting.values().filter(|it| it.refunded != it.restored);
        wrong
            .map(|it| figure(it.household, it.row.clone(), "the points given back", it.refunded, it.restored))
            .collect()
    }
}

fn figure(
    household: Id<kinds::Household>,
    row: String,
    what: &'static str,
    stored: i64,
    recomputed: i64,
) -> Difference {
    let finding = Finding::Figure { what, stored: stored.into(), recomputed: recomputed.into() };
    Difference { household: Some(household), row, finding }
}
