use kernel::{BusinessDate, Label};

use super::Wallet;
use crate::{Account, Cause, LotKey, Posting, PostingKind};

impl Wallet {
    /// Books what the calendar already made true: every lot whose last day is over lapses; `cause` is asked once for each.
    ///
    /// Held points stay. One posting per lot, so each says which points lapsed.
    pub fn lapse(&mut self, today: BusinessDate, cause: impl FnMut(LotKey) -> Cause) -> Vec<Posting> {
        self.lapse_some(today, |_| true, None, cause)
    }

    /// As [`Wallet::lapse`], for the lots that `may_lapse`, with the reason when there is more to say than that the day was over.
    pub(super) fn lapse_some(
        &mut self,
        today: BusinessDate,
        may_lapse: impl Fn(LotKey) -> bool,
        reason: Option<&Label>,
        mut cause: impl FnMut(LotKey) -> Cause,
    ) -> Vec<Posting> {
        let due: Vec<LotKey> = self
            .lots
            .values()
            .filter(|booked| booked.lot.key.is_lapsed(today) && !booked.lot.free().is_zero())
            .map(|booked| booked.lot.key)
            .filter(|&key| may_lapse(key))
            .collect();
        let mut postings = Vec::with_capacity(due.len());
        for key in due {
            let free = self.lots[&key].lot.free();
            let transfers = self.draw(free, Account::Lapsed, |other| other == key);
            let posting = self.posting(PostingKind::Lapse, cause(key), free, transfers);
            postings.push(self.chain(Posting { reason: reason.cloned(), ..posting }));
        }
        postings
    }
}
