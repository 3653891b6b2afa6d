//! Seals, their heads and what the audit log tells of them, falsified.

use super::{
    lies::{WALLET, lie},
    one_row::Lie,
};

const SEAL_2: (&str, &str) = ("seal 2", "");
const HEAD_OF_WANG: &str =
    "seal_no = 2 AND household_id = (SELECT household_id FROM households WHERE external_ref = 'H-WANG')";

pub(super) const SEALS: &[Lie] = &[
    lie("ledger_seals", "no = 2", "SET hash = {no hash}", SEAL_2, "its hash is not that of the heads it covers"),
    lie("ledger_seals", "no = 2", "SET hash = {no hash}", SEAL_2, "in the audit log it is 2:"),
    lie("ledger_seals", "no = 2", "SET previous = {no hash}", SEAL_2, "it is not chained to the seal before it"),
    lie("ledger_seals", "no = 1", "SET hash = {no hash}", SEAL_2, "it is not chained to the seal before it"),
    lie("ledger_seals", "no = 2", "SET wallets_count = 3", SEAL_2, "how many wallets it covers 3, recomputed 2"),
    lie("ledger_seals", "no = 2", "DELETE", ("head in seal 2", ""), "the seal is not there"),
    lie("ledger_seals", "no = 2", "DELETE", SEAL_2, "it is not there, in the audit log it is 2:"),
    lie("ledger_seals", "no = 1", "DELETE", SEAL_2, "its number 2, recomputed 1"),
    lie(
        "ledger_seal_heads",
        HEAD_OF_WANG,
        "SET head = {no hash}",
        ("head in seal 2", ""),
        "it was sealed with another hash of posting",
    ),
    lie(
        "ledger_seal_heads",
        HEAD_OF_WANG,
        "SET head = {no hash}",
        SEAL_2,
        "its hash is not that of the heads it covers",
    ),
    lie(
        "ledger_seal_heads",
        HEAD_OF_WANG,
        "SET last_no = 99",
        ("head in seal 2", ""),
        "the posting numbered 99 is not there",
    ),
    lie("ledger_seal_heads", HEAD_OF_WANG, "DELETE", SEAL_2, "how many wallets it covers 2, recomputed 1"),
    lie(
        "ledger_seal_heads",
        HEAD_OF_WANG,
        "DELETE",
        WALLET,
        "the number of the newest sealed posting 13, recomputed 9",
    ),
    lie(
        "audit_lines",
        "action = 'seal_ledger' AND subject = '2'",
        "DELETE",
        SEAL_2,
        "the audit log does not tell of it",
    ),
    lie(
        "audit_lines",
        "action = 'seal_ledger' AND subject = '2'",
        "SET detail = 'none'",
        ("audit line of seal 2", ""),
        "it tells of no seal: \"none\"",
    ),
];
