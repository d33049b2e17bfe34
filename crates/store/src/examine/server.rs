//! A PostgreSQL server: its version, our rights and its settings.

use countersign_domain::ports::{Finding, StoreError};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::{Examined, said, schema};
use crate::{
    connect::{close_one, open_server},
    error::failed,
    options::StoreOptions,
    sql::statement,
};

/// The oldest version that still got corrections from its makers when this was written.
const OLDEST: i64 = 14;

const LOOK: &str = "SELECT current_setting('server_version_num')::bigint / 10000 AS major, \
    current_setting('server_version') AS version, current_user::text AS login, current_schema()::text AS schema, \
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS creates, pg_is_in_recovery() AS standby, \
    (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE n.nspname = current_schema() AND c.relname IN ('seaql_migrations', 'run', 'effect', 'entry') \
    AND c.relkind = 'r' AND NOT pg_has_role(c.relowner, 'USAGE')) AS strange, \
    current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit, \
    current_setting('full_page_writes') AS full_page_writes, \
    current_setting('default_transaction_isolation') AS isolation";

/// What the server says of itself and of us.
struct Look {
    major: i64,
    version: String,
    login: String,
    schema: Option<String>,
    creates: bool,
    standby: bool,
    /// How many of our tables belong to somebody else.
    strange: i64,
    fsync: String,
    synchronous_commit: String,
    full_page_writes: String,
    isolation: String,
}

pub(super) async fn examine(url: &str, options: &StoreOptions) -> Examined {
    let connection = match open_server(url, options).await {
        Ok(connection) => connection,
        Err(error) => return vec![unreachable(&error)].into(),
    };
    let examined = match look(&connection).await {
        Ok(look) => {
            let mut findings = vec![look.version(), look.rights()];
            findings.extend(look.settings());
            let (finding, outdated) = schema(&connection).await;
            findings.push(finding);
            Examined { findings, outdated }
        }
        Err(error) => vec![unreachable(&error)].into(),
    };
    close_one(&connection).await;
    examined
}

fn unreachable(error: &StoreError) -> Finding {
    Finding::failed(
        "database",
        said(error),
        "start the server, and look at address, user, password and database name in the database's URL",
    )
}

async fn look(connection: &DatabaseConnection) -> Result<Look, StoreError> {
    let row = connection.query_one_raw(statement(connection, LOOK, [])).await.map_err(failed)?;
    let row = row.ok_or_else(|| StoreError::Unavailable("the server said nothing of itself".to_owned()))?;
    let text = |name: &str| row.try_get::<String>("", name).map_err(failed);
    Ok(Look {
        major: row.try_get("", "major").map_err(failed)?,
        version: text("version")?,
        login: text("login")?,
        schema: row.try_get("", "schema").map_err(failed)?,
        creates: row.try_get("", "creates").map_err(failed)?,
        standby: row.try_get("", "standby").map_err(failed)?,
        strange: row.try_get("", "strange").map_err(failed)?,
        fsync: text("fsync")?,
        synchronous_commit: text("synchronous_commit")?,
        full_page_writes: text("full_page_writes")?,
        isolation: text("isolation")?,
    })
}

impl Look {
    fn version(&self) -> Finding {
        let says = format!("PostgreSQL {} answers as {}", self.version, self.login);
        if self.standby {
            let says = format!("{says}, but it is a standby, which takes no writes");
            return Finding::failed("database", says, "point the database's URL at the primary");
        }
        if self.major < OLDEST {
            let says = format!("{says}, but {OLDEST} is the oldest version that this program works with");
            return Finding::failed("database", says, format!("upgrade the server to PostgreSQL {OLDEST} or later"));
        }
        Finding::ok("database", says)
    }

    fn rights(&self) -> Finding {
        let what = "database rights";
        let Some(schema) = &self.schema else {
            return Finding::failed(
                what,
                "no schema of the search path exists or may be used",
                format!("create it (CREATE SCHEMA countersign AUTHORIZATION {}), or correct search_path", self.login),
            );
        };
        if !self.creates {
            return Finding::failed(
                what,
                format!("{} may not make tables in the schema {schema}", self.login),
                format!("GRANT CREATE, USAGE ON SCHEMA {schema} TO {};", self.login),
            );
        }
        if self.strange > 0 {
            return Finding::failed(
                what,
                format!(
                    "tables in the schema {schema} belong to somebody else than {}: they cannot be upgraded",
                    self.login
                ),
                format!("make {} their owner: ALTER TABLE ... OWNER TO {}, for each", self.login, self.login),
            );
        }
        Finding::ok(what, format!("{} may make tables in the schema {schema}", self.login))
    }

    fn settings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (name, value) in [
            ("fsync", &self.fsync),
            ("full_page_writes", &self.full_page_writes),
            ("synchronous_commit", &self.synchronous_commit),
        ] {
            if value == "off" {
                findings.push(Finding::warning(
                    format!("database {name}"),
                    format!("{name} is off: what was acknowledged may be lost when the server's machine fails"),
                    format!("ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf();"),
                ));
            }
        }
        if self.isolation != "read committed" {
            findings.push(Finding::failed(
                "database isolation",
                format!("default_transaction_isolation is {}: writes would refuse each other", self.isolation),
                format!("ALTER ROLE {} SET default_transaction_isolation = 'read committed';", self.login),
            ));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use countersign_domain::ports::Verdict;

    use super::*;

    fn sound() -> Look {
        Look {
            major: 16,
            version: "16.4".to_owned(),
            login: "countersign".to_owned(),
            schema: Some("public".to_owned()),
            creates: true,
            standby: false,
            strange: 0,
            fsync: "on".to_owned(),
            synchronous_commit: "on".to_owned(),
            full_page_writes: "on".to_owned(),
            isolation: "read committed".to_owned(),
        }
    }

    #[test]
    fn a_sound_server_is_found_so() {
        let look = sound();
        assert_eq!((look.version().verdict, look.rights().verdict), (Verdict::Ok, Verdict::Ok));
        assert!(look.settings().is_empty());
    }

    #[test]
    fn an_old_version_and_a_standby_are_refused() {
        for (look, word) in
            [(Look { major: 13, ..sound() }, "oldest version"), (Look { standby: true, ..sound() }, "standby")]
        {
            let found = look.version();
            assert_eq!(found.verdict, Verdict::Failed);
            assert!(found.says.contains(word) && found.mend.is_some(), "{found:?}");
        }
    }

    #[test]
    fn lacking_rights_are_named_with_the_statement_that_grants_them() {
        for (look, word) in [
            (Look { schema: None, ..sound() }, "CREATE SCHEMA"),
            (Look { creates: false, ..sound() }, "GRANT CREATE, USAGE ON SCHEMA public TO countersign;"),
            (Look { strange: 2, ..sound() }, "OWNER TO countersign"),
        ] {
            let found = look.rights();
            assert_eq!(found.verdict, Verdict::Failed);
            assert!(found.mend.as_ref().is_some_and(|mend| mend.contains(word)), "{found:?}");
        }
    }

    #[test]
    fn settings_that_lose_writes_are_warned_of() {
        let look = Look { fsync: "off".to_owned(), synchronous_commit: "off".to_owned(), ..sound() };
        let found: Vec<_> = look.settings().into_iter().map(|found| (found.what, found.verdict)).collect();
        assert_eq!(
            found,
            [
                ("database fsync".to_owned(), Verdict::Warning),
                ("database synchronous_commit".to_owned(), Verdict::Warning)
            ]
        );
        let odd = Look { isolation: "serializable".to_owned(), ..sound() };
        assert_eq!(odd.settings()[0].verdict, Verdict::Failed);
    }
}
