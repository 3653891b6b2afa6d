use async_graphql::{ID, SimpleObject};

use crate::schema::{ids, scalars::Instant};

/// That a household's ballot was taken. It says nothing of what the ballot says.
#[derive(SimpleObject)]
pub(in crate::schema) struct BallotReceipt {
    /// In which study.
    study_id: ID,
    /// 20 hexadecimal digits with which the ballot's entry in the study's chain begins. Keep them: after the result is announced,
    /// `hearth tally verify --receipt` finds them in the published file.
    receipt: String,
    /// The chain's link after this entry, 64 hexadecimal digits: it stands for everything that was entered before.
    head: String,
    /// Which entry it is, from 1.
    entry_no: i32,
    /// Who of the household cast it.
    person_id: ID,
    /// When it was accepted.
    accepted_at: Instant,
}

impl From<::cocreation::BallotReceipt> for BallotReceipt {
    fn from(receipt: ::cocreation::BallotReceipt) -> Self {
        Self {
            study_id: ids::write(receipt.study),
            receipt: receipt.receipt,
            head: receipt.head,
            entry_no: i32::try_from(receipt.entry_no).unwrap_or(i32::MAX),
            person_id: ids::write(receipt.person),
            accepted_at: Instant(receipt.accepted_at),
        }
    }
}
