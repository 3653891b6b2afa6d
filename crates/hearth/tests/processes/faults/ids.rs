//! Processes by their numbers.

use std::{
    fs,
    process::{Command, Stdio},
};

/// Kills processes in one call. One may have ended already.
pub(super) fn kill_all(ids: &[u32]) {
    if ids.is_empty() {
        return;
    }
    let ids = ids.iter().map(u32::to_string);
    Command::new("kill").arg("-KILL").args(ids).stderr(Stdio::null()).status().unwrap();
}

/// The processes a process started, by the parent each names in `/proc/ID/stat`.
pub(super) fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|process| process.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |id: &u32| {
        // "ID (name) state parent …": the name may hold spaces and parentheses.
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        after_name.split(' ').nth(1).and_then(|number| number.parse::<u32>().ok()) == Some(parent)
    };
    ids.filter(is_child).collect()
}
