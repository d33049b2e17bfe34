//! `countersign key`.

use anyhow::Context;
use countersign_app::{
    administer::{KeyRequest, create_key, revoke_key},
    scope::Scope,
};
use countersign_domain::{
    ids::{ConnectionName, KeyId},
    person::{Actor, PersonRef},
    ports::{Clock, KeyRow, Queries},
    shown,
};
use serde_json::json;

use super::{load, opened::Beside, say, tell, the_org};
use crate::{
    Failure, Outcome,
    cli::KeyCommand,
    clock::SystemClock,
    config::{Config, parse_duration},
};

/// Makes, lists or revokes keys. The first key is made before the service is first started: where there is no database
/// yet it is made, and that is told.
///
/// # Errors
/// What was asked for is not possible, or the store cannot be used.
pub(crate) async fn run(command: KeyCommand) -> Outcome {
    match command {
        KeyCommand::Create { config, org, name, scopes, person, desk, expires_after, json } => {
            let config = load(&config)?;
            let org = the_org(&config, org.as_deref())?;
            let scopes = scopes.iter().map(|scope| scope_named(scope)).collect::<Result<_, _>>()?;
            let clock = SystemClock::default();
            let lifetime = expires_after.as_deref().map(parse_duration).transpose().map_err(Failure::Usage)?;
            let request = KeyRequest {
                org,
                name,
                scopes,
                person: person.as_deref().map(str::parse::<PersonRef>).transpose()?,
                desk: desk.as_deref().map(ConnectionName::new).transpose()?,
                expires_at: lifetime.map(|seconds| clock.now().plus_seconds(seconds)),
            };
            create(&config, request, json).await
        }
        KeyCommand::List { config, json } => list(&load(&config)?, json).await,
        KeyCommand::Revoke { config, key } => revoke(&load(&config)?, &key).await,
    }
}

fn scope_named(name: &str) -> Result<Scope, Failure> {
    Scope::from_name(name.trim()).ok_or_else(|| {
        let known = Scope::ALL.map(Scope::as_str).join(", ");
        Failure::Usage(format!("there is no scope {:?}; there are: {known}", shown::shown(name, 40)))
    })
}

async fn create(config: &Config, request: KeyRequest, json: bool) -> Outcome {
    if let Some(desk) = &request.desk
        && !config.orgs.get(&request.org).is_some_and(|org| org.desks.contains_key(desk))
    {
        return Err(Failure::Usage(format!("there is no desk {desk} in the organisation {}", request.org)));
    }
    let beside = Beside::default();
    let store = beside.store_or_new(config).await?;
    let org = request.org.clone();
    let key = create_key(store.as_ref(), beside.clock.as_ref(), beside.ids.as_ref(), request, &Actor::Operator).await?;
    store.shutdown().await;
    if json {
        say(&json!({"id": key.id.to_string(), "org": org.to_string(), "key": key.text}).to_string());
    } else {
        tell(&format!("Made key {} for {org}. It is shown this once; only its hash is stored.", key.id));
        say(&key.text);
    }
    Ok(())
}

async fn list(config: &Config, json: bool) -> Outcome {
    let store = Beside::default().store_or_new(config).await?;
    let keys = store.keys().await?;
    for key in &keys {
        if json {
            say(&shown(key).to_string());
        } else {
            let state = match (key.revoked_at, key.expires_at) {
                (Some(at), _) => format!("revoked {at}"),
                (None, Some(at)) => format!("until {at}"),
                (None, None) => "in force".to_owned(),
            };
            let person = key.person.as_ref().map(|person| format!(" as {person}")).unwrap_or_default();
            say(&format!("{}  {}  {:?}  {}{person}  {state}", key.id, key.org, key.name, key.scopes.join(",")));
        }
    }
    if keys.is_empty() && !json {
        tell("There are no keys yet. Make one with `countersign key create`.");
    }
    store.shutdown().await;
    Ok(())
}

fn shown(key: &KeyRow) -> serde_json::Value {
    json!({
        "id": key.id.to_string(),
        "org": key.org.to_string(),
        "name": key.name,
        "scopes": key.scopes,
        "person": key.person.as_ref().map(ToString::to_string),
        "desk": key.desk.as_ref().map(ToString::to_string),
        "createdAt": key.created_at.to_string(),
        "expiresAt": key.expires_at.map(|at| at.to_string()),
        "revokedAt": key.revoked_at.map(|at| at.to_string()),
    })
}

async fn revoke(config: &Config, key: &str) -> Outcome {
    let id: KeyId = key.parse().map_err(|error| Failure::Usage(format!("{error}")))?;
    let beside = Beside::default();
    let store = beside.store_or_new(config).await?;
    let known = store.keys().await?.into_iter().find(|known| known.id == id);
    let known = known.with_context(|| format!("there is no key {id}; `countersign key list` shows them"))?;
    if let Some(at) = known.revoked_at {
        return Err(Failure::Failed(anyhow::anyhow!("the key {id} was revoked at {at} already")));
    }
    revoke_key(store.as_ref(), beside.clock.as_ref(), &known.org, id, &Actor::Operator).await?;
    store.shutdown().await;
    tell(&format!("Revoked {id} ({:?}). It no longer works.", known.name));
    Ok(())
}
