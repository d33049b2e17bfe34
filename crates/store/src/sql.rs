//! Statements over many rows at once.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, Value};

/// Rows are written in groups of these sizes, largest first: few different statement texts, so that each stays
/// prepared on its connection, and few statements for a batch. The largest group of the widest table binds fewer
/// than 3,000 values; SQLite allows 32,766 and PostgreSQL 65,535.
const GROUPS: [usize; 5] = [128, 32, 8, 2, 1];

/// A statement with a list of rows in its middle: `before ($1,$2),($3,$4) after`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    /// What stands before the rows.
    pub(crate) before: &'static str,
    /// What stands after them.
    pub(crate) after: &'static str,
    /// How many values a row has.
    pub(crate) width: usize,
}

impl Rows {
    /// Runs the statement over the rows, `values` holding them one after the other.
    pub(crate) async fn execute<C: ConnectionTrait>(&self, connection: &C, values: Vec<Value>) -> Result<(), DbErr> {
        for (text, group) in self.groups(values, is_postgres(connection)) {
            let _: ExecResult = connection.execute_raw(statement(connection, text, group)).await?;
        }
        Ok(())
    }

    /// Runs the statement over the rows and gathers what it returns.
    pub(crate) async fn query<C: ConnectionTrait>(
        &self,
        connection: &C,
        values: Vec<Value>,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let mut found = Vec::new();
        for (text, group) in self.groups(values, is_postgres(connection)) {
            found.extend(connection.query_all_raw(statement(connection, text, group)).await?);
        }
        Ok(found)
    }

    fn groups(&self, values: Vec<Value>, numbered: bool) -> Vec<(String, Vec<Value>)> {
        debug_assert_eq!(values.len() % self.width, 0, "whole rows only");
        let mut rows = values.len() / self.width;
        let mut values = values.into_iter();
        let mut groups = Vec::new();
        for size in GROUPS {
            while rows >= size {
                rows -= size;
                groups.push((self.text(size, numbered), values.by_ref().take(size * self.width).collect()));
            }
        }
        groups
    }

    /// On SQLite the placeholders have no numbers: its driver looks every numbered one up by its name, which for
    /// thousands of them takes longer than the insert.
    fn text(&self, rows: usize, numbered: bool) -> String {
        let mut text = String::with_capacity(self.before.len() + self.after.len() + rows * self.width * 6);
        text.push_str(self.before);
        for row in 0..rows {
            text.push_str(if row == 0 { " (" } else { ",(" });
            for column in 0..self.width {
                if column > 0 {
                    text.push(',');
                }
                if numbered {
                    text.push('$');
                    text.push_str(&(row * self.width + column + 1).to_string());
                } else {
                    text.push('?');
                }
            }
            text.push(')');
        }
        text.push_str(self.after);
        text
    }
}

/// A statement for this connection's database.
pub(crate) fn statement<C: ConnectionTrait>(
    connection: &C,
    text: impl Into<String>,
    values: impl IntoIterator<Item = Value>,
) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), text, values)
}

/// Whether this is PostgreSQL.
pub(crate) fn is_postgres<C: ConnectionTrait>(connection: &C) -> bool {
    connection.get_database_backend() == DbBackend::Postgres
}

/// A version or sequence number as it is stored; beyond what a database can count it stays at the end.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A stored number that is never negative.
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A stored small number that is never negative.
pub(crate) fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

/// PostgreSQL's text has no zero byte; words for people lose theirs.
pub(crate) fn words(text: &str) -> String {
    text.replace('\0', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_grouped_without_losing_any() {
        let rows = Rows { before: "INSERT INTO t VALUES", after: "", width: 2 };
        let values: Vec<Value> = (0..2 * 171_i64).map(Value::from).collect();
        let groups = rows.groups(values.clone(), true);
        let sizes: Vec<usize> = groups.iter().map(|(_, group)| group.len() / 2).collect();
        assert_eq!(sizes, [128, 32, 8, 2, 1]);
        assert_eq!(groups.into_iter().flat_map(|(_, group)| group).collect::<Vec<_>>(), values);
    }

    #[test]
    fn placeholders_count_through_all_rows() {
        let rows = Rows { before: "INSERT INTO t VALUES", after: " RETURNING a", width: 2 };
        assert_eq!(rows.text(2, true), "INSERT INTO t VALUES ($1,$2),($3,$4) RETURNING a");
        assert_eq!(rows.text(2, false), "INSERT INTO t VALUES (?,?),(?,?) RETURNING a");
    }
}
