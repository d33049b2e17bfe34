//! Typed access to the tables of a file: each miss is a complaint with its place.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::problem::{Report, nearest};

/// A table of the file.
#[derive(Clone, Copy)]
pub(crate) struct Section<'r, 'i> {
    table: &'r DeTable<'i>,
    /// Where the table begins: a missing key is complained about here.
    pub(crate) at: usize,
    /// What the table is, for complaints: `the runbook`, `step 2`.
    pub(crate) what: &'r str,
}

/// A text and the byte at which it stands.
#[derive(Clone, Copy)]
pub(crate) struct Text<'r> {
    pub(crate) text: &'r str,
    pub(crate) at: usize,
}

/// How a value of this type is called in a complaint.
fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

impl<'r, 'i> Section<'r, 'i> {
    /// Opens a table and complains about every key that is not among `known`.
    pub(crate) fn open(
        table: &'r DeTable<'i>,
        at: usize,
        what: &'r str,
        known: &[&str],
        report: &mut Report<'_>,
    ) -> Self {
        for key in table.keys() {
            if !known.contains(&key.get_ref().as_ref()) {
                let hint = nearest(key.get_ref(), known.iter().copied());
                report.say(key.span().start, format!("unknown key `{}` in {what}{hint}", key.get_ref()));
            }
        }
        Self { table, at, what }
    }

    pub(crate) fn value(&self, key: &str) -> Option<&'r Spanned<DeValue<'i>>> {
        self.table.get(key)
    }

    fn missing(&self, key: &str, report: &mut Report<'_>) {
        report.say(self.at, format!("{} has no `{key}`", self.what));
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str, report: &mut Report<'_>) {
        let found = type_name(value.get_ref());
        report.say(value.span().start, format!("`{key}` must be {wanted}, and is {found}"));
    }

    /// A text where the key is there.
    pub(crate) fn optional_text(&self, key: &str, report: &mut Report<'_>) -> Option<Text<'r>> {
        let value = self.value(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value, "a string", report);
            return None;
        };
        Some(Text { text, at: value.span().start })
    }

    /// A text that must be there.
    pub(crate) fn text(&self, key: &str, report: &mut Report<'_>) -> Option<Text<'r>> {
        if self.value(key).is_none() {
            self.missing(key, report);
        }
        self.optional_text(key, report)
    }

    /// A line for people: not empty, no control characters, at most `longest` characters.
    pub(crate) fn line(&self, key: &str, longest: usize, report: &mut Report<'_>) -> Option<String> {
        let found = self.text(key, report)?;
        let length = found.text.chars().count();
        if found.text.trim().is_empty() {
            report.say(found.at, format!("`{key}` is empty"));
        } else if length > longest {
            report.say(found.at, format!("`{key}` has {length} characters; at most {longest} fit"));
        } else if found.text.chars().any(char::is_control) {
            report.say(found.at, format!("`{key}` must be one line without control characters"));
        }
        Some(found.text.to_owned())
    }

    /// `true` or `false`, with what holds where the key is left out.
    pub(crate) fn flag(&self, key: &str, otherwise: bool, report: &mut Report<'_>) -> bool {
        let Some(value) = self.value(key) else { return otherwise };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong_type(key, value, "true or false", report);
            otherwise
        })
    }

    /// A number from 0 to 1.
    pub(crate) fn share(&self, key: &str, report: &mut Report<'_>) -> Option<f64> {
        let value = self.value(key)?;
        let written = match value.get_ref() {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) => number.as_str(),
            DeValue::String(_) | DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
                self.wrong_type(key, value, "a number from 0 to 1", report);
                return None;
            }
        };
        let share = written.replace('_', "").parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
        if share.is_none() {
            report.say(value.span().start, format!("`{key}` must be a number from 0 to 1, and is {written}"));
        }
        share
    }

    /// A table of tables, each with its name, in file order.
    pub(crate) fn tables(&self, key: &str, report: &mut Report<'_>) -> Vec<(Text<'r>, &'r DeTable<'i>)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(key, value, "a table", report);
            return Vec::new();
        };
        let mut found = Vec::new();
        for (name, value) in table {
            let name = Text { text: name.get_ref(), at: name.span().start };
            match value.get_ref().as_table() {
                Some(inner) => found.push((name, inner)),
                None => self.wrong_type(name.text, value, "a table", report),
            }
        }
        found.sort_by_key(|(name, _)| name.at);
        found
    }

    /// A list of tables, each with the byte at which it begins.
    pub(crate) fn list_of_tables(&self, key: &str, report: &mut Report<'_>) -> Vec<(usize, &'r DeTable<'i>)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of tables", report);
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in items {
            match item.get_ref().as_table() {
                Some(table) => found.push((item.span().start, table)),
                None => self.wrong_type(key, item, "a list of tables", report),
            }
        }
        found
    }

    /// A list of texts, empty where the key is left out.
    pub(crate) fn texts(&self, key: &str, report: &mut Report<'_>) -> Vec<Text<'r>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of strings", report);
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in items {
            match item.get_ref().as_str() {
                Some(text) => found.push(Text { text, at: item.span().start }),
                None => self.wrong_type(key, item, "a list of strings", report),
            }
        }
        found
    }
}
