//! The store and the use cases for a command beside the running service: it does no work of the service's.
//!
//! A command makes no database: one in the wrong place would be empty, and a pause of it would hold nothing. `key`
//! alone does, for the first key is made before the service is first started; and says so.

use countersign_domain::{
    ids::{ConnectionName, OrgId},
    ports::{Channel, Clock, Connections, Desk, Ids, SecondOpinion, System},
};
use countersign_store::{SqlStore, StoreOptions, examine, is_there, sqlite_file};
use secrecy::ExposeSecret;
use std::{path::Path, sync::Arc};
use tempfile::TempDir;

use super::{load, tell, the_org};
use crate::{
    Failure,
    clock::SystemClock,
    config::{self, Config, sqlite_url},
    ids::RandomIds,
    service::{Assembled, Prepared, Rules, assemble, prepare},
};

/// What a command beside the service goes by.
pub(super) struct Beside {
    /// The time.
    pub(super) clock: Arc<SystemClock>,
    /// Fresh identifiers.
    pub(super) ids: Arc<RandomIds>,
}

impl Default for Beside {
    fn default() -> Self {
        let clock = Arc::new(SystemClock::default());
        Self { ids: Arc::new(RandomIds::new(clock.clone())), clock }
    }
}

impl Beside {
    /// Opens the configured store, which must be there. A service that writes to it without a pause lets this one have
    /// its turn.
    ///
    /// # Errors
    /// A store that is not there yet or cannot be opened: where, why, and what to do.
    pub(super) async fn store(&self, config: &Config) -> anyhow::Result<Arc<SqlStore>> {
        let url = config.storage_url.expose_secret();
        if !is_there(url, &StoreOptions::beside_a_service()).await? {
            anyhow::bail!(nothing_there(url));
        }
        self.connect(url).await
    }

    /// Opens the configured store, and makes it where there is none, which is told.
    ///
    /// # Errors
    /// A store that cannot be made or opened: where, why, and what to do.
    pub(super) async fn store_or_new(&self, config: &Config) -> anyhow::Result<Arc<SqlStore>> {
        let url = config.storage_url.expose_secret();
        let there = is_there(url, &StoreOptions::beside_a_service()).await?;
        let store = self.connect(url).await?;
        if !there {
            tell(&format!("Made the database{}, which was not there yet.", place(url)));
        }
        Ok(store)
    }

    async fn connect(&self, url: &str) -> anyhow::Result<Arc<SqlStore>> {
        let ids = Arc::clone(&self.ids) as Arc<dyn Ids>;
        Ok(Arc::new(SqlStore::connect(url, ids, StoreOptions::beside_a_service()).await?))
    }

    fn assembled(&self, store: Arc<SqlStore>, connections: Arc<dyn Connections>, rules: Rules) -> Assembled {
        let (clock, ids) = (Arc::clone(&self.clock) as Arc<dyn Clock>, Arc::clone(&self.ids) as Arc<dyn Ids>);
        assemble(store, (clock, ids), connections, rules)
    }
}

/// Where a SQLite file is, as part of a sentence. A server's address is not repeated: it may hold a password.
fn place(url: &str) -> String {
    sqlite_file(url).map(|file| format!(" {}", file.display())).unwrap_or_default()
}

fn nothing_there(url: &str) -> String {
    let what = match sqlite_file(url) {
        Some(file) => format!("there is no database at {} yet", file.display()),
        None => "the database has no tables of this program yet".to_owned(),
    };
    format!("{what}: start the service first, or look at storage.url")
}

/// The use cases over a configuration's store, with the vendors' clients.
///
/// # Errors
/// A configuration or store that cannot be used.
pub(super) async fn open_app(file: &Path, org: Option<&str>) -> Result<(Assembled, OrgId), Failure> {
    let config = load(file)?;
    let org = the_org(&config, org)?;
    let Prepared { wired, rules } = prepare(&config)?;
    let beside = Beside::default();
    let store = beside.store(&config).await?;
    Ok((beside.assembled(store, wired, rules), org))
}

/// The use cases over a configuration's store alone. No secret but the store's is read, no vendor's client is made, and
/// what is wrong with a runbook is only told: somebody who must stop the steps at once, or look into what happened, is
/// kept from it by nothing else that is broken.
///
/// # Errors
/// A configuration or store that cannot be used.
pub(super) async fn open_records(file: &Path, org: Option<&str>) -> Result<(Assembled, OrgId), Failure> {
    let (config, org) = records(file, org)?;
    assemble_records(&config, org).await
}

/// As [`open_records`], for what must leave everything as it is: a store of an earlier version stays closed, since opening
/// it would bring it up to date, from which there is no way back.
///
/// # Errors
/// A configuration or store that cannot be used.
pub(super) async fn open_to_read(file: &Path, org: Option<&str>) -> Result<(Assembled, OrgId), Failure> {
    let (config, org) = records(file, org)?;
    if examine(config.storage_url.expose_secret(), &StoreOptions::beside_a_service()).await.outdated {
        let says = "the database is of an earlier version, and was not opened, since that would bring it up to date: the \
                    next start of the service does";
        return Err(anyhow::anyhow!(says).into());
    }
    assemble_records(&config, org).await
}

fn records(file: &Path, org: Option<&str>) -> Result<(Config, OrgId), Failure> {
    let config = config::load_for_storage(file, &config::process_environment())
        .map_err(|error| Failure::Configuration(error.to_string()))?;
    let org = the_org(&config, org)?;
    Ok((config, org))
}

async fn assemble_records(config: &Config, org: OrgId) -> Result<(Assembled, OrgId), Failure> {
    let beside = Beside::default();
    let store = beside.store(config).await?;
    Ok((beside.assembled(store, Arc::new(NoVendors), Rules::read_or_built_in(config, tell)), org))
}

/// As [`open_app`], for what writes nothing: where there is no database yet, one in a folder that goes away stands for it.
///
/// # Errors
/// A configuration or store that cannot be used.
pub(super) async fn open_to_plan(
    file: &Path,
    org: Option<&str>,
) -> Result<(Assembled, OrgId, Option<TempDir>), Failure> {
    let config = load(file)?;
    let org = the_org(&config, org)?;
    let Prepared { wired, rules } = prepare(&config)?;
    let beside = Beside::default();
    let (store, folder) = if is_there(config.storage_url.expose_secret(), &StoreOptions::default()).await? {
        (beside.store(&config).await?, None)
    } else {
        let folder = tempfile::tempdir()?;
        let url = sqlite_url(folder.path(), "empty.db")
            .ok_or_else(|| anyhow::anyhow!("the folder for temporary files has a name that is no UTF-8: set TMPDIR"))?;
        (beside.connect(&url).await?, Some(folder))
    };
    Ok((beside.assembled(store, wired, rules), org, folder))
}

/// No connection to anybody.
struct NoVendors;

impl Connections for NoVendors {
    fn desk(&self, _: &OrgId, _: &ConnectionName) -> Option<Arc<dyn Desk>> {
        None
    }

    fn channel(&self, _: &OrgId) -> Option<(ConnectionName, Arc<dyn Channel>)> {
        None
    }

    fn systems(&self, _: &OrgId) -> Vec<(ConnectionName, Arc<dyn System>)> {
        Vec::new()
    }

    fn second_opinion(&self, _: &OrgId) -> Option<Arc<dyn SecondOpinion>> {
        None
    }

    fn system(&self, _: &OrgId, _: &ConnectionName) -> Option<(ConnectionName, Arc<dyn System>)> {
        None
    }
}

#[cfg(test)]
mod tests;
