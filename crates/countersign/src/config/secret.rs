//! Secrets: given as `{ env = "NAME" }` or `{ file = "path" }`, never inline.

use secrecy::{ExposeSecret, SecretString};
use std::{fs::File, io::Read};

use super::{
    field::{Field, table_of},
    section::Section,
};

/// The longest secret that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

impl Field<'_> {
    /// The secret that the value refers to. No message repeats a value that stands where a reference should.
    pub(super) fn secret(&self) -> Option<SecretString> {
        let value = self.value()?;
        if table_of(value).is_some() {
            return Section::new(self.reading(), self.place().clone(), Some(value)).read(|table| self.referred(table));
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

    fn referred(&self, table: &mut Section<'_>) -> Option<SecretString> {
        let (variable, file) = (table.field("env"), table.field("file"));
        let place = self.place();
        match (variable.is_absent(), file.is_absent()) {
            (false, true) => {
                let name = variable.text("the name of an environment variable")?;
                let read = self.reading().environment.get(&name).cloned();
                let read = read.ok_or_else(|| format!("the environment variable {name:?} is not set"));
                self.taken(read, &format!("the environment variable {name:?}"))
            }
            (true, false) => {
                let path = self.reading().path(&file.text("the path of a file")?);
                let name = path.display();
                let read = read_file(&path).map_err(|why| format!("the file {name} cannot be read: {why}"));
                self.taken(read, &format!("the file {name}"))
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

    fn taken(&self, read: Result<String, String>, source: &str) -> Option<SecretString> {
        let message = match read.map(SecretString::from) {
            Ok(secret) if secret.expose_secret().trim().is_empty() => format!("{source} is empty"),
            Ok(secret) => return Some(secret),
            Err(message) => message,
        };
        self.problem(format!("`{}`: {message}", self.place()));
        None
    }
}

/// A secret's file without the newline at its end.
fn read_file(path: &std::path::Path) -> Result<String, String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(LONGEST + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > LONGEST {
        return Err("it is longer than a secret can be (64 KiB)".to_owned());
    }
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}
