use db::Snapshot;
use familypay::store::{PayFinding, list_pay_findings};
use kernel::Fault;
use ledger::{Difference, Finding};

use super::impossible;

/// Holds requests, payments, refunds and mandates against each other.
pub(super) async fn check_pays(snapshot: &mut Snapshot) -> Result<Vec<Difference>, Fault> {
    let findings = list_pay_findings(snapshot).await?;
    let difference = |finding| match finding {
        PayFinding::Figure { row, what, stored, recomputed } => Difference {
            household: None,
            row,
            finding: Finding::Figure { what, stored: stored.into(), recomputed: recomputed.into() },
        },
        PayFinding::Impossible { row, why } => impossible(None, row, why.to_owned()),
    };
    Ok(findings.into_iter().map(difference).collect())
}
