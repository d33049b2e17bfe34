//! A run's whole story.

use countersign_app::story::{Happened, Stage, Story};
use serde::Serialize;
use utoipa::ToSchema;

use super::{EffectJson, RunView};

/// Why a run is as it is, and what now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoryView {
    /// The run as it is now.
    run: RunView,
    /// What it waits for, or what could be done now.
    now: String,
    /// `off`, `shadow` or `live`: the mode in force for it.
    mode: &'static str,
    /// The confidence its runbook asks for, from 0 to 1.
    floor: Option<f64>,
    /// Since when its steps are paused, RFC 3339.
    paused_since: Option<String>,
    /// How long each stage that ended took.
    stages: Vec<StageView>,
    /// What happened, in order: one for each ledger entry.
    happened: Vec<HappenedView>,
    /// What the world was asked for, and what each came to.
    effects: Vec<EffectJson>,
}

/// A stage.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StageView {
    /// `read`, `plan`, `decide` or `execute`.
    name: &'static str,
    /// How long it took, in milliseconds.
    millis: u64,
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HappenedView {
    /// RFC 3339.
    at: String,
    /// The ledger entry's number.
    seq: u64,
    /// Its short hash.
    hash: String,
    /// Its kind.
    kind: String,
    /// Who, opaque.
    actor: String,
    /// In words; null where the entry's body was erased.
    says: Option<String>,
}

impl From<Story> for StoryView {
    fn from(story: Story) -> Self {
        Self {
            run: RunView::of(&story.run),
            now: story.now,
            mode: story.mode.as_str(),
            floor: story.floor.map(|floor| floor.share()),
            paused_since: story.pause.map(|pause| pause.since.to_string()),
            stages: story.stages.into_iter().map(|Stage { name, millis }| StageView { name, millis }).collect(),
            happened: story.happened.into_iter().map(HappenedView::from).collect(),
            effects: story.effects.into_iter().map(EffectJson::from).collect(),
        }
    }
}

impl From<Happened> for HappenedView {
    fn from(happened: Happened) -> Self {
        Self {
            at: happened.at.to_string(),
            seq: happened.seq,
            hash: happened.hash,
            kind: happened.kind,
            actor: happened.actor,
            says: happened.says,
        }
    }
}
