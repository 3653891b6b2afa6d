use std::{
    fs::{File, OpenOptions},
    io::{BufWriter, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use crate::Failure;

/// The columns of a reject file. A file is taken for one of ours by them, so no release may change them.
const HEADER: [&str; 5] = ["file", "line", "column", "reason", "row"];

/// How much of a rejected row is shown, in characters.
const SHOWN_CHARS: usize = 200;

/// Where rejected rows go: a CSV file a person opens in a spreadsheet, mends and imports again.
pub struct Rejects {
    sink: Sink,
    count: u64,
}

enum Sink {
    File { path: PathBuf, out: BufWriter<File>, is_ours: bool },
    Nowhere,
}

impl Rejects {
    /// Creates the file now, so that a folder nobody may write to is found before anything is done.
    ///
    /// # Errors
    /// A [`Failure`] when it cannot be created, or when a file is there that holds something else than rejects.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        let refused = |error| {
            let what = format!("could not create the reject file {} (choose another with --rejects)", path.display());
            Failure::because(what, error)
        };
        let (file, is_ours) = match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(file) => (file, true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let found = found_at(path).map_err(refused)?;
                if found == Found::Other {
                    return Err(Failure::new(format!(
                        "{} is there already and is no reject file: choose another with --rejects; nothing was done",
                        path.display()
                    )));
                }
                (File::create(path).map_err(refused)?, found == Found::Rejects)
            }
            Err(error) => return Err(refused(error)),
        };
        let sink = Sink::File { path: path.to_owned(), out: BufWriter::new(file), is_ours };
        let mut rejects = Self { sink, count: 0 };
        rejects.write(HEADER.map(str::to_owned))?;
        Ok(rejects)
    }

    /// For data built into the program, where a reject is our own mistake.
    #[must_use]
    pub fn none_expected() -> Self {
        Self { sink: Sink::Nowhere, count: 0 }
    }

    /// Notes one rejected row.
    ///
    /// # Errors
    /// A [`Failure`] when it cannot be written; for built-in data always.
    pub fn add(&mut self, file: &str, line: u64, column: &str, reason: &str, raw: &[u8]) -> Result<(), Failure> {
        self.count += 1;
        self.write([file.to_owned(), line.to_string(), column.to_owned(), reason.to_owned(), shown(raw)])
    }

    /// How many rows were rejected.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Makes what was noted readable by others, while the import goes on.
    ///
    /// # Errors
    /// A [`Failure`] when it cannot be written.
    pub fn flush(&mut self) -> Result<(), Failure> {
        match &mut self.sink {
            Sink::File { path, out, .. } => out.flush().map_err(|error| unwritable(path, error)),
            Sink::Nowhere => Ok(()),
        }
    }

    /// Ends the file; gives its path if it holds anything, and leaves what was there before if not.
    ///
    /// # Errors
    /// A [`Failure`] when it cannot be written or taken away.
    pub fn finish(mut self) -> Result<Option<PathBuf>, Failure> {
        self.flush()?;
        let Sink::File { path, out, is_ours } = self.sink else { return Ok(None) };
        if self.count > 0 {
            return Ok(Some(path));
        }
        // Not /dev/null, nor a link, nor anything else that is not a plain file of ours.
        let is_plain = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
        if is_ours && is_plain {
            std::fs::remove_file(&path).map_err(|error| unwritable(&path, error))?;
        } else if is_plain {
            out.get_ref().set_len(0).map_err(|error| unwritable(&path, error))?;
        }
        Ok(None)
    }

    fn write(&mut self, cells: [String; 5]) -> Result<(), Failure> {
        let line = cells.map(|cell| quoted(&guarded(cell))).join(",");
        match &mut self.sink {
            Sink::File { path, out, .. } => writeln!(out, "{line}").map_err(|error| unwritable(path, error)),
            Sink::Nowhere => Err(Failure::new(format!("the data built into Hearth is damaged: {line}"))),
        }
    }
}

/// What stands where rejects are to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Nothing that could be lost: an empty file, or something that keeps nothing, such as /dev/null.
    Nothing,
    /// The rejects of an earlier import.
    Rejects,
    /// Somebody's work.
    Other,
}

fn found_at(path: &Path) -> std::io::Result<Found> {
    // A link to nowhere is written through to a new file.
    let Ok(metadata) = path.metadata() else { return Ok(Found::Nothing) };
    if !metadata.is_file() || metadata.len() == 0 {
        return Ok(Found::Nothing);
    }
    let header = format!("{}\n", HEADER.join(","));
    let mut beginning = Vec::with_capacity(header.len());
    File::open(path)?.take(u64::try_from(header.len()).unwrap_or_default()).read_to_end(&mut beginning)?;
    Ok(if beginning == header.as_bytes() { Found::Rejects } else { Found::Other })
}

fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    Failure::because(format_args!("could not write the reject file {}", path.display()), error)
}

/// The beginning of a row as harmless text: half characters replaced, control characters drawn as their pictures.
fn shown(raw: &[u8]) -> String {
    // No character takes more than four bytes, so this prefix holds all that is shown.
    let prefix = &raw[..raw.len().min(SHOWN_CHARS * 4 + 4)];
    String::from_utf8_lossy(prefix).chars().take(SHOWN_CHARS).map(pictured).collect()
}

fn pictured(character: char) -> char {
    match character {
        '\0'..='\x1F' => char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7F' => '\u{2421}',
        other => other,
    }
}

/// A spreadsheet runs a cell that begins like a formula. An apostrophe keeps it text.
fn guarded(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '␉', '␍']) { format!("'{cell}") } else { cell }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Rejects, guarded, shown};

    #[test]
    fn shows_a_row_without_its_teeth() {
        assert_eq!(guarded(shown(b"=HYPERLINK(\"http://x\")")), "'=HYPERLINK(\"http://x\")");
        assert_eq!(guarded(shown(b"\tcmd")), "'␉cmd");
        assert_eq!(shown(b"a\0b\x1b[31m\xe7\x8e"), "a␀b␛[31m\u{FFFD}");
        assert_eq!(shown("长".repeat(300).as_bytes()).chars().count(), 200);
        assert_eq!(shown(&[0xFF; 10_000_000]).chars().count(), 200);
    }

    #[test]
    fn writes_cells_that_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        let mut rejects = Rejects::create(&path).unwrap();
        rejects.add("a,b.csv", 7, "amount", "is negative", b"-1,\"x\"").unwrap();

        assert_eq!(rejects.finish().unwrap(), Some(path.clone()));
        let expected = "file,line,column,reason,row\n\"a,b.csv\",7,amount,is negative,\"'-1,\"\"x\"\"\"\n";
        assert_eq!(std::fs::read_to_string(path).unwrap(), expected);
    }

    #[test]
    fn leaves_no_empty_file_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");

        assert_eq!(Rejects::create(&path).unwrap().finish().unwrap(), None);
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_holds_something_else_is_neither_overwritten_nor_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.csv");
        for text in ["household,person\nH1,P1\n", "file,line,column,reason", "\n"] {
            std::fs::write(&path, text).unwrap();
            let refused = Rejects::create(&path).err().map(|failure| failure.to_string()).unwrap();

            assert!(
                refused.ends_with("is no reject file: choose another with --rejects; nothing was done"),
                "{refused}"
            );
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn the_rejects_of_an_earlier_import_give_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        std::fs::write(&path, "file,line,column,reason,row\no.csv,2,amount,is negative,-1\n").unwrap();

        assert_eq!(Rejects::create(&path).unwrap().finish().unwrap(), None);
        assert!(!path.exists());
    }

    #[test]
    fn an_empty_file_that_was_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        std::fs::write(&path, "").unwrap();

        assert_eq!(Rejects::create(&path).unwrap().finish().unwrap(), None);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
    }

    #[test]
    fn refuses_built_in_data_that_is_bad() {
        assert!(Rejects::none_expected().add("orders.csv", 2, "amount", "is negative", b"x").is_err());
    }
}
