//! The organisations' ledgers within a transaction: heads locked, entries sealed, everything written at the end.

use std::collections::{BTreeMap, BTreeSet};

use countersign_domain::{ids::OrgId, ports::StoreError};
use countersign_ledger::{Draft, Entry, Head, genesis, seal};
use sea_orm::{DatabaseTransaction, Value};

use crate::{
    error::{Failure, corrupt},
    sql::{Rows, is_postgres, stored, unsigned},
};

const HEADS: Rows = Rows { before: "SELECT org, seq, hash FROM head WHERE org IN (VALUES", after: ")", width: 1 };
const HEADS_LOCKED: Rows = Rows {
    before: "SELECT org, seq, hash FROM head WHERE org IN (VALUES",
    after: ") ORDER BY org FOR UPDATE",
    width: 1,
};
const NEW_HEADS: Rows =
    Rows { before: "INSERT INTO head (org, seq, hash) VALUES", after: " ON CONFLICT (org) DO NOTHING", width: 3 };
const MOVE_HEADS: Rows = Rows {
    before: "WITH new (new_org, new_seq, new_hash) AS (VALUES",
    after: ") UPDATE head SET seq = new_seq, hash = new_hash FROM new WHERE org = new_org",
    width: 3,
};
const ENTRIES: Rows = Rows {
    before: "INSERT INTO entry (org, seq, time, kind, run, actor, plan_digest, policy_digest, decision, previous, \
             commitment, hash) VALUES",
    after: "",
    width: 12,
};
const BODIES: Rows = Rows { before: "INSERT INTO entry_body (org, seq, salt, bytes) VALUES", after: "", width: 4 };

/// The locked heads, and what is to be appended after them.
pub(super) struct Chain {
    heads: BTreeMap<String, Head>,
    grown: BTreeSet<String>,
    entries: Vec<Value>,
    bodies: Vec<Value>,
}

impl Chain {
    /// Reads the heads under a lock that lasts until the transaction ends. It also keeps two processes from working on
    /// the same organisation's rows at once.
    pub(super) async fn lock(transaction: &DatabaseTransaction, orgs: &BTreeSet<&OrgId>) -> Result<Self, Failure> {
        let mut chain =
            Self { heads: BTreeMap::new(), grown: BTreeSet::new(), entries: Vec::new(), bodies: Vec::new() };
        chain.read(transaction, orgs).await?;
        let missing: Vec<Value> = orgs
            .iter()
            .filter(|org| !chain.heads.contains_key(org.as_str()))
            .flat_map(|org| {
                let head = genesis(org.as_str());
                [org.as_str().into(), stored(head.seq).into(), head.hash.to_vec().into()]
            })
            .collect();
        if !missing.is_empty() {
            NEW_HEADS.execute(transaction, missing).await?;
            chain.read(transaction, orgs).await?;
        }
        Ok(chain)
    }

    async fn read(&mut self, transaction: &DatabaseTransaction, orgs: &BTreeSet<&OrgId>) -> Result<(), Failure> {
        let statement = if is_postgres(transaction) { HEADS_LOCKED } else { HEADS };
        for row in statement.query(transaction, orgs.iter().map(|org| org.as_str().into()).collect()).await? {
            let (org, seq, hash): (String, i64, Vec<u8>) =
                (row.try_get("", "org")?, row.try_get("", "seq")?, row.try_get("", "hash")?);
            let hash =
                hash.try_into().map_err(|_| corrupt("the ledger's head of", &org, "its hash has another length"))?;
            self.heads.insert(org, Head { seq: unsigned(seq), hash });
        }
        Ok(())
    }

    /// Seals the drafts behind the organisation's head; the new head.
    pub(super) fn append(&mut self, org: &OrgId, drafts: &[Draft]) -> Result<Head, StoreError> {
        let org = org.as_str();
        let Some(mut head) = self.heads.get(org).copied() else {
            return Err(StoreError::Unavailable(format!("the ledger of {org} was not locked: try again")));
        };
        for draft in drafts {
            let entry = seal(org, &head, draft);
            head = entry.head();
            if let Some(body) = &draft.body {
                let row: [Value; 4] =
                    [org.into(), stored(entry.seq).into(), body.salt.to_vec().into(), body.bytes.clone().into()];
                self.bodies.extend(row);
            }
            self.entries.extend(values(entry));
        }
        if !drafts.is_empty() {
            self.heads.insert(org.to_owned(), head);
            self.grown.insert(org.to_owned());
        }
        Ok(head)
    }

    /// Writes entries, bodies and heads.
    pub(super) async fn write(self, transaction: &DatabaseTransaction) -> Result<(), Failure> {
        ENTRIES.execute(transaction, self.entries).await?;
        BODIES.execute(transaction, self.bodies).await?;
        let moved = self
            .heads
            .iter()
            .filter(|(org, _)| self.grown.contains(*org))
            .flat_map(|(org, head)| [org.as_str().into(), stored(head.seq).into(), head.hash.to_vec().into()])
            .collect();
        MOVE_HEADS.execute(transaction, moved).await?;
        Ok(())
    }
}

fn values(entry: Entry) -> [Value; 12] {
    let hash = |hash: Option<[u8; 32]>| Value::from(hash.map(|hash| hash.to_vec()));
    [
        entry.org.into(),
        stored(entry.seq).into(),
        entry.time_micros.into(),
        entry.kind.into(),
        entry.run.map(uuid::Uuid::from_bytes).into(),
        entry.actor.into(),
        hash(entry.plan_digest),
        hash(entry.policy_digest),
        entry.decision.into(),
        entry.previous.to_vec().into(),
        hash(entry.commitment),
        entry.hash.to_vec().into(),
    ]
}
