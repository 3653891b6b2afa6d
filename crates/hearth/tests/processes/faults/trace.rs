//! What a traced process asked the kernel to do with its files, and what of it a power cut would leave.
//!
//! A kill leaves the kernel alive with all it was told; a power cut leaves what had been synced and, of the rest, anything:
//! some writes, none, or halves of them. No file layer in between is needed to see that: strace tells every write with its
//! bytes and every fsync with its answer, in order, and [`Disk`] keeps both kinds apart.

use std::collections::{BTreeMap, HashMap};

/// What strace is asked for: every call that changes a file or forces it to the disk, and every call that answers a client.
pub(super) const STRACE: [&str; 8] = [
    "-f",
    "-qq",
    "-y",
    "-xx",
    "-s",
    "70000",
    "-e",
    "trace=openat,pwrite64,write,ftruncate,fsync,fdatasync,sendto,sendmsg,writev",
];

/// A disk is written in sectors of this many bytes; a torn write ends at the edge of one.
const SECTOR: usize = 512;

/// One thing that happened, in the order in which it counts.
#[derive(Debug)]
pub(super) enum Step {
    /// A file was opened that may have been created by it.
    Opened { path: String },
    /// Bytes were handed to the kernel.
    Written { path: String, offset: usize, bytes: Vec<u8> },
    /// A file was cut or extended.
    Cut { path: String, length: usize },
    /// A thread asked for a file or folder to be forced to the disk: what was written before is meant …
    SyncAsked { thread: String, path: String },
    /// … and is there now.
    Synced { thread: String },
    /// Bytes left for a client.
    Sent { bytes: Vec<u8> },
}

/// Reads what strace wrote.
pub(super) fn read(trace: &str) -> Vec<Step> {
    let (mut steps, mut unfinished) = (Vec::new(), HashMap::new());
    for line in trace.lines() {
        let Some((thread, call)) = line.split_once(' ').map(|(thread, call)| (thread, call.trim_start())) else {
            continue;
        };
        if let Some(begun) = call.strip_suffix(" <unfinished ...>") {
            steps.extend(begin(thread, begun));
            unfinished.insert(thread, begun);
        } else if let Some((_, rest)) = call.strip_prefix("<... ").and_then(|call| call.split_once(" resumed>")) {
            let Some(begun) = unfinished.remove(thread) else { continue };
            steps.extend(end(thread, &format!("{begun}{rest}")));
        } else {
            steps.extend(begin(thread, call));
            steps.extend(end(thread, call));
        }
    }
    steps
}

/// What counts from the moment a call begins.
fn begin(thread: &str, call: &str) -> Option<Step> {
    let (name, arguments) = call.split_once('(')?;
    match name {
        "fsync" | "fdatasync" => Some(Step::SyncAsked { thread: thread.to_owned(), path: path_of(arguments)? }),
        "write" | "writev" | "sendto" | "sendmsg" if path_of(arguments)?.starts_with("socket:") => {
            Some(Step::Sent { bytes: strings(arguments) })
        }
        _ => None,
    }
}

/// What counts once a call succeeded.
fn end(thread: &str, call: &str) -> Option<Step> {
    let (name, rest) = call.split_once('(')?;
    // Short calls are padded before the equals sign.
    let (arguments, returned) = rest.rsplit_once(" = ")?;
    let arguments = arguments.trim_end().strip_suffix(')')?;
    if returned.starts_with('-') {
        return None;
    }
    let last = || arguments.rsplit_once(", ").and_then(|(_, last)| last.parse::<usize>().ok());
    match name {
        "openat" if arguments.contains("O_CREAT") => Some(Step::Opened { path: path_of(returned)? }),
        "pwrite64" => {
            let mut bytes = strings(arguments);
            bytes.truncate(returned.split(' ').next()?.parse().ok()?);
            Some(Step::Written { path: path_of(arguments)?, offset: last()?, bytes })
        }
        "ftruncate" => Some(Step::Cut { path: path_of(arguments)?, length: last()? }),
        "fsync" | "fdatasync" => Some(Step::Synced { thread: thread.to_owned() }),
        _ => None,
    }
}

/// The file of the first descriptor: `7<\x2f\x74…>`.
fn path_of(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('<')?;
    let (digits, _) = rest.split_once('>')?;
    String::from_utf8(bytes_of(digits)).ok()
}

/// The bytes of all quoted strings, one after the other.
fn strings(arguments: &str) -> Vec<u8> {
    arguments.split('"').skip(1).step_by(2).flat_map(bytes_of).collect()
}

/// The bytes of `\x2f\x74…`.
fn bytes_of(digits: &str) -> Vec<u8> {
    let pairs = digits.split("\\x").skip(1);
    pairs
        .map(|pair| u8::from_str_radix(pair.get(..2).unwrap_or(pair), 16).expect("strace -xx writes two digits"))
        .collect()
}

/// A file as the disk has it, and what the kernel was told since.
#[derive(Debug, Default)]
struct File {
    synced: Vec<u8>,
    /// With the step at which each was told.
    pending: Vec<(usize, Change)>,
    /// The step that made the file, until its folder was synced: before, a power cut may leave no file at all.
    made_at: Option<usize>,
}

#[derive(Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Cut { length: usize },
}

/// The files a process wrote to, as a power cut would leave them.
#[derive(Debug, Default)]
pub(super) struct Disk {
    files: BTreeMap<String, File>,
    asked: HashMap<String, (usize, String)>,
    now: usize,
    deaf_to: Option<&'static str>,
}

impl Disk {
    /// A file that was on the disk before the trace began.
    pub(super) fn with(mut self, path: &str, bytes: Vec<u8>) -> Self {
        self.files.insert(path.to_owned(), File { synced: bytes, ..File::default() });
        self
    }

    /// One that takes no sync of files whose names end so: the control that shows what is lost without.
    pub(super) fn deaf_to(self, ending: &'static str) -> Self {
        Self { deaf_to: Some(ending), ..self }
    }

    /// Takes the next step.
    pub(super) fn take(&mut self, step: &Step) {
        self.now += 1;
        let now = self.now;
        let made = || File { made_at: Some(now), ..File::default() };
        match step {
            Step::Opened { path } => drop(self.files.entry(path.clone()).or_insert_with(made)),
            Step::Written { path, offset, bytes } => {
                let change = Change::Write { offset: *offset, bytes: bytes.clone() };
                self.files.entry(path.clone()).or_insert_with(made).pending.push((now, change));
            }
            Step::Cut { path, length } => {
                self.files
                    .entry(path.clone())
                    .or_insert_with(made)
                    .pending
                    .push((now, Change::Cut { length: *length }));
            }
            Step::SyncAsked { thread, path } => drop(self.asked.insert(thread.clone(), (now, path.clone()))),
            Step::Synced { thread } => {
                let Some((asked_at, path)) = self.asked.remove(thread) else { return };
                if !self.deaf_to.is_some_and(|deaf| path.ends_with(deaf)) {
                    self.sync(&path, asked_at);
                }
            }
            Step::Sent { .. } => {}
        }
    }

    fn sync(&mut self, path: &str, asked_at: usize) {
        for (name, file) in &mut self.files {
            if name == path {
                let later =
                    file.pending.iter().position(|(told_at, _)| *told_at > asked_at).unwrap_or(file.pending.len());
                let forced: Vec<_> = file.pending.drain(..later).collect();
                forced.iter().for_each(|(_, change)| change.apply(&mut file.synced, usize::MAX));
            } else if name.rsplit_once('/').is_some_and(|(folder, _)| folder == path) {
                file.made_at = file.made_at.filter(|&made_at| made_at > asked_at);
            }
        }
    }

    /// What a power cut leaves at the least: nothing that was not synced.
    pub(super) fn left_at_least(&self, path: &str) -> Option<Vec<u8>> {
        self.files.get(path).filter(|file| file.made_at.is_none()).map(|file| file.synced.clone())
    }

    /// What it may leave instead: some unsynced writes, some of them torn, chosen by `chance` (a number below its argument).
    pub(super) fn left_by_chance(&self, path: &str, chance: &mut impl FnMut(u64) -> u64) -> Option<Vec<u8>> {
        let file = self.files.get(path).filter(|file| file.made_at.is_none() || chance(2) == 0)?;
        let mut left = file.synced.clone();
        for (_, change) in &file.pending {
            match chance(4) {
                0 => {}
                1 => change.apply(&mut left, usize::try_from(chance(8)).unwrap() * SECTOR),
                _ => change.apply(&mut left, usize::MAX),
            }
        }
        Some(left)
    }
}

impl Change {
    /// Applies at most the first `limit` bytes.
    fn apply(&self, file: &mut Vec<u8>, limit: usize) {
        match self {
            Self::Write { offset, bytes } => {
                let bytes = &bytes[..bytes.len().min(limit)];
                file.resize(file.len().max(offset + bytes.len()), 0);
                file[*offset..offset + bytes.len()].copy_from_slice(bytes);
            }
            Self::Cut { length } => file.resize(*length, 0),
        }
    }
}

#[test]
fn only_what_was_written_before_the_sync_was_asked_for_is_kept() {
    // Thread 2 writes while thread 1 waits for its sync: "a", then "b" too late to be meant.
    let trace = "\
        1  pwrite64(7<\\x2f\\x64>, \"\\x61\", 1, 0) = 1\n\
        1  fsync(7<\\x2f\\x64> <unfinished ...>\n\
        2  pwrite64(7<\\x2f\\x64>, \"\\x62\" <unfinished ...>\n\
        2  <... pwrite64 resumed>, 1, 1) = 1\n\
        1  <... fsync resumed>)     = 0\n\
        1  sendto(9<\\x73\\x6f\\x63\\x6b\\x65\\x74\\x3a\\x5b\\x5d>, \"\\x6f\\x6b\", 2, 0, NULL, 0) = 2\n\
        1  fsync(7<\\x2f\\x64>) = -1 EIO (Input/output error) (INJECTED)\n";
    let mut disk = Disk::default().with("/d", Vec::new());
    let steps = read(trace);
    steps.iter().for_each(|step| disk.take(step));

    assert!(matches!(&steps[3], Step::Synced { thread } if thread == "1"), "{steps:?}");
    assert!(matches!(&steps[4], Step::Sent { bytes } if bytes == b"ok"), "{steps:?}");
    assert_eq!(disk.left_at_least("/d"), Some(b"a".to_vec()));
    assert_eq!(disk.left_by_chance("/d", &mut |_| 3), Some(b"ab".to_vec()));
}
