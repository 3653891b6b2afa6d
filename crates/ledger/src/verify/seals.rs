use std::collections::{BTreeMap, BTreeSet};

use kernel::{Id, kinds};

use super::{
    Difference, Finding, StoredPosting, StoredWallet,
    findings::Findings,
    stored::{StoredHead, chain_hash},
};
use crate::{SealHash, SealMark, SealedHead, seal::SealHasher};

/// One seal as its row says it.
#[derive(Debug, Clone)]
pub struct StoredSeal {
    pub(crate) no: i64,
    pub(crate) wallets_count: i64,
    pub(crate) previous: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

/// What was told of a seal when it was made, outside the ledger's own tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealTold {
    /// The seal.
    pub mark: SealMark,
    /// Where it was told, in words that follow "as".
    pub place: &'static str,
}

/// Every seal, while the heads it covers are met household by household.
#[derive(Debug)]
pub(super) struct Seals {
    by_no: BTreeMap<i64, SealUnderWay>,
}

#[derive(Debug)]
struct SealUnderWay {
    stored: StoredSeal,
    hasher: SealHasher,
    wallets: i64,
}

impl Seals {
    pub(super) fn new(stored: Vec<StoredSeal>) -> Self {
        let under_way = |stored: StoredSeal| {
            let hasher = SealHasher::after(seal_hash(&stored.previous).unwrap_or(SealHash::NONE));
            (stored.no, SealUnderWay { stored, hasher, wallets: 0 })
        };
        Self { by_no: stored.into_iter().map(under_way).collect() }
    }

    /// Meets what seals say of one wallet: each names a posting that must be there with that hash. Households come in order.
    pub(super) fn meet(
        &mut self,
        household: Id<kinds::Household>,
        wallet: Option<&StoredWallet>,
        heads: &[StoredHead],
        postings: &[StoredPosting],
        findings: &mut Findings,
    ) {
        for stored in heads {
            let row = format!("head in seal {}", stored.seal_no);
            let Some(head) = chain_hash(&stored.head) else {
                findings.impossible(row, "it is no hash");
                continue;
            };
            match self.by_no.get_mut(&stored.seal_no) {
                None => findings.impossible(&row, "the seal is not there"),
                Some(seal) => {
                    seal.hasher.add(&SealedHead { household, last_no: stored.last_no, head });
                    seal.wallets += 1;
                }
            }
            let sealed = postings.iter().find(|posting| posting.no == stored.last_no);
            match sealed {
                None => findings.impossible(row, format!("the posting numbered {} is not there", stored.last_no)),
                Some(posting) if posting.hash.as_ref() != Some(&stored.head) => {
                    findings.impossible(row, format!("it was sealed with another hash of posting {}", posting.id));
                }
                Some(_) => {}
            }
        }
        if let Some(wallet) = wallet {
            let sealed_no = heads.iter().map(|head| i128::from(head.last_no)).max().unwrap_or(0);
            findings.figure("wallet", "the number of the newest sealed posting", wallet.sealed_no, sealed_no);
        }
    }

    /// The newest seal.
    pub(super) fn newest(&self) -> Option<SealMark> {
        let (no, seal) = self.by_no.last_key_value()?;
        Some(SealMark { no: *no, hash: seal_hash(&seal.stored.hash)? })
    }

    /// Once every head was met: whether each seal's hash is that of its heads after the seal before it, and is what was told.
    pub(super) fn check(self, told: &[SealTold]) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut previous = SealHash::NONE;
        let mut hashes = BTreeMap::new();
        for (expected_no, (no, seal)) in (1..).zip(self.by_no) {
            let impossible = |why: &str| difference(no, Finding::Impossible(why.to_owned()));
            if no != expected_no {
                found.push(figure(no, "its number", no, expected_no));
            }
            if seal_hash(&seal.stored.previous) != Some(previous) {
                found.push(impossible("it is not chained to the seal before it"));
            }
            if seal.stored.wallets_count != seal.wallets {
                found.push(figure(no, "how many wallets it covers", seal.stored.wallets_count, seal.wallets));
            }
            let stored = seal_hash(&seal.stored.hash);
            if stored != Some(seal.hasher.finish()) {
                found.push(impossible("its hash is not that of the heads it covers"));
            }
            previous = stored.unwrap_or(previous);
            hashes.insert(no, stored);
        }
        for SealTold { mark, place } in told {
            let why = match hashes.get(&mark.no) {
                None => format!("it is not there, {place} it is {mark}"),
                Some(hash) if *hash != Some(mark.hash) => format!("its hash is another one, {place} it is {mark}"),
                Some(_) => continue,
            };
            found.push(difference(mark.no, Finding::Impossible(why)));
        }
        found
    }

    /// Seals that the audit log does not tell of.
    pub(super) fn untold(&self, told: &[SealTold]) -> Vec<Difference> {
        let told: BTreeSet<i64> = told.iter().map(|told| told.mark.no).collect();
        let untold = self.by_no.keys().filter(|no| !told.contains(no));
        untold.map(|no| difference(*no, Finding::Impossible("the audit log does not tell of it".to_owned()))).collect()
    }
}

fn figure(no: i64, what: &'static str, stored: i64, recomputed: i64) -> Difference {
    difference(no, Finding::Figure { what, stored: stored.into(), recomputed: recomputed.into() })
}

fn difference(no: i64, finding: Finding) -> Difference {
    Difference { household: None, row: format!("seal {no}"), finding }
}

fn seal_hash(stored: &[u8]) -> Option<SealHash> {
    stored.try_into().ok().map(SealHash::from_bytes)
}
