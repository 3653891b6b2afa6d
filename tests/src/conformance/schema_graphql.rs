//! The schema consumers build on is committed, so that every change of it is read as one.

use super::repository::root;

const COMMITTED: &str = "crates/gateway/schema.graphql";

/// Set to write the file instead of comparing it.
const UPDATE_VARIABLE: &str = "HEARTH_UPDATE_SCHEMA";

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let served = gateway::sdl();
    let path = root().join(COMMITTED);
    if std::env::var_os(UPDATE_VARIABLE).is_some() {
        std::fs::write(&path, &served).unwrap_or_else(|error| panic!("{COMMITTED}: {error}"));
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = committed.lines().zip(served.lines()).position(|(old, new)| old != new);

    assert!(
        committed == served,
        "{COMMITTED} is not what is served, first at line {}. If you meant that, and it only adds: \
         {UPDATE_VARIABLE}=1 cargo test -p tests the_committed_schema",
        differs.map_or_else(|| committed.lines().count().min(served.lines().count()) + 1, |line| line + 1),
    );
}
