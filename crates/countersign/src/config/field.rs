//! Reading one value: each method takes one type, and says what it found where it is another.

use ::config::{Value, ValueKind};
use std::{collections::BTreeSet, fmt::Display, ops::RangeInclusive, str::FromStr};

use countersign_domain::{classification::Confidence, shown::shown};

use super::{
    reading::{Place, Reading},
    source::Table,
    values::parse_duration,
};

/// What a value is, in words.
pub(super) fn found(kind: &ValueKind) -> &'static str {
    match kind {
        ValueKind::Nil => "nothing",
        ValueKind::Boolean(_) => "true or false",
        ValueKind::I64(_) | ValueKind::I128(_) | ValueKind::U64(_) | ValueKind::U128(_) => "a whole number",
        ValueKind::Float(_) => "a number",
        ValueKind::String(_) => "text",
        ValueKind::Table(_) => "a table",
        ValueKind::Array(_) => "a list",
    }
}

/// One key and its value, if it has one. Reading it answers `None` where the key is absent and where the value is no
/// good; the latter is noted as a problem.
pub(super) struct Field<'r> {
    reading: &'r Reading<'r>,
    place: Place,
    value: Option<&'r Value>,
}

impl<'r> Field<'r> {
    /// The value at `place`.
    pub(super) fn new(reading: &'r Reading<'r>, place: Place, value: Option<&'r Value>) -> Self {
        Self { reading, place, value }
    }

    /// Whether the key is not there.
    pub(super) fn is_absent(&self) -> bool {
        self.value.is_none()
    }

    /// The key's path.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// The value as it stands.
    pub(super) fn value(&self) -> Option<&'r Value> {
        self.value
    }

    /// The reading that this is part of.
    pub(super) fn reading(&self) -> &'r Reading<'r> {
        self.reading
    }

    /// Notes a problem with this key; `message` names its path.
    pub(super) fn problem(&self, message: String) {
        self.reading.problem(&self.place, self.value, message);
    }

    /// Notes that the value is not what is `expected`, showing no more of it than its type.
    pub(super) fn wrong_type(&self, expected: &str) {
        if let Some(value) = self.value {
            self.problem(format!("`{}` is {}: expected {expected}", self.place, found(&value.kind)));
        }
    }

    /// The value's text, whatever it says.
    fn raw(&self, expected: &str) -> Option<&'r str> {
        match text_of(self.value?) {
            Some(text) => Some(text),
            None => self.refuse(expected),
        }
    }

    /// Notes the accepted form and hands the value on.
    fn accept<T>(&self, form: String, value: T) -> Option<T> {
        self.reading.fact(&self.place, vec![form]);
        Some(value)
    }

    /// Text that `parse` understands; its error says what is wrong without the path. Of the value
    /// itself only what can be no secret that belongs elsewhere is shown, cut short.
    pub(super) fn parsed<T>(
        &self,
        expected: &str,
        parse: impl FnOnce(&str) -> Result<(T, String), String>,
    ) -> Option<T> {
        let text = self.raw(expected)?;
        match parse(text) {
            Ok((value, form)) => self.accept(form, value),
            Err(message) => {
                self.problem(format!("`{}` is {:?}: {message}", self.place, shown(text, 60)));
                None
            }
        }
    }

    /// Text that `parse` understands, whose value is not shown where it is wrong: it may hold a secret.
    pub(super) fn parsed_unseen<T>(
        &self,
        expected: &str,
        parse: impl FnOnce(&str) -> Result<(T, String), String>,
    ) -> Option<T> {
        let text = self.raw(expected)?;
        match parse(text) {
            Ok((value, form)) => self.accept(form, value),
            Err(message) => {
                self.problem(format!("`{}` cannot be used: {message}", self.place));
                None
            }
        }
    }

    /// Text that is not blank and in one line.
    pub(super) fn text(&self, expected: &str) -> Option<String> {
        self.parsed_unseen(expected, |text| {
            let text = text.trim();
            if text.is_empty() {
                return Err(format!("it is empty: expected {expected}"));
            }
            if text.chars().any(char::is_control) {
                return Err(format!("it has a line break or control character: expected {expected}"));
            }
            Ok((text.to_owned(), text.to_owned()))
        })
    }

    /// One of the words of `choices`, as the value beside it.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Option<T> {
        let words: Vec<_> = choices.iter().map(|(word, _)| format!("{word:?}")).collect();
        let expected = format!("one of {}", words.join(", "));
        self.parsed(&expected, |text| {
            let chosen = choices.iter().find(|(word, _)| *word == text);
            chosen.map(|(word, value)| (*value, (*word).to_owned())).ok_or_else(|| format!("expected {expected}"))
        })
    }

    /// A whole number within `range`.
    pub(super) fn whole<T>(&self, range: RangeInclusive<T>) -> Option<T>
    where
        T: Copy + PartialOrd + Display + TryFrom<i64>,
    {
        let number = if let ValueKind::I64(number) = &self.value?.kind {
            Some(*number)
        } else {
            self.overriding().and_then(|text| text.parse().ok())
        };
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        let Some(number) = number else { return self.refuse(&expected) };
        match T::try_from(number) {
            Ok(fitting) if range.contains(&fitting) => self.accept(fitting.to_string(), fitting),
            Ok(_) | Err(_) => {
                self.problem(format!("`{}` is {number}: expected {expected}", self.place));
                None
            }
        }
    }

    /// A share from 0 to 1.
    pub(super) fn share(&self) -> Option<Confidence> {
        let number = match (&self.value?.kind, self.overriding()) {
            (ValueKind::Float(number), _) => *number,
            // A share of 1 may be written so; of the others the message shows what was written.
            (ValueKind::I64(number), _) if *number == 1 => 1.0,
            (ValueKind::I64(number), _) if *number == 0 => 0.0,
            (ValueKind::I64(number), _) => return self.out_of_share(number),
            (_, text) => match text.and_then(|text| text.parse().ok()) {
                Some(number) => number,
                None => return self.refuse("a number from 0 to 1, for example 0.80"),
            },
        };
        if !(0.0..=1.0).contains(&number) {
            return self.out_of_share(number);
        }
        let share = Confidence::from_share(number);
        self.accept(share.parts().to_string(), share)
    }

    fn out_of_share<T>(&self, number: impl Display) -> Option<T> {
        self.problem(format!("`{}` is {number}: expected a number from 0 to 1", self.place));
        None
    }

    /// A length of time, in seconds.
    pub(super) fn duration(&self) -> Option<u64> {
        self.parsed("a length of time, for example \"24h\"", |text| {
            parse_duration(text).map(|seconds| (seconds, seconds.to_string()))
        })
    }

    /// A list of different things, each read from text; given by a variable, with commas between them. Its length may
    /// be zero.
    pub(super) fn set<T>(&self, expected: &str) -> Option<BTreeSet<T>>
    where
        T: FromStr<Err: Display> + Ord + Display,
    {
        let texts: Vec<Option<&str>> = match (&self.value?.kind, self.overriding()) {
            (ValueKind::Array(items), _) => items.iter().map(text_of).collect(),
            (_, Some(text)) => text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Some).collect(),
            (_, None) => return self.refuse(expected),
        };
        let mut all = BTreeSet::new();
        let mut good = true;
        for (index, text) in texts.into_iter().enumerate() {
            let read = text
                .ok_or_else(|| format!("expected {expected}"))
                .and_then(|text| text.parse::<T>().map_err(|error| error.to_string()));
            match read {
                Ok(item) => {
                    all.insert(item);
                }
                Err(message) => {
                    self.problem(format!("`{}[{index}]`: {message}", self.place));
                    good = false;
                }
            }
        }
        self.reading.fact(&self.place, all.iter().map(ToString::to_string).collect());
        good.then_some(all)
    }

    /// The value as a variable gave it, trimmed: it is text then, whatever it stands for. `None` for the file's own.
    pub(super) fn overriding(&self) -> Option<&'r str> {
        let value = self.value?;
        value.origin().and_then(|_| text_of(value)).map(str::trim)
    }

    fn refuse<T>(&self, expected: &str) -> Option<T> {
        self.wrong_type(expected);
        None
    }
}

fn text_of(value: &Value) -> Option<&str> {
    if let ValueKind::String(text) = &value.kind { Some(text) } else { None }
}

/// The table that a value is.
pub(super) fn table_of(value: &Value) -> Option<&Table> {
    if let ValueKind::Table(table) = &value.kind { Some(table) } else { None }
}
