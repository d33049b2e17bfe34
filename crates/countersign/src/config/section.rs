//! Reading one table: every key is asked for by name, and whatever was not asked for is an error.

use ::config::Value;
use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use super::{
    field::{Field, found, table_of},
    reading::{Place, Reading},
    source::Table,
};

/// One table while it is read.
pub(super) struct Section<'r> {
    reading: &'r Reading<'r>,
    place: Place,
    table: Option<&'r Table>,
    known: Vec<&'static str>,
    open: bool,
}

impl<'r> Section<'r> {
    /// The whole configuration.
    pub(super) fn root(reading: &'r Reading<'r>, value: &'r Value) -> Self {
        Self::new(reading, Place::default(), Some(value))
    }

    /// A table that may be absent, which reads as an empty one; anything but a table is a problem.
    pub(super) fn new(reading: &'r Reading<'r>, place: Place, value: Option<&'r Value>) -> Self {
        let table = value.and_then(table_of);
        if let (Some(value), None) = (value, table) {
            reading.problem(&place, Some(value), format!("`{place}` is {}: expected a table", found(&value.kind)));
        }
        Self { reading, place, table, known: Vec::new(), open: false }
    }

    /// Reads the table with `read`, then reports every key that was not asked for.
    pub(super) fn read<T>(mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let result = read(&mut self);
        if !self.open {
            self.report_unknown();
        }
        result
    }

    /// The key `key`, which may be absent.
    pub(super) fn field(&mut self, key: &'static str) -> Field<'r> {
        self.known.push(key);
        self.any_field(key)
    }

    /// The key `key`, whose absence is a problem: `purpose` says what it is for.
    pub(super) fn required(&mut self, key: &'static str, purpose: &str) -> Field<'r> {
        let field = self.field(key);
        if field.is_absent() {
            field.problem(format!("`{}` is missing: {purpose}", field.place()));
        }
        field
    }

    /// Reads the table `key`, an absent one as empty.
    pub(super) fn section<T>(&mut self, key: &'static str, read: impl FnOnce(&mut Section<'r>) -> T) -> T {
        self.known.push(key);
        Section::new(self.reading, self.place.child(key), self.table.and_then(|table| table.get(key))).read(read)
    }

    /// Reads the table of tables `key`, whose own keys are names given by the administrator: `what` each of them is.
    /// Entries for which `read` answers `None` are left out.
    pub(super) fn named<N, T>(
        &mut self,
        key: &'static str,
        what: &str,
        mut read: impl FnMut(&N, &mut Section<'r>) -> Option<T>,
    ) -> BTreeMap<N, T>
    where
        N: FromStr<Err: Display> + Ord,
    {
        self.section(key, |all| {
            all.open = true;
            let mut entries = BTreeMap::new();
            for name in all.names() {
                let section = all.entry(&name);
                if !all.reading.stands_in_file(&section.place) {
                    all.problem_at(
                        &name,
                        format!(
                            "the file has no {what} {name:?}, and a variable alone cannot add one: add the table [{}], \
                         or correct the variable's name",
                            section.place
                        ),
                    );
                    continue;
                }
                match name.parse::<N>() {
                    Ok(id) => {
                        let value = section.read(|section| read(&id, section));
                        entries.extend(value.map(|value| (id, value)));
                    }
                    Err(error) => all.problem_at(&name, format!("`{}`: {error}", section.place)),
                }
            }
            entries
        })
    }

    /// Takes every key of this table as known, for tables whose keys are not ours, and for those of which nothing more
    /// can be said.
    pub(super) fn leave_open(&mut self) {
        self.open = true;
    }

    /// The keys that stand in this table, in order.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.table.into_iter().flat_map(|table| table.keys().cloned()).collect();
        names.sort_unstable();
        names
    }

    /// A key that the administrator named.
    pub(super) fn any_field(&self, key: &str) -> Field<'r> {
        Field::new(self.reading, self.place.child(key), self.table.and_then(|table| table.get(key)))
    }

    /// Notes a problem with the key `key` of this table.
    pub(super) fn problem_at(&self, key: &str, message: String) {
        let value = self.table.and_then(|table| table.get(key));
        self.reading.problem(&self.place.child(key), value, message);
    }

    /// The path of this table.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    fn entry(&self, name: &str) -> Section<'r> {
        Section::new(self.reading, self.place.child(name), self.table.and_then(|table| table.get(name)))
    }

    fn report_unknown(&self) {
        for name in self.names() {
            if self.known.contains(&name.as_str()) {
                continue;
            }
            let place = self.place.child(&name);
            self.problem_at(&name, format!("there is no key `{place}`; {}", self.hint(&name)));
        }
    }

    fn hint(&self, name: &str) -> String {
        let distance = |known: &&&str| strsim::damerau_levenshtein(&name.to_lowercase(), known);
        match self.known.iter().min_by_key(distance).filter(|known| distance(known) <= (name.len() / 3).max(2)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("here are: {}", self.known.join(", ")),
        }
    }
}
