//! Stored rows as the ports have them. What does not decode is reported, never guessed.

use std::{fmt::Display, str::FromStr};

use countersign_domain::{
    digest::Digest,
    effect::Lane,
    ids::{InboxId, KeyId, OrgId, QuarantineId, RunId},
    pause::Pause,
    ports::{EffectView, InboxRow, KeyRow, LedgerEntryView, QuarantineRow, Replayed, StoreError},
    run::Run,
    ticket::TicketText,
    time::At,
};

use crate::{
    entity,
    error::{corrupt, undecodable},
    sql::{small, unsigned},
};

pub(super) fn run(model: &entity::run::Model) -> Result<Run, StoreError> {
    serde_json::from_str(&model.data).map_err(|error| undecodable("run", RunId(model.id), &error))
}

pub(super) fn text(model: &entity::ticket_text::Model) -> Result<TicketText, StoreError> {
    serde_json::from_str(&model.data).map_err(|error| undecodable("the text of run", RunId(model.run), &error))
}

pub(super) fn effect(model: entity::effect::Model) -> Result<EffectView, StoreError> {
    let key = countersign_domain::ids::EffectId(model.id);
    let lane = i16::try_from(model.lane)
        .ok()
        .and_then(Lane::from_number)
        .ok_or_else(|| corrupt("effect", key, format!("lane {} is unknown", model.lane)))?;
    let state = match model.state {
        0 => "waiting",
        1 => "claimed",
        2 => "done",
        3 => "parked",
        other => return Err(corrupt("effect", key, format!("state {other} is unknown"))),
    };
    Ok(EffectView {
        ordinal: small(model.ordinal),
        name: model.kind,
        lane: lane.as_str().to_owned(),
        state: state.to_owned(),
        attempt: small(model.attempt),
        not_before: At(model.not_before),
        why: model.why,
    })
}

pub(super) fn entry(
    model: entity::entry::Model,
    body: Option<entity::entry_body::Model>,
) -> Result<LedgerEntryView, StoreError> {
    let seq = model.seq;
    let optional = |hash: Option<Vec<u8>>| hash.map(|hash| digest("ledger entry", seq, hash)).transpose();
    let body = body
        .map(|body| digest("the body of ledger entry", seq, body.salt).map(|salt| (salt.0, body.bytes)))
        .transpose()?;
    Ok(LedgerEntryView {
        seq: unsigned(seq),
        time: At(model.time),
        kind: model.kind,
        run: model.run.map(RunId),
        actor: model.actor,
        plan_digest: optional(model.plan_digest)?,
        policy_digest: optional(model.policy_digest)?,
        decision: model.decision,
        previous: digest("ledger entry", seq, model.previous)?,
        commitment: optional(model.commitment)?,
        hash: digest("ledger entry", seq, model.hash)?,
        body,
    })
}

pub(super) fn key(model: entity::api_key::Model) -> Result<KeyRow, StoreError> {
    let id = KeyId(model.id);
    Ok(KeyRow {
        id,
        org: org("key", id, &model.org)?,
        name: model.name,
        hash: digest("key", id, model.hash)?,
        scopes: serde_json::from_str(&model.scopes).map_err(|error| corrupt("key", id, error))?,
        person: model.person.map(|text| parsed("key", id, &text)).transpose()?,
        desk: model.desk.map(|text| parsed("key", id, &text)).transpose()?,
        created_at: At(model.created_at),
        expires_at: model.expires_at.map(At),
        revoked_at: model.revoked_at.map(At),
    })
}

pub(super) fn quarantine(model: entity::quarantine::Model) -> Result<QuarantineRow, StoreError> {
    let id = QuarantineId(model.id);
    Ok(QuarantineRow {
        id,
        org: org("quarantined body", id, &model.org)?,
        desk: parsed("quarantined body", id, &model.desk)?,
        digest: digest("quarantined body", id, model.digest)?,
        body: model.body,
        why: model.why,
        received_at: At(model.received_at),
        replayed: model.replayed_at.zip(model.replayed_run).map(|(at, run)| Replayed { at: At(at), run: RunId(run) }),
    })
}

pub(super) fn pause(model: entity::pause::Model) -> Result<Pause, StoreError> {
    let key = format!("of {} {}", model.org, model.runbook);
    let runbook = Some(model.runbook.as_str()).filter(|runbook| !runbook.is_empty());
    Ok(Pause {
        org: org("the pause", &key, &model.org)?,
        runbook: runbook.map(|text| parsed("the pause", &key, text)).transpose()?,
        since: At(model.since),
        by: serde_json::from_str(&model.by).map_err(|error| undecodable("the pause", &key, &error))?,
        why: model.why,
    })
}

pub(super) fn inbox(model: entity::inbox::Model) -> Result<InboxRow, StoreError> {
    let id = InboxId(model.id);
    Ok(InboxRow {
        id,
        org: org("inbox row", id, &model.org)?,
        surface: parsed("inbox row", id, &model.surface)?,
        dedupe: model.dedupe,
        payload: model.payload,
        received_at: At(model.received_at),
    })
}

pub(super) fn org(what: &str, key: impl Display, text: &str) -> Result<OrgId, StoreError> {
    parsed(what, key, text)
}

pub(super) fn digest(what: &str, key: impl Display, bytes: Vec<u8>) -> Result<Digest, StoreError> {
    bytes.try_into().map(Digest).map_err(|_| corrupt(what, key, "a hash has another length than 32 bytes"))
}

fn parsed<T: FromStr<Err: Display>>(what: &str, key: impl Display, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error| corrupt(what, key, error))
}
