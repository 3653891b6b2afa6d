use super::{
    StoredPosting, StoredWallet,
    findings::{Findings, posting_row},
    stored::chain_hash,
};
use crate::ChainHash;

/// Recomputes the hashes of a wallet's postings, each after the stored one before it: so exactly the rows that were touched are named.
///
/// Postings from before there was a chain have no hash. Once one has, all that follow have.
pub(super) fn check_chain(wallet: Option<&StoredWallet>, postings: &[StoredPosting], findings: &mut Findings) {
    let mut previous: Option<ChainHash> = None;
    for posting in postings {
        let Some(stored) = &posting.hash else {
            if previous.is_some() {
                findings.impossible(posting_row(posting.id), "it has no hash, and the posting before it has one");
            }
            continue;
        };
        let stored = chain_hash(stored);
        if let Ok(whole) = &posting.whole
            && stored != Some(ChainHash::of(whole, previous))
        {
            findings
                .impossible(posting_row(posting.id), "its hash is not that of its fields after the posting before it");
        }
        previous = stored.or(previous);
    }
    let Some(wallet) = wallet else { return };
    if wallet.head.as_deref() != postings.last().and_then(|posting| posting.hash.as_deref()) {
        findings.impossible("wallet", "its head is not the hash of its newest posting");
    }
}
