//! Secrets: given as `{ env = "NAME" }` or `{ file = "path" }`, never inline.

use countersign_domain::shown::shown;
use countersign_outbound::LiveSecret;
use secrecy::SecretString;
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use super::{
    field::{Field, table_of},
    reading::Secrets,
    section::Section,
};

/// The longest secret that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// What stands for a secret that is left out.
const LEFT_OUT: &str = "left out";

/// A secret as it was read, with its file where it has one.
type Found = (SecretString, Option<PathBuf>);

impl Field<'_> {
    /// The secret that the value refers to; one in a file is read again while the program runs. No message repeats a
    /// value that stands where a reference should.
    pub(super) fn secret(&self) -> Option<LiveSecret> {
        let (value, file) = self.find(self.reading().secrets != Secrets::Read)?;
        let secret = LiveSecret::new(value);
        // A pipe has its content once; reading it again would wait for ever.
        if let Some(path) = file.filter(|path| path.is_file()) {
            self.reading().watch(self.place(), path, secret.clone());
        }
        Some(secret)
    }

    /// The database's URL, which is used once, at the start.
    pub(super) fn storage_secret(&self) -> Option<SecretString> {
        self.find(self.reading().secrets == Secrets::LeftOut).map(|(value, _)| value)
    }

    fn find(&self, left_out: bool) -> Option<Found> {
        let value = self.value()?;
        if table_of(value).is_some() {
            return Section::new(self.reading(), self.place().clone(), Some(value))
                .read(|table| self.referred(table, left_out));
        }
        let place = self.place();
        self.problem(if self.overriding().is_some() {
            format!(
                "`{place}` is a secret, which is not overridden directly: write `{{ env = \"NAME\" }}` in the file and \
                 set that variable instead"
            )
        } else {
            format!(
                "`{place}` is a secret, which never stands in the file: write `{{ env = \"NAME\" }}` or \
                 `{{ file = \"path\" }}`, put it there, and replace the one that stood here"
            )
        });
        None
    }

    fn referred(&self, table: &mut Section<'_>, left_out: bool) -> Option<Found> {
        let (variable, file) = (table.field("env"), table.field("file"));
        let place = self.place();
        let taken = |read: &dyn Fn() -> Result<SecretString, String>, source: &str| {
            if left_out {
                return Some(SecretString::from(LEFT_OUT));
            }
            read().map_err(|why| self.problem(format!("`{place}`: {source} {why}"))).ok()
        };
        match (variable.is_absent(), file.is_absent()) {
            (false, true) => {
                let name = variable.text("the name of an environment variable")?;
                let read = || {
                    let value = self.reading().environment.get(&name).cloned();
                    value.ok_or("is not set".to_owned()).and_then(not_blank)
                };
                Some((taken(&read, &format!("the environment variable {:?}", shown(&name, 60)))?, None))
            }
            (true, false) => {
                let path = self.reading().path(&file.text("the path of a file")?);
                let secret = taken(&|| read_file(&path), &format!("the file {}", path.display()))?;
                Some((secret, Some(path)))
            }
            (false, false) => {
                self.problem(format!("`{place}` has both `env` and `file`: keep the one that is meant"));
                None
            }
            (true, true) => {
                self.problem(format!("`{place}` names no source: write `env = \"NAME\"` or `file = \"path\"` in it"));
                None
            }
        }
    }
}

fn not_blank(text: String) -> Result<SecretString, String> {
    if text.trim().is_empty() { Err("is empty".to_owned()) } else { Ok(SecretString::from(text)) }
}

/// A secret's file without the newline at its end.
///
/// # Errors
/// What is wrong with the file, as the end of a sentence about it: `is empty`.
pub(super) fn read_file(path: &Path) -> Result<SecretString, String> {
    let unread = |error: std::io::Error| format!("cannot be read: {error}");
    let mut text = String::new();
    let file = File::open(path).map_err(unread)?;
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(unread)?;
    if text.len() as u64 > LONGEST {
        return Err("cannot be read: it is longer than a secret can be (64 KiB)".to_owned());
    }
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    not_blank(text)
}
