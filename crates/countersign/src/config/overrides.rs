//! Environment variables that override keys: `COUNTERSIGN__ORG__ACME__POLICY__MIN_CONFIDENCE`.

use ::config::{Value, ValueKind};
use std::collections::BTreeMap;

use super::{
    error::{Origin, Problem},
    field::table_of,
    source::Table,
};

/// What an overriding variable's name begins with.
const PREFIX: &str = "COUNTERSIGN__";

/// The tree of all overriding variables, each value as text with the variable's name as its origin, and the variables
/// that cannot be placed. A segment means the file's key that it spells but for case, with `_` also for `-`; a segment
/// that the file does not have is taken in lower case, for a known key that is not set there.
pub(super) fn collect(environment: &BTreeMap<String, String>, file: &Table) -> (Table, Vec<Problem>) {
    let mut over = Table::new();
    let mut problems = Vec::new();
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let placed = path(rest, file).and_then(|path| {
            let value = Value::new(Some(name), ValueKind::String(value.clone()));
            insert(&mut over, &path, value)
        });
        if let Err(message) = placed {
            problems.push(Problem { origin: Origin::Variable(name.clone()), message });
        }
    }
    (over, problems)
}

fn path(rest: &str, file: &Table) -> Result<Vec<String>, String> {
    let mut table = Some(file);
    let mut path = Vec::new();
    for segment in rest.split("__") {
        if segment.is_empty() {
            return Err("names no key: write the key's path with two underscores between its parts, \
                        for example COUNTERSIGN__SERVER__LISTEN"
                .to_owned());
        }
        let key = matching(segment, table)?;
        table = table.and_then(|table| table.get(&key)).and_then(table_of);
        path.push(key);
    }
    Ok(path)
}

fn matching(segment: &str, table: Option<&Table>) -> Result<String, String> {
    let wanted = folded(segment);
    let mut keys: Vec<_> = table.into_iter().flat_map(|table| table.keys()).collect();
    keys.retain(|key| folded(key) == wanted);
    keys.sort_unstable();
    match keys.as_slice() {
        [] => Ok(segment.to_ascii_lowercase()),
        [key] => Ok((*key).clone()),
        [first, second, ..] => Err(format!(
            "`{segment}` may mean `{first}` or `{second}`: rename one of them in the file, or set the value there"
        )),
    }
}

/// Names of connections and runbooks have dashes, which names of variables cannot have.
fn folded(key: &str) -> String {
    key.to_ascii_lowercase().replace('-', "_")
}

fn insert(table: &mut Table, path: &[String], value: Value) -> Result<(), String> {
    let contradiction = |value: &Value| {
        let other = first_origin(value).unwrap_or(PREFIX).to_owned();
        format!("contradicts {other}, which sets the same key: unset one of them")
    };
    let Some((key, rest)) = path.split_first() else { return Ok(()) };
    if rest.is_empty() {
        if let Some(there) = table.get(key) {
            return Err(contradiction(there));
        }
        table.insert(key.clone(), value);
        return Ok(());
    }
    let inner = table.entry(key.clone()).or_insert_with(|| Value::new(None, Table::new()));
    if let ValueKind::Table(inner) = &mut inner.kind { insert(inner, rest, value) } else { Err(contradiction(inner)) }
}

/// The variable that gave a value, or the first that gave a part of it.
pub(super) fn first_origin(value: &Value) -> Option<&str> {
    let inner = || table_of(value)?.values().filter_map(first_origin).min();
    value.origin().or_else(inner)
}
