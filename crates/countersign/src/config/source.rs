//! The two layers: the file's tree with each key's line, and the tree that environment variables lay over it.

use ::config::{ConfigError, Map, Source, Value, ValueKind};
use std::{collections::BTreeMap, fmt, ops::Range};
use toml::de::{DeTable, DeValue};

use super::error::{Origin, Problem};

/// A table of the configuration.
pub(super) type Table = Map<String, Value>;

/// The line of each key of the file, by its path.
pub(super) type Lines = BTreeMap<Vec<String>, usize>;

/// The file as it was read.
pub(super) struct FileLayer {
    /// Its tree.
    pub(super) table: Table,
    /// Its keys' lines.
    pub(super) lines: Lines,
}

/// Reads TOML.
///
/// The parser's own rendering of an error shows the line it is about, which may hold a secret that was pasted there;
/// so only its message and the line's number are taken.
pub(super) fn parse(text: &str) -> Result<FileLayer, Problem> {
    let problem = |span: Option<Range<usize>>, message: &str| Problem {
        origin: span.map_or(Origin::File, |span| Origin::Line(line_of(text, span.start))),
        message: format!("this is not TOML: {message}"),
    };
    let document = DeTable::parse(text).map_err(|error| problem(error.span(), error.message()))?;
    let mut reader = TomlReader { text, path: Vec::new(), lines: Lines::new() };
    let table = reader.table(document.get_ref()).map_err(|(span, message)| problem(Some(span), message))?;
    Ok(FileLayer { table, lines: reader.lines })
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

type Refusal = (Range<usize>, &'static str);

struct TomlReader<'t> {
    text: &'t str,
    path: Vec<String>,
    lines: Lines,
}

impl TomlReader<'_> {
    fn table(&mut self, table: &DeTable<'_>) -> Result<Table, Refusal> {
        let mut read = Table::new();
        for (key, value) in table {
            self.path.push(key.get_ref().to_string());
            self.lines.insert(self.path.clone(), line_of(self.text, key.span().start));
            let kind = self.kind(value.get_ref(), value.span())?;
            read.insert(key.get_ref().to_string(), Value::new(None, kind));
            self.path.pop();
        }
        Ok(read)
    }

    fn kind(&mut self, value: &DeValue<'_>, span: Range<usize>) -> Result<ValueKind, Refusal> {
        Ok(match value {
            DeValue::String(text) => ValueKind::String(text.to_string()),
            DeValue::Integer(number) => {
                let read = i64::from_str_radix(number.as_str(), number.radix());
                ValueKind::I64(read.map_err(|_| (span, "a number that is too large"))?)
            }
            DeValue::Float(number) => {
                let read = number.as_str().parse().map_err(|_| (span, "a number that cannot be read"))?;
                ValueKind::Float(read)
            }
            DeValue::Boolean(flag) => ValueKind::Boolean(*flag),
            DeValue::Datetime(moment) => ValueKind::String(moment.to_string()),
            DeValue::Array(items) => {
                let items = items.iter().map(|item| Ok(Value::new(None, self.kind(item.get_ref(), item.span())?)));
                ValueKind::Array(items.collect::<Result<_, Refusal>>()?)
            }
            DeValue::Table(table) => ValueKind::Table(self.table(table)?),
        })
    }
}

/// One layer as the `config` crate takes it.
#[derive(Clone)]
struct Layer(Table);

/// Without its values: a variable may hold what it should not.
impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Layer")
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Table, ConfigError> {
        Ok(self.0.clone())
    }
}

/// Lays the second tree over the first: tables are joined key by key, anything else is replaced.
pub(super) fn merge(file: Table, over: Table) -> Result<Value, String> {
    let layers = ::config::Config::builder().add_source(Layer(file)).add_source(Layer(over));
    layers.build().map(|merged| merged.cache).map_err(|error| format!("cannot be read: {error}"))
}
