//! Secrets given by file, which are read again while the program runs.

use countersign_outbound::LiveSecret;
use secrecy::{ExposeSecret, SecretString};
use std::{path::PathBuf, time::Duration};
use tokio_util::sync::CancellationToken;

use super::secret::read_file;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(5);

/// A secret and the file that it came from.
#[derive(Debug)]
struct WatchedFile {
    /// The key's path in the configuration.
    key: String,
    path: PathBuf,
    secret: LiveSecret,
    /// What the file said the last time, where that was another secret than the one in use.
    seen: Option<SecretString>,
    /// Why the file could not be used the last time.
    trouble: Option<String>,
}

/// Every secret that was read from a file.
///
/// The content is read each time, not the file's age: where secrets are mounted, a link is turned to another folder and
/// the file behind it may be older than the one before.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    files: Vec<WatchedFile>,
}

impl Watched {
    /// Adds the secret of `key`, which was read from the file at `path`.
    pub(super) fn add(&mut self, key: String, path: PathBuf, secret: LiveSecret) {
        self.files.push(WatchedFile { key, path, secret, seen: None, trouble: None });
    }

    /// Reads every file again, and replaces a secret once its file has said the same other one twice: a file that is being
    /// written may be met half-way. One that cannot be read, is empty or too long leaves the secret as it was; each cause
    /// is logged once.
    pub(crate) fn refresh(&mut self) {
        for file in &mut self.files {
            file.refresh();
        }
    }

    /// Refreshes every few seconds until it is told to stop.
    pub(crate) async fn keep_fresh(mut self, stop: CancellationToken) {
        while !self.files.is_empty() {
            if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
                return;
            }
            // A file may be on a slow disk of the network, which nobody who stops the service waits for.
            let refreshed = tokio::task::spawn_blocking(move || {
                self.refresh();
                self
            });
            self = match stop.run_until_cancelled(refreshed).await {
                None => return,
                Some(Ok(refreshed)) => refreshed,
                Some(Err(error)) => {
                    tracing::error!(%error, "secrets in files are no longer read again: restart the service");
                    return;
                }
            };
        }
    }
}

impl WatchedFile {
    fn refresh(&mut self) {
        let (key, file) = (&self.key, self.path.display());
        match read_file(&self.path) {
            Ok(value) => {
                let recovered = self.trouble.take().is_some();
                let same = |other: &SecretString| other.expose_secret() == value.expose_secret();
                if same(&self.secret.current()) {
                    self.seen = None;
                } else if !self.seen.as_ref().is_some_and(same) {
                    self.seen = Some(value);
                    return;
                }
                if self.secret.replace(value) {
                    self.seen = None;
                    tracing::info!(key, %file, "the secret's file has changed: the new secret is used from now on");
                } else if recovered {
                    tracing::info!(key, %file, "the secret's file can be used again: the secret is the same as before");
                }
            }
            Err(why) if self.trouble.as_ref() == Some(&why) => {}
            Err(why) => {
                tracing::error!(
                    key,
                    %file,
                    why,
                    "the secret's file cannot be used: the secret read before stays in use; correct the file"
                );
                self.trouble = Some(why);
            }
        }
    }
}
