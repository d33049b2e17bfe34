//! Bodies set aside.

use countersign_domain::{
    ids::{OrgId, QuarantineId},
    ports::{QuarantineRow, StoreError},
};
use sea_orm::{ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::decode;
use crate::{entity::quarantine, error::failed};

/// Bodies that were not replayed, oldest first, after this one. One that is gone was erased because of its age, and with
/// it all that came before it: then the list begins at its beginning.
pub(super) async fn page(
    readers: &DatabaseConnection,
    org: &OrgId,
    after: Option<&QuarantineId>,
    limit: u32,
) -> Result<Vec<QuarantineRow>, StoreError> {
    let after = match after {
        None => None,
        Some(id) => find(readers, org, id).await?.map(|model| (model.received_at, *id)),
    };
    let found = open(org, after, limit).all(readers).await;
    found.map_err(failed)?.into_iter().map(decode::quarantine).collect()
}

/// One body, replayed or not.
pub(super) async fn one(
    readers: &DatabaseConnection,
    org: &OrgId,
    id: &QuarantineId,
) -> Result<Option<QuarantineRow>, StoreError> {
    find(readers, org, id).await?.map(decode::quarantine).transpose()
}

async fn find(
    readers: &DatabaseConnection,
    org: &OrgId,
    id: &QuarantineId,
) -> Result<Option<quarantine::Model>, StoreError> {
    quarantine::Entity::find_by_id((org.to_string(), id.0)).one(readers).await.map_err(failed)
}

fn open(org: &OrgId, after: Option<(i64, QuarantineId)>, limit: u32) -> Select<quarantine::Entity> {
    let mut wanted =
        Condition::all().add(quarantine::Column::Org.eq(org.as_str())).add(quarantine::Column::ReplayedAt.is_null());
    if let Some((at, id)) = after {
        // The second half alone would do; with the first the index is entered at the right place.
        wanted = wanted
            .add(quarantine::Column::ReceivedAt.gte(at))
            .add(Condition::any().add(quarantine::Column::ReceivedAt.gt(at)).add(quarantine::Column::Id.gt(id.0)));
    }
    quarantine::Entity::find()
        .filter(wanted)
        .order_by_asc(quarantine::Column::ReceivedAt)
        .order_by_asc(quarantine::Column::Id)
        .limit(u64::from(limit))
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, QueryTrait};

    use super::*;
    use crate::test_support::{plan_of, store};

    #[tokio::test]
    async fn a_page_is_read_from_its_index() {
        let (_folder, store) = store().await;
        let org = OrgId::new("acme").unwrap();
        let id = QuarantineId(uuid::Uuid::from_u128(1));
        for after in [None, Some((1, id))] {
            let built = open(&org, after, 10).build(DbBackend::Sqlite);
            let values = built.values.map(|values| values.0).unwrap_or_default();
            let plan = plan_of(&store.connections.readers, &built.sql, values).await;
            assert_eq!(plan.len(), 1, "{plan:#?}");
            assert!(
                plan[0].starts_with("SEARCH quarantine USING INDEX quarantine_open (org=? AND replayed_at=?"),
                "{plan:#?}"
            );
        }
    }
}
