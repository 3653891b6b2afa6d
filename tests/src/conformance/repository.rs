use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package tests lies in the workspace").to_owned()
}

/// Every file that is tracked or would be if added, as paths from [`root`], sorted. Deleted ones are left out.
pub(crate) fn files() -> Vec<String> {
    let list = read(Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]));
    let mut files: Vec<String> =
        list.split_terminator('\0').filter(|path| root().join(path).exists()).map(str::to_owned).collect();
    files.sort();
    files.dedup();
    assert!(files.iter().any(|path| path == "Cargo.toml"), "git lists the files of {}", root().display());
    files
}

/// The text of a file named by [`files`].
pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What a command run in [`root`] prints.
pub(crate) fn read(command: &mut Command) -> String {
    let output = command.current_dir(root()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a command prints UTF-8")
}

/// Fails with one line per finding, so that all of them are seen at once.
pub(crate) fn expect_none(findings: &[String], rule: &str) {
    assert!(findings.is_empty(), "{rule}\n  {}\n", findings.join("\n  "));
}
