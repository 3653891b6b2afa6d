use super::{
    StoredPosting,
    findings::{Findings, posting_row},
};
use crate::{Account, Posting, PostingKind};

/// Whether a posting can be read, and its kind could have made its transfers and lines.
pub(super) fn check_sense(stored: &StoredPosting, findings: &mut Findings) {
    let row = posting_row(stored.id);
    let posting = match &stored.whole {
        Ok(posting) => posting,
        Err(why) => return findings.impossible(row, why),
    };
    let kind = posting.kind;
    for transfer in posting.transfers.iter().filter(|transfer| !may_move(kind, transfer.from, transfer.to)) {
        let (from, to) = (name_of(transfer.from), name_of(transfer.to));
        findings.impossible(&row, format!("{} never moves points from {from} to {to}", kind.code()));
    }
    if posting.transfers.iter().any(|transfer| transfer.points.is_zero() || transfer.from == transfer.to) {
        findings.impossible(&row, "one of its transfers moves nothing");
    }
    if let Some(missing) = missing_field(posting) {
        findings.impossible(&row, format!("{} without {missing}", kind.code()));
    }
    let lines = match (&posting.earn, kind) {
        (Some(earn), PostingKind::Earn) => &earn.lines,
        (None, PostingKind::Clawback) => &posting.clawed_lines,
        (None, PostingKind::Earn) => return findings.impossible(row, "earn without a rule and a basis"),
        (Some(_), _) => return findings.impossible(row, format!("{} with a rule and a basis", kind.code())),
        (None, _) => return,
    };
    let by_line = lines.iter().map(|line| i128::from(line.points.get())).sum();
    findings.figure(row, "the sum of its lines", stored.points, by_line);
}

/// What a posting of its kind always names, when this one does not.
fn missing_field(posting: &Posting) -> Option<&'static str> {
    match posting.kind {
        PostingKind::Schedule | PostingKind::Clawback => posting.corrects.is_none().then_some("the earn it corrects"),
        PostingKind::Restore => posting.corrects.is_none().then_some("the redemption it takes back"),
        PostingKind::Forgive | PostingKind::Adjust => posting.reason.is_none().then_some("a reason"),
        PostingKind::MoveOut | PostingKind::MoveIn if posting.counterpart.is_none() => Some("the other household"),
        PostingKind::MoveOut | PostingKind::MoveIn => posting.reason.is_none().then_some("a reason"),
        PostingKind::Earn | PostingKind::Redeem | PostingKind::Lapse => None,
    }
}

/// Which moves each kind of cause makes: all others are lies, even when they add up.
fn may_move(kind: PostingKind, from: Account, to: Account) -> bool {
    match kind {
        PostingKind::Earn => matches!((from, to), (Account::Issued, Account::Lot(_) | Account::Owed)),
        PostingKind::Schedule => matches!((from, to), (Account::Lot(_), Account::Lot(_))),
        PostingKind::Redeem => matches!((from, to), (Account::Lot(_), Account::Redeemed)),
        PostingKind::Clawback => matches!((from, to), (Account::Lot(_) | Account::Owed, Account::Issued)),
        PostingKind::Lapse => matches!((from, to), (Account::Lot(_), Account::Lapsed)),
        PostingKind::Restore => matches!((from, to), (Account::Redeemed, Account::Lot(_) | Account::Owed)),
        PostingKind::Forgive => matches!((from, to), (Account::Forgiven, Account::Owed)),
        PostingKind::Adjust => {
            matches!(
                (from, to),
                (Account::Adjusted, Account::Lot(_) | Account::Owed) | (Account::Lot(_), Account::Adjusted)
            )
        }
        PostingKind::MoveOut => {
            matches!((from, to), (Account::Lot(_), Account::Moved) | (Account::Moved, Account::Owed))
        }
        PostingKind::MoveIn => {
            matches!((from, to), (Account::Moved, Account::Lot(_)) | (Account::Owed, Account::Moved))
        }
    }
}

fn name_of(account: Account) -> &'static str {
    match account {
        Account::Lot(_) => "a lot",
        Account::Owed
        | Account::Issued
        | Account::Redeemed
        | Account::Lapsed
        | Account::Adjusted
        | Account::Forgiven
        | Account::Moved => account.code(),
    }
}
