//! `/api/v1/pause`, `/api/v1/resume`: the kill switch.

use axum::{
    Json,
    extract::{Request, State},
};
use countersign_app::scope::Scope;
use countersign_domain::{
    ids::{OrgId, RunbookId},
    person::Actor,
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use utoipa::ToSchema;

use super::{FromBody, LIMIT, read_body, runs::checked};
use crate::{problem::Problem, state::Server};

/// How often it is looked at whether steps that had started before have ended.
const POLL: Duration = Duration::from_millis(50);

/// How many looks an answer waits for: a quarter of a minute.
const LOOKS: u32 = 300;

/// What is paused or resumed.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SwitchBody {
    /// One runbook, by its id; left out: everything.
    runbook: Option<String>,
    /// Why, in your words: stands on the cards and in the ledger.
    reason: Option<String>,
}

/// How the switch stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Switched {
    /// Whether steps are held.
    paused: bool,
    /// Which runbook's; null: all of the organisation.
    runbook: Option<String>,
    /// Steps that had started before and have not ended yet; they finish. 0: nothing is being sent any more. null: they
    /// could not be counted; the switch stands as it is told here all the same.
    in_flight: Option<u64>,
}

/// The longest reason, in characters.
const REASON_LIMIT: usize = 200;

impl SwitchBody {
    fn read(self) -> Result<(Option<RunbookId>, Option<String>), Problem> {
        let runbook = self.runbook.as_deref().map(RunbookId::new).transpose();
        let runbook = runbook.map_err(|error| Problem::invalid("/runbook", error.to_string()))?;
        if self.reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_LIMIT) {
            return Err(Problem::invalid("/reason", format!("at most {REASON_LIMIT} characters")));
        }
        Ok((runbook, self.reason.filter(|reason| !reason.trim().is_empty())))
    }
}

/// Throws the kill switch: no step starts any more once this is answered. What is in flight finishes; intake, cards and
/// notes go on. Throwing it twice is throwing it once.
#[utoipa::path(post, path = "/api/v1/pause", tag = "administration", request_body = SwitchBody,
    responses((status = 200, body = Switched), (status = 401, body = Problem), (status = 403, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem)),
    security(("key" = ["admin"])))]
pub(super) async fn pause(State(server): State<Server>, request: Request) -> Result<Json<Switched>, Problem> {
    let (org, by, (runbook, why)) = asked(&server, request).await?;
    let mut in_flight = server.app().pause(&org, runbook.as_ref(), why, &by).await?.in_flight;
    draw_cards(&server, org.clone(), runbook.clone());
    for _ in 0..LOOKS {
        if matches!(in_flight, None | Some(0)) {
            break;
        }
        tokio::time::sleep(POLL).await;
        in_flight = counted(&server, &org, runbook.as_ref()).await;
    }
    Ok(Json(Switched { paused: true, runbook: runbook.map(|id| id.to_string()), in_flight }))
}

/// Releases the kill switch: steps start again, unless something else holds them.
#[utoipa::path(post, path = "/api/v1/resume", tag = "administration", request_body = SwitchBody,
    responses((status = 200, body = Switched), (status = 401, body = Problem), (status = 403, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem)),
    security(("key" = ["admin"])))]
pub(super) async fn resume(State(server): State<Server>, request: Request) -> Result<Json<Switched>, Problem> {
    let (org, by, (runbook, _)) = asked(&server, request).await?;
    // What else holds it is read before: once it is released, nothing must look as if it had not been.
    let pauses = server.queries().pauses().await?.into_iter();
    let mut others = pauses.filter(|pause| (&pause.org, &pause.runbook) != (&org, &runbook));
    let held = others.any(|pause| pause.holds(&org, runbook.as_ref()));
    server.app().resume(&org, runbook.as_ref(), &by).await?;
    draw_cards(&server, org.clone(), runbook.clone());
    let in_flight = counted(&server, &org, runbook.as_ref()).await;
    Ok(Json(Switched { paused: held, runbook: runbook.map(|id| id.to_string()), in_flight }))
}

/// Steps in flight, as long as they can be counted: the switch is thrown already, whatever comes of it.
async fn counted(server: &Server, org: &OrgId, runbook: Option<&RunbookId>) -> Option<u64> {
    let counted = server.app().in_flight(org, runbook).await;
    if let Err(error) = &counted {
        tracing::warn!(%org, %error, "how many steps are in flight could not be counted");
    }
    counted.ok()
}

type Asked = (OrgId, Actor, (Option<RunbookId>, Option<String>));

/// Who asks for what. A request without a body means everything.
async fn asked(server: &Server, request: Request) -> Result<Asked, Problem> {
    let key = checked(server, request.headers(), Scope::Admin).await?;
    let whole = read_body(request, LIMIT, server.bodies()).await?;
    let body = if whole.bytes.is_empty() {
        SwitchBody::default()
    } else {
        SwitchBody::from_body(&whole.parts.headers, &whole.bytes)?
    };
    Ok((key.org.clone(), Actor::Key(key.id), body.read()?))
}

/// The cards that are out follow in their own time.
fn draw_cards(server: &Server, org: OrgId, runbook: Option<RunbookId>) {
    let app = Arc::clone(server.app());
    tokio::spawn(async move {
        if let Err(error) = app.show_pause(&org, runbook.as_ref()).await {
            tracing::warn!(%org, %error, "cards do not say yet whether steps are paused");
        }
    });
}
