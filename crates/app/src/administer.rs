//! Administrative acts. Each is recorded in the ledger with its actor.

use countersign_domain::{
    digest::Digest,
    event::OrgEvent,
    ids::{ConnectionName, KeyId, OrgId},
    person::{Actor, PersonRef},
    ports::{Change, Clock, Ids, KeyChange, KeyRow, Pruned, Store},
    time::At,
};

use crate::{
    advance::{App, AppError},
    scope::Scope,
};

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRequest {
    /// Whose.
    pub org: OrgId,
    /// Its name.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// Whom it is bound to: needed to decide.
    pub person: Option<PersonRef>,
    /// The desk whose tickets it submits.
    pub desk: Option<ConnectionName>,
    /// When it stops working by itself.
    pub expires_at: Option<At>,
}

/// A key that was made. The text is shown once and stored nowhere.
pub struct NewKey {
    /// Its id, by which it is revoked.
    pub id: KeyId,
    /// The whole key, to be handed to its user.
    pub text: String,
}

/// Makes a key.
///
/// # Errors
/// A request that would break a rule: [`check`]; or the store's.
pub async fn create_key(
    store: &dyn Store,
    clock: &dyn Clock,
    ids: &dyn Ids,
    request: KeyRequest,
    by: &Actor,
) -> Result<NewKey, AppError> {
    check(&request)?;
    let id = ids.key();
    let text = format!("csk_{}", Digest(ids.secret()));
    let now = clock.now();
    let scopes: Vec<String> = request.scopes.iter().map(ToString::to_string).collect();
    let event = OrgEvent::KeyCreated {
        key: id,
        name: request.name.clone(),
        scopes: scopes.clone(),
        person: request.person.clone(),
    };
    let row = KeyRow {
        id,
        org: request.org.clone(),
        name: request.name,
        hash: Digest::of(text.as_bytes()),
        scopes,
        person: request.person,
        desk: request.desk,
        created_at: now,
        expires_at: request.expires_at,
        revoked_at: None,
    };
    let change = Change {
        org: Some(request.org),
        records: vec![event.record(by, now)],
        key: Some(KeyChange::Create(row)),
        ..Change::default()
    };
    store.commit(change).await?;
    Ok(NewKey { id, text })
}

/// Revokes a key.
///
/// # Errors
/// The store's.
pub async fn revoke_key(
    store: &dyn Store,
    clock: &dyn Clock,
    org: &OrgId,
    key: KeyId,
    by: &Actor,
) -> Result<(), AppError> {
    let now = clock.now();
    let change = Change {
        org: Some(org.clone()),
        records: vec![OrgEvent::KeyRevoked { key }.record(by, now)],
        key: Some(KeyChange::Revoke { org: org.clone(), key, at: now }),
        ..Change::default()
    };
    store.commit(change).await?;
    Ok(())
}

/// A decision needs a person: whoever may decide is bound to one, and cannot also start what they decide.
fn check(request: &KeyRequest) -> Result<(), AppError> {
    let invalid =
        |pointer: &str, detail: &str| AppError::Invalid { pointer: pointer.to_owned(), detail: detail.to_owned() };
    let has = |scope| request.scopes.contains(&scope);
    if request.scopes.is_empty() {
        return Err(invalid("/scopes", "name at least one scope, for example ticket:ingest"));
    }
    if request.name.trim().is_empty() || request.name.chars().count() > 100 {
        return Err(invalid("/name", "give the key a name of 1 to 100 characters"));
    }
    if has(Scope::RunDecide) && request.person.is_none() {
        return Err(invalid("/person", "a key that decides is bound to a person: add --person mail:name@example.com"));
    }
    if has(Scope::RunbookExecute) && request.person.is_none() {
        return Err(invalid(
            "/person",
            "a key that starts runs is bound to the person who asks: add --person mail:name@example.com",
        ));
    }
    if has(Scope::RunDecide) && has(Scope::RunbookExecute) {
        return Err(invalid(
            "/scopes",
            "run:decide and runbook:execute cannot be in one key: whoever starts a run does not decide it",
        ));
    }
    if let Some(PersonRef::Slack(_)) = request.person {
        return Err(invalid(
            "/person",
            "bind the key to a mail address (mail:name@example.com): a Slack user decides in Slack",
        ));
    }
    Ok(())
}

/// How many rows of a sort one commit erases at most, so that nothing else waits long.
const ERASED_AT_ONCE: u32 = 500;

impl App {
    /// Erases what may name people and whose time is up, of every organisation with a retention. Returns what was
    /// erased; the ledger has it too.
    ///
    /// # Errors
    /// The store's.
    pub async fn prune(&self) -> Result<Pruned, AppError> {
        let mut all = Pruned::default();
        for org in self.parts.orgs.values() {
            let Some(retention) = org.retention else { continue };
            let before = self.parts.clock.now().minus_seconds(retention);
            let erased = self.prune_org(&org.id, before).await?;
            all.texts += erased.texts;
            all.clicks += erased.clicks;
            all.bodies += erased.bodies;
        }
        Ok(all)
    }

    async fn prune_org(&self, org: &OrgId, before: At) -> Result<Pruned, AppError> {
        let mut erased = Pruned::default();
        loop {
            let some = self.parts.store.prune(org, before, ERASED_AT_ONCE).await?;
            erased.texts += some.texts;
            erased.clicks += some.clicks;
            erased.bodies += some.bodies;
            if some == Pruned::default() {
                break;
            }
        }
        if erased != Pruned::default() {
            let Pruned { texts, clicks, bodies } = erased;
            self.record(org, &OrgEvent::Pruned { before, texts, clicks, bodies }, &Actor::System).await?;
        }
        Ok(erased)
    }

    /// Writes what happened to an organisation into its ledger.
    pub(crate) async fn record(&self, org: &OrgId, event: &OrgEvent, by: &Actor) -> Result<(), AppError> {
        let records = vec![event.record(by, self.parts.clock.now())];
        self.parts.store.commit(Change { org: Some(org.clone()), records, ..Change::default() }).await?;
        Ok(())
    }

    /// Records that the service started, with what it started with.
    ///
    /// # Errors
    /// The store's.
    pub async fn record_start(&self, version: &str, configuration: Digest) -> Result<(), AppError> {
        for org in self.parts.orgs.values() {
            let event = OrgEvent::Started {
                version: version.to_owned(),
                configuration,
                runbooks: org.runbooks.values().map(|runbook| (runbook.id.clone(), runbook.digest)).collect(),
                policies: org.policies.iter().map(|(id, policy)| (id.clone(), policy.digest())).collect(),
            };
            self.record(&org.id, &event, &Actor::System).await?;
        }
        Ok(())
    }
}
