use async_graphql::ID;
use kernel::{Id, IdParseError, Kind};

use crate::refusal::Refusal;

/// Reads an id. `None` for the id of something else: it names nothing here, just like a random one.
///
/// # Errors
/// A [`Refusal`] for a text that is no id at all.
pub(super) fn read<K: Kind>(id: &ID) -> Result<Option<Id<K>>, Refusal> {
    match id.parse() {
        Ok(id) => Ok(Some(id)),
        Err(IdParseError::OtherKind { .. }) => Ok(None),
        Err(IdParseError::Malformed) => Err(Refusal::bad_input("MALFORMED_ID", "an id is not well-formed")),
    }
}

/// Writes an id.
pub(super) fn write<K: Kind>(id: Id<K>) -> ID {
    ID(id.to_string())
}
