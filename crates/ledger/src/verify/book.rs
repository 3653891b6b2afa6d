use std::collections::HashMap;

use kernel::{BusinessDate, Id, Timestamp, kinds};

use super::{
    StoredBook, StoredPosting, VerifiedRedemption, chain,
    findings::{Findings, posting_row},
    holds,
    lots::{Lots, Sums},
    sense::check_sense,
};
use crate::{Posting, PostingKind};

/// What one book showed besides its differences.
pub(super) struct BookShown {
    /// Redemptions that no hold of the ledger explains, or not alone: somebody else knows what they bought.
    pub(super) redemptions: Vec<VerifiedRedemption>,
    /// Postings that correct an earn or a redemption of another household.
    pub(super) corrected_elsewhere: Vec<CorrectedElsewhere>,
    /// What went into the program account `moved` less what came out of it.
    pub(super) moved: i128,
}

/// A posting that corrects an earn or a redemption of another household, whose lots have moved since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CorrectedElsewhere {
    pub(super) kind: PostingKind,
    pub(super) points: i64,
    pub(super) household: Id<kinds::Household>,
    pub(super) posting: Id<kinds::Posting>,
    pub(super) of: Id<kinds::Household>,
    pub(super) corrects: Id<kinds::Posting>,
}

/// Recomputes one book from its postings in the order they were made, and names every row that differs.
pub(super) fn recompute(book: &StoredBook, now: Timestamp, findings: &mut Findings) -> BookShown {
    let captures = holds::captures(&book.holds);
    let ever_held = book.holds.iter().flat_map(|hold| hold.lots.iter().map(|lot| lot.lot));
    let lots = Lots::new(&book.lots, ever_held);
    let sums = replay(book, &lots, &captures, findings);
    let moved = sums.moved;
    for posting in &book.missing_postings {
        findings.impossible(posting_row(*posting), "transfers name it and it is not there");
    }
    for hold in &book.missing_holds {
        findings.impossible(holds::hold_row(*hold), "held lots name it and it is not there");
    }
    for (row, why) in &book.unreadable {
        findings.impossible(row, why);
    }
    match &book.wallet {
        None => findings.impossible("wallet", "it is not there, but lots, postings or transfers of it are"),
        Some(wallet) => {
            findings.figure("wallet", "the balance", wallet.balance, sums.balance);
            findings.figure("wallet", "the debt", wallet.owed, sums.owed);
            let made = book.postings.last().map_or(0, |posting| i128::from(posting.no));
            findings.figure("wallet", "the number of the newest posting", wallet.last_no, made);
            let first = lots.next_lapse_on(&sums);
            if wallet.next_lapse_on != first && book.unreadable_lots.is_empty() {
                let day = |day: Option<BusinessDate>| day.map_or("never".to_owned(), |day| day.to_string());
                let why = format!("its next lapse is {}, that of its lots {}", day(wallet.next_lapse_on), day(first));
                findings.impossible("wallet", why);
            }
        }
    }
    let mut of_lots = sums.lots;
    of_lots.retain(|lot, _| !book.unreadable_lots.contains(lot));
    lots.check_rows(of_lots, &holds::held(&book.holds), findings);
    holds::check_holds(&book.holds, &book.postings, now, findings);
    chain::check_chain(book.wallet.as_ref(), &book.postings, findings);
    let corrected_elsewhere = check_corrections(book, findings);
    BookShown { redemptions: redemptions(book, &captures, findings), corrected_elsewhere, moved }
}

/// Makes every transfer again, and compares each posting's figures with what they come to.
fn replay(book: &StoredBook, lots: &Lots<'_>, captures: &[String], findings: &mut Findings) -> Sums {
    let mut sums = Sums::default();
    for (expected_no, posting) in (1..).zip(&book.postings) {
        let mut by_cause = 0;
        let mut was_there = true;
        for transfer in posting.transfers() {
            by_cause += i128::from(transfer.points.get());
            was_there &= sums.add(transfer);
        }
        // Its name is spelled only when there is something to say.
        let is_right = (i128::from(posting.no), i128::from(posting.points)) == (expected_no, by_cause)
            && (i128::from(posting.balance_after), i128::from(posting.owed_after)) == (sums.balance, sums.owed);
        if !is_right {
            let row = posting_row(posting.id);
            findings.figure(&row, "its number", posting.no, expected_no);
            findings.figure(&row, "the sum of its transfers", posting.points, by_cause);
            findings.figure(&row, "the balance after it", posting.balance_after, sums.balance);
            findings.figure(&row, "the debt after it", posting.owed_after, sums.owed);
        }
        if !was_there {
            findings.impossible(posting_row(posting.id), "it takes more than there was");
        }
        check_sense(posting, findings);
        let reference = posting.of_kind(PostingKind::Redeem).map(|posting| &posting.cause.reference);
        let is_capture = reference.is_some_and(|reference| is_of_hold(captures, reference));
        lots.check_draws(posting, is_capture, &sums, findings);
    }
    sums
}

/// Whether what a posting corrects is there and of the kind it corrects. Answers with what another household must have.
fn check_corrections(book: &StoredBook, findings: &mut Findings) -> Vec<CorrectedElsewhere> {
    let mut elsewhere = Vec::new();
    let mut kinds: Option<HashMap<Id<kinds::Posting>, PostingKind>> = None;
    for posting in book.postings.iter().filter_map(|stored| stored.whole.as_ref().ok()) {
        let Some(corrects) = posting.corrects else { continue };
        let corrected = if posting.kind == PostingKind::Restore { PostingKind::Redeem } else { PostingKind::Earn };
        if let Some(of) = posting.counterpart {
            let (household, points, posting) = (posting.household, posting.points.get(), posting.cause.id);
            elsewhere.push(CorrectedElsewhere { kind: corrected, points, household, posting, of, corrects });
            continue;
        }
        let kinds = kinds.get_or_insert_with(|| book.postings.iter().filter_map(kind_of).collect());
        if kinds.get(&corrects) != Some(&corrected) {
            let why = format!("the {} it corrects, {corrects}, is not there", corrected.code());
            findings.impossible(posting_row(posting.cause.id), why);
        }
    }
    elsewhere
}

fn kind_of(stored: &StoredPosting) -> Option<(Id<kinds::Posting>, PostingKind)> {
    stored.whole.as_ref().ok().map(|posting| (stored.id, posting.kind))
}

/// What was redeemed otherwise than by capturing a hold, with what was given back of it.
fn redemptions(book: &StoredBook, captures: &[String], findings: &mut Findings) -> Vec<VerifiedRedemption> {
    let mut restored: HashMap<Id<kinds::Posting>, i64> = HashMap::new();
    let of_kind = |kind| book.postings.iter().filter_map(move |stored: &StoredPosting| stored.of_kind(kind));
    for posting in of_kind(PostingKind::Restore).filter(|posting| posting.counterpart.is_none()) {
        if let Some(redemption) = posting.corrects {
            let sum = restored.entry(redemption).or_default();
            *sum = sum.saturating_add(posting.points.get());
        }
    }
    let mut redemptions = Vec::new();
    for posting in of_kind(PostingKind::Redeem) {
        let redemption = redemption(posting, restored.get(&posting.cause.id).copied().unwrap_or(0));
        if redemption.restored > redemption.points {
            let why = format!("{} of its {} points were given back", redemption.restored, redemption.points);
            findings.impossible(posting_row(posting.cause.id), why);
        }
        // What a hold was captured for may be somebody's to know besides.
        let is_only_of_hold = !redemption.reference.contains(' ') && is_of_hold(captures, &redemption.reference);
        if !is_only_of_hold {
            redemptions.push(redemption);
        }
    }
    redemptions
}

fn is_of_hold(captures: &[String], reference: &str) -> bool {
    captures.iter().any(|hold| hold == holds::hold_named(reference))
}

fn redemption(posting: &Posting, restored: i64) -> VerifiedRedemption {
    VerifiedRedemption {
        household: posting.household,
        posting: posting.cause.id,
        reference: posting.cause.reference.clone(),
        points: posting.points.get(),
        restored,
    }
}
