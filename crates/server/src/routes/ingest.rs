//! `POST /api/v1/tickets/ingest`.

use axum::{
    Json,
    extract::Request,
    extract::State,
    response::{IntoResponse, Response},
};
use countersign_app::{ingest::Taken, scope::Scope};
use http::StatusCode;

use super::{LIMIT, read_body, runs::checked};
use crate::{problem::Problem, state::Server, views::IngestView};

/// Takes a ticket. Idempotent by organisation, desk and ticket id.
///
/// The body is whatever the desk's template makes of the ticket: it is only a hint, and may be broken JSON as long as
/// the ticket's id can be found in it.
#[utoipa::path(
    post, path = "/api/v1/tickets/ingest", tag = "tickets",
    request_body(content = String, content_type = "application/json", description = "`{\"source\":\"freshservice\",\"ticket\":{\"ticketId\":\"4211\",\"subject\":\"...\",\"description\":\"...\",\"url\":\"...\",\"requesterEmail\":\"...\"}}`, or `{\"ticket_id\":\"4211\"}`"),
    responses((status = 200, body = IngestView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 413, body = Problem), (status = 422, description = "No ticket id could be had; the body is kept in quarantine.", body = Problem), (status = 503, body = Problem)),
    security(("key" = ["ticket:ingest"]))
)]
pub(super) async fn ingest(State(server): State<Server>, request: Request) -> Result<Response, Problem> {
    let key = checked(&server, request.headers(), Scope::TicketIngest).await?;
    let body = read_body(request, LIMIT, server.bodies()).await?;
    let taken = server.app().ingest(&key.org, key.desk.as_ref(), &body.bytes).await?;
    Ok(answer(taken))
}

/// The answer to a body, from whichever door it came.
pub(super) fn answer(taken: Taken) -> Response {
    match taken {
        Taken::Run(ingested) => Json(IngestView::from(ingested)).into_response(),
        Taken::Quarantined { pointer, detail } => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "no-ticket-id",
            "No ticket id",
            "No ticket id could be had from the body. It is kept in quarantine, so nothing is lost.",
        )
        .part(pointer, detail)
        .into_response(),
    }
}
