use std::fmt;

use db::{
    Tx,
    idempotency::{self, InputHash, Known},
};
use kernel::{Fault, Id, Points, kinds};

/// What an act that moves people and their points answers, and what an idempotency key keeps of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovedAnswer {
    /// The household they belong to now.
    pub household: Id<kinds::Household>,
    /// How many points moved there.
    pub moved: Points,
    /// Whether this answers an earlier act again.
    pub is_replay: bool,
}

/// As a key keeps it: stored, so it never changes.
impl fmt::Display for MovedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.household, self.moved.get())
    }
}

/// The key was used for another input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyReused;

/// The household and the points, as an idempotency key keeps them.
pub(crate) fn read_moved(answer: &str) -> Option<(Id<kinds::Household>, Points)> {
    let (household, moved) = answer.split_once(' ')?;
    Some((household.parse().ok()?, moved.parse().ok().and_then(Points::new)?))
}

/// What the same act answered before; `None` where it is new. Call it holding the persons it moves.
pub(super) async fn find_answer(
    tx: &mut Tx,
    key: &idempotency::Key,
    input: InputHash,
) -> Result<Option<Result<MovedAnswer, KeyReused>>, Fault> {
    let kept = idempotency::list_kept(tx, key.operation, &[(&key.principal, &key.key)]).await?;
    let Some(kept) = kept.into_values().next() else { return Ok(None) };
    let answer = match kept.known(input) {
        Known::SameInput(answer) => answer,
        Known::OtherInput => return Ok(Some(Err(KeyReused))),
    };
    let (household, moved) =
        read_moved(&answer).ok_or_else(|| Fault::inconsistent("read what an idempotency key answered"))?;
    Ok(Some(Ok(MovedAnswer { household, moved, is_replay: true })))
}
