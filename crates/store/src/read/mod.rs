//! The ports' reading side. Reads go through connections of their own and see whatever was acknowledged before.

mod decode;
mod depth;
mod pages;
mod pauses;
mod quarantine;

use async_trait::async_trait;
use countersign_domain::{
    digest::Digest,
    ids::{OrgId, PersonId, QuarantineId, RunId, RunbookId},
    pause::Pause,
    person::{MailAddress, PersonRef},
    ports::{
        Cursor, EffectView, InboxRow, KeyRow, LedgerEntryView, LedgerPage, QuarantineRow, Queries, QueueDepth,
        RunFilter, RunPage, StoreError, StoredText,
    },
    run::Run,
    time::At,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::{
    entity::{api_key, effect, entry, head, inbox as inbox_row, person_ref, run, ticket_text},
    error::failed,
    sql::{statement, unsigned},
    store::SqlStore,
};

#[async_trait]
impl Queries for SqlStore {
    async fn run(&self, org: &OrgId, id: &RunId) -> Result<Option<Run>, StoreError> {
        let found = run::Entity::find_by_id((org.to_string(), id.0)).one(&self.connections.readers).await;
        found.map_err(failed)?.map(|model| decode::run(&model)).transpose()
    }

    async fn runs(
        &self,
        org: &OrgId,
        filter: &RunFilter,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<RunPage, StoreError> {
        pages::runs(&self.connections.readers, org, filter, after, limit).await
    }

    async fn text(&self, org: &OrgId, id: &RunId) -> Result<StoredText, StoreError> {
        let found = ticket_text::Entity::find_by_id((org.to_string(), id.0)).one(&self.connections.readers).await;
        found.map_err(failed)?.map(|model| decode::text(&model)).transpose()
    }

    async fn effects(&self, org: &OrgId, id: &RunId) -> Result<Vec<EffectView>, StoreError> {
        let found = effect::Entity::find()
            .filter(effect::Column::Org.eq(org.as_str()))
            .filter(effect::Column::Run.eq(id.0))
            .order_by_asc(effect::Column::Ordinal)
            .all(&self.connections.readers)
            .await;
        found.map_err(failed)?.into_iter().map(decode::effect).collect()
    }

    async fn entries(&self, org: &OrgId, after: u64, limit: u32) -> Result<LedgerPage, StoreError> {
        pages::entries(&self.connections.readers, org, after, limit).await
    }

    async fn entries_of(&self, org: &OrgId, run: &RunId) -> Result<Vec<(u64, String, Digest)>, StoreError> {
        let found: Vec<(i64, String, Vec<u8>)> = entry::Entity::find()
            .select_only()
            .columns([entry::Column::Seq, entry::Column::Kind, entry::Column::Hash])
            .filter(entry::Column::Org.eq(org.as_str()))
            .filter(entry::Column::Run.eq(run.0))
            .order_by_asc(entry::Column::Seq)
            .into_tuple()
            .all(&self.connections.readers)
            .await
            .map_err(failed)?;
        found
            .into_iter()
            .map(|(seq, kind, hash)| Ok((unsigned(seq), kind, decode::digest("ledger entry", seq, hash)?)))
            .collect()
    }

    async fn history(&self, org: &OrgId, run: &RunId) -> Result<Vec<LedgerEntryView>, StoreError> {
        pages::history(&self.connections.readers, org, run).await
    }

    async fn pauses(&self) -> Result<Vec<Pause>, StoreError> {
        pauses::pauses(&self.connections.readers).await
    }

    async fn steps_in_flight(&self, org: &OrgId, runbook: Option<&RunbookId>) -> Result<u64, StoreError> {
        pauses::steps_in_flight(&self.connections.readers, org, runbook).await
    }

    async fn keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        let found = api_key::Entity::find()
            .order_by_asc(api_key::Column::Org)
            .order_by_asc(api_key::Column::CreatedAt)
            .order_by_asc(api_key::Column::Id)
            .all(&self.connections.readers)
            .await;
        found.map_err(failed)?.into_iter().map(decode::key).collect()
    }

    async fn key_generation(&self) -> Result<u64, StoreError> {
        let readers = &self.connections.readers;
        // PostgreSQL sums BIGINT to NUMERIC unless it is told otherwise.
        let text = "SELECT CAST(coalesce(sum(value), 0) AS BIGINT) AS value FROM key_generation";
        let row = readers.query_one_raw(statement(readers, text, [])).await.map_err(failed)?;
        row.map_or(Ok(0), |row| row.try_get::<i64>("", "value").map(unsigned).map_err(failed))
    }

    async fn mails_of(&self, org: &OrgId, person: &PersonId) -> Result<Vec<MailAddress>, StoreError> {
        mails_of(&self.connections.readers, org, person).await
    }

    async fn quarantine(
        &self,
        org: &OrgId,
        after: Option<&QuarantineId>,
        limit: u32,
    ) -> Result<Vec<QuarantineRow>, StoreError> {
        quarantine::page(&self.connections.readers, org, after, limit).await
    }

    async fn quarantined(&self, org: &OrgId, id: &QuarantineId) -> Result<Option<QuarantineRow>, StoreError> {
        quarantine::one(&self.connections.readers, org, id).await
    }

    async fn depth(&self, now: At) -> Result<QueueDepth, StoreError> {
        depth::depth(&self.connections.readers, now).await
    }

    async fn ledgers(&self) -> Result<Vec<OrgId>, StoreError> {
        let found = head::Entity::find()
            .filter(head::Column::Seq.gt(0))
            .order_by_asc(head::Column::Org)
            .all(&self.connections.readers)
            .await;
        found.map_err(failed)?.into_iter().map(|model| decode::org("the ledger of", &model.org, &model.org)).collect()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let readers = &self.connections.readers;
        readers.query_one_raw(statement(readers, "SELECT 1", [])).await.map(drop).map_err(failed)
    }
}

/// Inbox rows not dealt with, oldest first.
pub(crate) async fn inbox(readers: &DatabaseConnection, limit: u32) -> Result<Vec<InboxRow>, StoreError> {
    let found = inbox_row::Entity::find()
        .filter(inbox_row::Column::DoneAt.is_null())
        .order_by_asc(inbox_row::Column::ReceivedAt)
        .order_by_asc(inbox_row::Column::Id)
        .limit(u64::from(limit))
        .all(readers)
        .await;
    found.map_err(failed)?.into_iter().map(decode::inbox).collect()
}

/// Every address by which a person was ever known.
pub(crate) async fn mails_of(
    readers: &DatabaseConnection,
    org: &OrgId,
    person: &PersonId,
) -> Result<Vec<MailAddress>, StoreError> {
    let references: Vec<String> = person_ref::Entity::find()
        .select_only()
        .column(person_ref::Column::Reference)
        .filter(person_ref::Column::Org.eq(org.as_str()))
        .filter(person_ref::Column::Person.eq(person.0))
        .into_tuple()
        .all(readers)
        .await
        .map_err(failed)?;
    let mails = references.iter().filter_map(|reference| match reference.parse() {
        Ok(PersonRef::Mail(mail)) => Some(mail),
        Ok(PersonRef::Slack(_)) | Err(_) => None,
    });
    Ok(mails.collect())
}

/// The person whom every one of these references names already.
pub(crate) async fn known_person(
    readers: &DatabaseConnection,
    org: &OrgId,
    refs: &[PersonRef],
) -> Result<Option<PersonId>, StoreError> {
    let mut references: Vec<String> = refs.iter().map(ToString::to_string).collect();
    references.sort_unstable();
    references.dedup();
    let found: Vec<Uuid> = person_ref::Entity::find()
        .select_only()
        .column(person_ref::Column::Person)
        .filter(person_ref::Column::Org.eq(org.as_str()))
        .filter(person_ref::Column::Reference.is_in(references.clone()))
        .into_tuple()
        .all(readers)
        .await
        .map_err(failed)?;
    let first = found.first().copied();
    Ok(first.filter(|first| found.len() == references.len() && found.iter().all(|one| one == first)).map(PersonId))
}
