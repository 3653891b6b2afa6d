//! Acts that two of the staff must agree on.
//!
//! One proposes, with a reason; a second one decides within [`accounts::APPROVAL_LIFE`]; approving carries the act out in the same
//! transaction, once. What an act is, is an [`Act`], kept as versioned JSON with its hash.
//!
//! # To add an act
//!
//! 1. A variant of [`Act`] with typed ids, and one of `Payload` in `payload.rs` named `verb_noun.v1`; the compiler shows every
//!    `match` that wants it: its name, whose household, which of the staff it touches, who may propose and who may decide.
//! 2. Its use-case as `…_in(&mut tx, …) -> Result<Result<…, Refusal>, Fault>`: it is handed a transaction where those of the staff are
//!    locked already (step 0 of the order in `db/src/tx.rs`), takes its own locks from step 1 on, refuses before it writes, and
//!    does not commit. Call it in `carry_out.rs`, and give [`ActRefusal`] its refusal.
//! 3. The mutation that proposes it calls [`App::propose_in`](crate::App) in a transaction that began with `StaffPrincipal::lock`.
//! 4. `gateway/src/schema/staff/proposed_act.rs`: what the second person reads before deciding.

mod act;
mod carry_out;
mod decide_approval;
mod key;
mod list_approvals;
mod payload;
mod propose;

pub use act::Act;
pub use carry_out::ActRefusal;
pub use decide_approval::{ApprovalDecided, DecideApproval, DecideApprovalRefusal};
pub(crate) use key::{ActKey, check_kept};
pub use propose::TooManyPending;
