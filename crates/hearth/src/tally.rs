//! Counts ballots in files, and checks what was published. Opens no database and reads no settings.

use std::{fs, io::Read, path::Path};

use cocreation::tally_file::{self, MAX_FILE_BYTES, TallyFile};

use crate::{Failure, cli::Tally, console};

/// Does what the command line says of files of ballots.
pub(crate) fn run(act: &Tally) -> Result<(), Failure> {
    match act {
        Tally::Count { file } => {
            let refused = |refusal: tally_file::TallyRefusal| Failure::new(refusal.to_string());
            let read = TallyFile::parse(&text_of(file)?).map_err(refused)?;
            let result = tally_file::count(&read.definition, &read.ballots).map_err(refused)?;
            console::say(format_args!("{result:#}"));
        }
        Tally::Verify { file, receipt } => {
            let found = tally_file::verify(&text_of(file)?, receipt.as_deref());
            let found = found.map_err(|problem| Failure::new(problem.to_string()))?;
            if let Some(place) = found.found_at {
                console::say(format_args!("entry {place} of {} has the receipt", found.entries));
            }
            console::say(format_args!(
                "{} ballots recounted: the result is theirs; {} entries lead to {}",
                found.ballots, found.entries, found.head
            ));
        }
    }
    Ok(())
}

fn text_of(path: &Path) -> Result<String, Failure> {
    let failed = |error| Failure::because(format!("could not read {}", path.display()), error);
    let mut text = String::new();
    // One byte more than is allowed tells that there is more.
    fs::File::open(path).map_err(failed)?.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(Failure::new(format!("TOO_LARGE: {} has more than {MAX_FILE_BYTES} bytes", path.display())));
    }
    Ok(text)
}
