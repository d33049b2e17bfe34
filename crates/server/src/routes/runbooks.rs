//! `/api/v1/runbooks`.

use axum::{
    Json,
    extract::{Path, Request, State},
};
use countersign_app::scope::Scope;
use countersign_domain::{
    classification::{GroupAction, NamedPerson, NewHire, Slots},
    ids::RunbookId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{FromBody, LIMIT, read_body, runs::checked};
use crate::{
    problem::Problem,
    state::Server,
    views::{RunView, RunbookView},
};

/// The catalogue.
#[derive(Serialize, ToSchema)]
pub(crate) struct Catalogue {
    /// The runbooks.
    runbooks: Vec<RunbookView>,
}

/// The catalogue with each parameter's type.
#[utoipa::path(get, path = "/api/v1/runbooks", operation_id = "list_runbooks", tag = "runbooks",
    responses((status = 200, body = Catalogue), (status = 401, body = Problem), (status = 403, body = Problem)),
    security(("key" = ["catalog:read"])))]
pub(super) async fn list(State(server): State<Server>, request: Request) -> Result<Json<Catalogue>, Problem> {
    let key = checked(&server, request.headers(), Scope::CatalogRead).await?;
    let org = server.app().org(&key.org)?;
    let mut runbooks: Vec<_> = org.runbooks.values().collect();
    runbooks.sort_by(|one, other| one.id.cmp(&other.id));
    let view =
        |runbook: &countersign_domain::runbook::Runbook| RunbookView::of(runbook, org.mode_of(Some(&runbook.id)));
    Ok(Json(Catalogue { runbooks: runbooks.into_iter().map(view).collect() }))
}

/// The values a run starts with; what a runbook does not need is left out.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StartBody {
    /// The person it is about.
    target: Option<TargetBody>,
    /// The group.
    group: Option<String>,
    /// `add` or `remove`.
    action: Option<String>,
    /// The licence.
    sku: Option<String>,
    /// The new starter.
    new_hire: Option<NewHireBody>,
}

/// A person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TargetBody {
    /// Login or address.
    email: Option<String>,
    /// Full name.
    name: Option<String>,
}

/// A new starter.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewHireBody {
    /// Full name.
    name: Option<String>,
    /// The address wanted.
    email: Option<String>,
    /// Groups.
    #[serde(default)]
    groups: Vec<String>,
    /// The licence tier.
    license: Option<String>,
}

impl StartBody {
    fn slots(self) -> Result<Slots, Problem> {
        let action = match self.action.as_deref() {
            None => None,
            Some("add") => Some(GroupAction::Add),
            Some("remove") => Some(GroupAction::Remove),
            Some(_) => return Err(Problem::invalid("/action", "must be add or remove")),
        };
        let target = self.target.map(|target| NamedPerson { email: target.email, name: target.name });
        let new_hire = self.new_hire.map(|hire| NewHire {
            name: hire.name,
            email: hire.email,
            groups: hire.groups,
            license: hire.license,
        });
        Ok(Slots { target: target.unwrap_or_default(), group: self.group, action, sku: self.sku, new_hire })
    }
}

/// Starts a run without a ticket. The same approval gate stands before it.
#[utoipa::path(post, path = "/api/v1/runbooks/{id}/runs", tag = "runbooks", params(("id" = String, Path, description = "for example RB-002")),
    request_body = StartBody,
    responses((status = 200, body = RunView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 415, body = Problem), (status = 422, body = Problem)),
    security(("key" = ["runbook:execute"])))]
pub(super) async fn start(
    State(server): State<Server>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<RunView>, Problem> {
    let key = checked(&server, request.headers(), Scope::RunbookExecute).await?;
    let id = RunbookId::new(&id).map_err(|error| Problem::not_found(format!("There is no such runbook: {error}.")))?;
    let whole = read_body(request, LIMIT, server.bodies()).await?;
    let body = StartBody::from_body(&whole.parts.headers, &whole.bytes)?;
    let run = server.app().start(&key.org, &id, body.slots()?, &key).await?;
    Ok(Json(RunView::of(&run)))
}
