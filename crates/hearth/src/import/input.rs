use std::{
    fs::File,
    io::{BufReader, Cursor, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::read::MultiGzDecoder;

use crate::Failure;

/// The first two bytes of every gzip file (RFC 1952, 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1F, 0x8B];

/// Bytes to import: where they come from, and how far reading has come.
pub struct Input {
    name: String,
    source: Box<dyn Read + Send>,
    position: Position,
}

/// How much of an input's bytes, as they lie on disk, was read. Shared with whoever shows progress.
#[derive(Debug, Clone, Default)]
pub struct Position {
    read: Arc<AtomicU64>,
    total: u64,
}

impl Position {
    /// Bytes read so far.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// All bytes; 0 when nobody knows, as for a pipe.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }
}

impl Input {
    /// A file; gzip is told by its first bytes, not by its name.
    ///
    /// # Errors
    /// A [`Failure`] naming the file when it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let refused = |error| Failure::because(format_args!("could not open {name}"), error);
        let file = File::open(path).map_err(refused)?;
        let metadata = file.metadata().map_err(refused)?;
        if metadata.is_dir() {
            return Err(Failure::new(format!("could not open {name}: it is a folder")));
        }
        Self::new(name.clone(), file, metadata.len()).map_err(refused)
    }

    /// Bytes built into the program.
    ///
    /// # Errors
    /// None that can happen: memory does not fail to be read.
    pub fn embedded(name: &str, bytes: &'static [u8]) -> Result<Self, Failure> {
        let total = u64::try_from(bytes.len()).unwrap_or_default();
        Self::new(name.to_owned(), bytes, total).map_err(|error| Failure::because(name, error))
    }

    fn new(name: String, source: impl Read + Send + 'static, total: u64) -> std::io::Result<Self> {
        let position = Position { read: Arc::default(), total };
        let mut counted = BufReader::new(Counted { source, read: Arc::clone(&position.read) });
        let mut beginning = Vec::with_capacity(GZIP_MAGIC.len());
        counted.by_ref().take(2).read_to_end(&mut beginning)?;
        let is_gzip = beginning == GZIP_MAGIC;
        let whole = Cursor::new(beginning).chain(counted);
        let source: Box<dyn Read + Send> = if is_gzip { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) };
        Ok(Self { name, source, position })
    }

    /// What people call it: the path as given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How far reading has come.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position.clone()
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.source.read(buffer)
    }
}

struct Counted<R> {
    source: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let bytes = self.source.read(buffer)?;
        self.read.fetch_add(u64::try_from(bytes).unwrap_or_default(), Ordering::Relaxed);
        Ok(bytes)
    }
}
