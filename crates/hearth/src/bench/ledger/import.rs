//! What an import takes besides time: memory and disk.

use std::time::Duration;

use super::super::{
    figure::Figure,
    import::Files,
    place::{Database, Place},
    process, store,
};
use crate::{Failure, console};

/// How often a running import is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Says how many bytes a posting takes, with all that came with it: its order, transfers, lot and wallet.
pub(super) async fn say_disk(database: &Database) -> Result<(), Failure> {
    let db = database.open().await?;
    let (bytes, postings) = (store::bytes_on_disk(&db).await?, store::count_postings(&db).await?);
    db.close().await?;
    let each = Figure::whole(bytes).over(Figure::whole(postings));
    console::note(format_args!("import: {each} bytes on disk a posting, its order and everything else included"));
    Ok(())
}

/// Imports once more, as the operator does, and says how much memory the process held at the most.
pub(super) async fn say_memory(place: &Place, files: &Files) -> Result<(), Failure> {
    let failed = |error| Failure::because("could not run an import", error);
    let database = place.create("import_memory").await?;
    database.open().await?.close().await?;
    let arguments = files.arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut child = process::command_on(place, &database, &arguments)?
        .env("HEARTH_DEMO", "off")
        .stderr(std::process::Stdio::null())
        .spawn()
        .map_err(failed)?;
    let mut peak = None;
    let id = child.id();
    while child.try_wait().map_err(failed)?.is_none() {
        peak = id.and_then(process::peak_memory).or(peak);
        tokio::time::sleep(LOOK).await;
    }
    if let Some(peak) = peak {
        console::note(format_args!("import/{}: {peak} MB of memory at the most", place.engine()));
    }
    place.remove(database).await
}
