//! What must hold between rows of paying, asked of the rows themselves: for `hearth verify`.

use db::{Snapshot, StoredRow, TableRead};
use kernel::Fault;

/// Something between rows that cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayFinding {
    /// A stored figure is another than its rows add up to.
    Figure {
        /// The row.
        row: String,
        /// What is counted.
        what: &'static str,
        /// As stored, in fen.
        stored: i64,
        /// As recomputed, in fen.
        recomputed: i64,
    },
    /// Rows contradict each other.
    Impossible {
        /// The row.
        row: String,
        /// How.
        why: &'static str,
    },
}

/// What figures are made of: the noun of a row, what is counted, and the rows whose figure is another.
const FIGURES: &[(&str, &str, TableRead)] = &[
    (
        "pay request",
        "what went back",
        TableRead {
            table: "(SELECT q.id, q.refunded_minor AS stored, (SELECT CAST(COALESCE(sum(r.amount_minor), 0) AS BIGINT) \
                    FROM payment_refunds r WHERE r.request_id = q.id AND r.reference <> 'surplus') AS recomputed \
                    FROM pay_requests q) it",
            columns: &["id", "stored", "recomputed"],
            days: &[],
            which: "WHERE stored <> recomputed ORDER BY id",
        },
    ),
    (
        "mandate",
        "what a month used",
        TableRead {
            table: "(SELECT m.mandate_id AS id, m.used_minor AS stored, \
                    (SELECT CAST(COALESCE(sum(q.amount_minor - q.refunded_minor), 0) AS BIGINT) FROM pay_requests q \
                    WHERE q.mandate_id = m.mandate_id AND q.mandate_month = m.month) AS recomputed FROM mandate_months m) it",
            columns: &["id", "stored", "recomputed"],
            days: &[],
            which: "WHERE stored <> recomputed ORDER BY id",
        },
    ),
];

/// Rows that contradict others: the noun of a row, how, and which.
const CONTRADICTIONS: &[(&str, &str, TableRead)] = &[
    (
        "pay request",
        "it says paid and nothing paid it, or the other way about",
        TableRead {
            table: "pay_requests q",
            columns: &["q.id"],
            days: &[],
            which: "WHERE (q.state IN ('paid', 'refunded_partly', 'refunded')) <> EXISTS (SELECT 1 FROM paid_requests p \
                    WHERE p.household_id = q.household_id AND p.request_id = q.id) ORDER BY q.id",
        },
    ),
    (
        "pay request",
        "what paid it is no payment of its worth by one of its attempts",
        TableRead {
            table: "pay_requests q JOIN paid_requests d ON d.household_id = q.household_id AND d.request_id = q.id",
            columns: &["q.id"],
            days: &[],
            which: "WHERE NOT EXISTS (SELECT 1 FROM payments p JOIN payment_attempts a ON a.household_id = q.household_id \
                    AND a.id = p.attempt_id AND a.request_id = q.id AND a.payer_id = p.payer_id \
                    WHERE p.provider = d.provider AND p.provider_ref = d.provider_ref AND p.outcome = 'pays' \
                    AND p.attempt_id = d.attempt_id AND p.amount_minor = q.amount_minor) ORDER BY q.id",
        },
    ),
    (
        "pay request",
        "it ended and still holds goods or a part of a mandate",
        TableRead {
            table: "pay_requests q",
            columns: &["q.id"],
            days: &[],
            which: "WHERE (q.state IN ('declined', 'expired', 'cancelled') AND (q.is_reserved OR q.mandate_id IS NOT NULL)) \
                    OR (q.state = 'pay_at_pick_up' AND q.mandate_id IS NOT NULL) ORDER BY q.id",
        },
    ),
    (
        "pay request",
        "it uses a mandate's month that knows nothing of it",
        TableRead {
            table: "pay_requests q",
            columns: &["q.id"],
            days: &[],
            which: "WHERE q.mandate_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM mandate_months m \
                    WHERE m.mandate_id = q.mandate_id AND m.month = q.mandate_month) ORDER BY q.id",
        },
    ),
    (
        "payment",
        "it pays a request that says otherwise",
        TableRead {
            table: "payments p",
            columns: &["p.provider_ref"],
            days: &[],
            which: "WHERE p.outcome = 'pays' AND NOT EXISTS (SELECT 1 FROM paid_requests d WHERE d.provider = p.provider \
                    AND d.provider_ref = p.provider_ref) ORDER BY p.provider_ref",
        },
    ),
    (
        "payment",
        "it is not needed and does not go back whole",
        TableRead {
            table: "payments p",
            columns: &["p.provider_ref"],
            days: &[],
            which: "WHERE p.outcome <> 'pays' AND NOT EXISTS (SELECT 1 FROM payment_refunds r WHERE r.provider = p.provider \
                    AND r.provider_ref = p.provider_ref AND r.reference = 'surplus' AND r.amount_minor = p.amount_minor) \
                    ORDER BY p.provider_ref",
        },
    ),
    (
        "payment",
        "more goes back than was paid, or to somebody else",
        TableRead {
            table: "payments p",
            columns: &["p.provider_ref"],
            days: &[],
            which: "WHERE p.amount_minor < (SELECT COALESCE(sum(r.amount_minor), 0) FROM payment_refunds r \
                    WHERE r.provider = p.provider AND r.provider_ref = p.provider_ref) \
                    OR EXISTS (SELECT 1 FROM payment_refunds r WHERE r.provider = p.provider \
                    AND r.provider_ref = p.provider_ref AND r.payer_id <> p.payer_id) ORDER BY p.provider_ref",
        },
    ),
];

/// Everything between rows of paying that cannot be.
///
/// # Errors
/// A [`Fault`] of the database, or when a column is not of its type.
pub async fn list_pay_findings(snapshot: &mut Snapshot) -> Result<Vec<PayFinding>, Fault> {
    let unreadable = |_| Fault::inconsistent("read what is kept of paying");
    let mut findings = Vec::new();
    for (noun, what, read) in FIGURES {
        for row in snapshot.list(read, Vec::new()).await? {
            let (stored, recomputed) = (row.get(1).map_err(unreadable)?, row.get(2).map_err(unreadable)?);
            findings.push(PayFinding::Figure { row: named(noun, &row), what, stored, recomputed });
        }
    }
    for (noun, why, read) in CONTRADICTIONS {
        for row in snapshot.list(read, Vec::new()).await? {
            findings.push(PayFinding::Impossible { row: named(noun, &row), why });
        }
    }
    Ok(findings)
}

fn named(noun: &str, row: &StoredRow) -> String {
    let number = row.get::<String>(0).unwrap_or_else(|_| row.id_text(0));
    format!("{noun} {number}")
}
