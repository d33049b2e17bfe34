//! API keys: their hashes in a map, read again whenever the store's generation of keys changes.

use base64::{Engine, engine::general_purpose::STANDARD};
use countersign_app::scope::Scope;
use countersign_domain::{
    digest::Digest,
    ports::{KeyRow, Queries, StoreError},
    time::At,
};
use http::{HeaderMap, header};
use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Mutex;

use crate::problem::Problem;

/// The keys in force.
pub struct KeyRing {
    queries: Arc<dyn Queries>,
    keys: RwLock<HashMap<Digest, Arc<KeyRow>>>,
    generation: AtomicU64,
    reading: Mutex<()>,
}

impl KeyRing {
    /// The keys of this store.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(queries: Arc<dyn Queries>) -> Result<Self, StoreError> {
        let ring =
            Self { queries, keys: RwLock::default(), generation: AtomicU64::new(u64::MAX), reading: Mutex::default() };
        ring.refresh().await?;
        Ok(ring)
    }

    /// Reads the keys again if any changed.
    ///
    /// # Errors
    /// The store's.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        if self.generation() == self.queries.key_generation().await? {
            return Ok(());
        }
        // One at a time: a slow reader must not put the keys of an older generation over those of a newer one.
        let _reading = self.reading.lock().await;
        let generation = self.queries.key_generation().await?;
        if self.generation() == generation {
            return Ok(());
        }
        let keys = self.queries.keys().await?.into_iter().map(|key| (key.hash, Arc::new(key))).collect();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        self.generation.store(generation, Ordering::Release);
        Ok(())
    }

    /// The generation of keys that is in the map.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The key of a request, if it is in force and has the scope.
    pub(crate) fn check(&self, headers: &HeaderMap, scope: Scope, now: At) -> Result<Arc<KeyRow>, Problem> {
        let text = key_text(headers).ok_or_else(|| {
            Problem::unauthorized("No API key was sent. Send it as `Authorization: Bearer csk_...`, as `X-Api-Key`, or as the user name of Basic authentication.")
        })?;
        let hash = Digest::of(text.as_bytes());
        let key = self.keys.read().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        let key = key.filter(|key| key.revoked_at.is_none()).ok_or_else(|| {
            Problem::unauthorized(
                "This API key is not known here, or was revoked. Make a new one with `countersign key create`.",
            )
        })?;
        if key.expires_at.is_some_and(|end| now >= end) {
            return Err(Problem::unauthorized(
                "This API key has expired. Make a new one with `countersign key create`.",
            ));
        }
        if !key.scopes.iter().any(|known| known == scope.as_str()) {
            return Err(Problem::forbidden(format!(
                "The key {:?} lacks the scope {scope}; it has: {}.",
                key.name,
                key.scopes.join(", ")
            )));
        }
        Ok(key)
    }
}

fn key_text(headers: &HeaderMap) -> Option<String> {
    if let Some(key) = headers.get("x-api-key").and_then(|value| value.to_str().ok()) {
        return Some(key.trim().to_owned());
    }
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = STANDARD.decode(rest.trim()).ok()?;
        let text = String::from_utf8(decoded).ok()?;
        return text.split(':').next().map(ToOwned::to_owned);
    }
    None
}
