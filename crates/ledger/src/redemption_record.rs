use kernel::{Id, Points, kinds};

use crate::LotKey;

/// A redemption as it was posted, and how much of it was given back since: all that giving back needs to know. As far as its points
/// belong to one wallet now: the lots they were drawn from may have moved to several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedemptionRecord {
    /// The household that redeemed.
    pub household: Id<kinds::Household>,
    /// The redemption.
    pub posting: Id<kinds::Posting>,
    /// Its reference: the grant's id.
    pub reference: String,
    /// The lots it drew from and how many points of each, in that order.
    pub drawn: Vec<(LotKey, Points)>,
    /// How many points earlier restores gave back.
    pub restored: Points,
    /// How many restores there were.
    pub restores_count: u32,
}

impl RedemptionRecord {
    /// How many points are not back yet.
    #[must_use]
    pub fn left(&self) -> Points {
        let drawn = Points::sum(self.drawn.iter().map(|(_, points)| *points)).expect("no more than a wallet may hold");
        drawn.minus(self.restored).unwrap_or(Points::ZERO)
    }

    /// Which lots `kept` points return to, after the points that are back already and `repaid` more, from the last drawn.
    pub(crate) fn to_return(&self, repaid: Points, kept: Points) -> Vec<(LotKey, Points)> {
        let mut skipped = self.restored.plus(repaid).expect("no more than was drawn");
        let mut wanted = kept;
        let mut back = Vec::new();
        for &(key, drawn) in self.drawn.iter().rev() {
            let gone = drawn.min(skipped);
            skipped = skipped.minus(gone).expect("the smaller of two");
            let returned = drawn.minus(gone).expect("the smaller of two").min(wanted);
            wanted = wanted.minus(returned).expect("the smaller of two");
            if !returned.is_zero() {
                back.push((key, returned));
            }
        }
        back
    }
}
