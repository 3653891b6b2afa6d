use kernel::{Id, Timestamp, kinds};

use super::{
    BooksPage, Difference, Finding, SealTold, StoredSeal, VerifiedRedemption, VerifyReport,
    book::{CorrectedElsewhere, recompute},
    count,
    findings::{Findings, posting_row},
    moves::Moves,
    seals::Seals,
};
use crate::PostingKind;

/// A verification under way: page by page, in household order, and at last what spans households.
#[derive(Debug)]
pub struct Verification {
    now: Timestamp,
    report: VerifyReport,
    seals: Seals,
    moves: Moves,
    moved: i128,
    corrected_elsewhere: Vec<CorrectedElsewhere>,
}

impl Verification {
    /// Begins with every seal there is.
    #[must_use]
    pub fn new(now: Timestamp, seals: Vec<StoredSeal>) -> Self {
        Self {
            now,
            report: VerifyReport::default(),
            seals: Seals::new(seals),
            moves: Moves::default(),
            moved: 0,
            corrected_elsewhere: Vec::new(),
        }
    }

    /// Recomputes the books of a page; answers with what was redeemed otherwise than by capturing a hold.
    pub fn add_page(&mut self, page: BooksPage) -> Vec<VerifiedRedemption> {
        let mut redemptions = Vec::new();
        self.report.add_differences(page.unplaced);
        for book in &page.books {
            let mut findings = Findings::of(book.household);
            let shown = recompute(book, self.now, &mut findings);
            self.seals.meet(book.household, book.wallet.as_ref(), &book.heads, &book.postings, &mut findings);
            self.report.add_differences(findings.into_found());
            self.report.add_differences(book.postings.iter().filter_map(|posting| self.moves.add(posting)));
            self.moved += shown.moved;
            self.corrected_elsewhere.extend(shown.corrected_elsewhere);
            redemptions.extend(shown.redemptions);
            self.report.wallets += u64::from(book.wallet.is_some());
            self.report.postings += count(book.postings.len());
            self.report.transfers += count(book.postings.iter().map(|posting| posting.transfers().len()).sum());
        }
        redemptions
    }

    /// Adds what others found wrong about what points were given for or bought.
    pub fn add_differences(&mut self, found: impl IntoIterator<Item = Difference>) {
        self.report.add_differences(found);
    }

    /// Earns and redemptions that postings of other households correct, so that somebody may look whether they are there.
    #[must_use]
    pub fn corrected_elsewhere(&self) -> Vec<(Id<kinds::Household>, Id<kinds::Posting>, PostingKind)> {
        self.corrected_elsewhere.iter().map(|it| (it.of, it.corrects, it.kind)).collect()
    }

    /// What other households got back of redemptions, whose lots had moved to them: of whose redemption, and how many points.
    #[must_use]
    pub fn restored_elsewhere(&self) -> Vec<(Id<kinds::Household>, Id<kinds::Posting>, i64)> {
        let restores = self.corrected_elsewhere.iter().filter(|it| it.kind == PostingKind::Redeem);
        restores.map(|it| (it.of, it.corrects, it.points)).collect()
    }

    /// Ends: whether both sides of every move agree, whether what is corrected from elsewhere is there, and what the seals say.
    ///
    /// `told` is what the audit log tells of seals, `kept` a seal that was kept outside, `missing` those of
    /// [`Verification::corrected_elsewhere`] that are not there.
    #[must_use]
    pub fn finish(
        mut self,
        told: &[SealTold],
        kept: Option<SealTold>,
        missing: &[(Id<kinds::Household>, Id<kinds::Posting>)],
    ) -> VerifyReport {
        for correction in self.corrected_elsewhere.iter().filter(|it| missing.contains(&(it.of, it.corrects))) {
            let (kind, corrects, of) = (correction.kind.code(), correction.corrects, correction.of);
            let why = format!("the {kind} it corrects, {corrects} of {of}, is not there");
            let row = posting_row(correction.posting);
            let difference =
                Difference { household: Some(correction.household), row, finding: Finding::Impossible(why) };
            self.report.add_differences([difference]);
        }
        self.report.add_differences(self.moves.alone());
        if self.moved != 0 {
            let finding = Finding::Figure { what: "the sum over all households", stored: self.moved, recomputed: 0 };
            self.report.add_differences([Difference { household: None, row: "account moved".to_owned(), finding }]);
        }
        self.report.newest_seal = self.seals.newest();
        self.report.add_differences(self.seals.untold(told));
        let all: Vec<SealTold> = told.iter().cloned().chain(kept).collect();
        self.report.add_differences(self.seals.check(&all));
        self.report
    }
}
