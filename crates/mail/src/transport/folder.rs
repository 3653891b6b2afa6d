use std::{io, path::PathBuf};

use kernel::{Fault, FaultKind};
use tokio::{
    fs::{self, OpenOptions},
    io::AsyncWriteExt,
};

use crate::MailKey;

/// A folder with one `.eml` file per mail.
#[derive(Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Writes a mail under its key; the same mail again replaces itself.
    pub(crate) async fn write(&self, key: &MailKey, eml: &[u8]) -> Result<(), Fault> {
        self.try_write(key, eml)
            .await
            .map_err(|error| Fault::because(FaultKind::Broken, "write a mail to its folder", error))
    }

    async fn try_write(&self, key: &MailKey, eml: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.0).await?;
        let unfinished = self.0.join(format!("{key}.part"));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // Mails hold sign-in codes: nobody but the owner of the process reads them.
        #[cfg(unix)]
        options.mode(0o600);
        let mut file = options.open(&unfinished).await?;
        file.write_all(eml).await?;
        // tokio writes behind our back: without the flush the rename could come first, and an error would be lost.
        file.flush().await?;
        // Whoever watches the folder sees whole mails only.
        fs::rename(&unfinished, self.0.join(format!("{key}.eml"))).await
    }
}
