//! `POST /webhooks/{org}/{connection}`: the sender proves itself at that connection's own door.

use axum::{
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use countersign_app::AppError;
use countersign_domain::{
    ids::{ConnectionName, OrgId},
    ports::{Answer, InboundRefusal, Incoming, RawRequest},
};
use http::{HeaderMap, StatusCode, header};

use super::{ingest::answer as ticket_answer, read_body};
use crate::{problem::Problem, state::Server};

/// Takes what a desk or a channel sends.
#[utoipa::path(post, path = "/webhooks/{org}/{connection}", tag = "webhooks",
    params(("org" = String, Path, description = "the organisation"), ("connection" = String, Path, description = "the connection's name")),
    request_body(content = String, description = "what the vendor sends"),
    responses((status = 200), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn receive(
    State(server): State<Server>,
    Path((org, connection)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("There is no such organisation or connection, or nothing is sent to it.");
    let org = OrgId::new(&org).map_err(|_| unknown())?;
    let connection = ConnectionName::new(&connection).map_err(|_| unknown())?;
    let door = server.0.doors.get(&(org.clone(), connection.clone())).cloned().ok_or_else(unknown)?;
    let (parts, body) = read_body(request).await?;
    let headers = plain(&parts.headers);
    let raw = RawRequest { headers: &headers, body: &body, now: server.app().parts().clock.now() };
    let (incoming, answer) = door.inbound.verify(raw).map_err(|refusal| refused(&refusal))?.into_inner();
    match incoming {
        Incoming::Ticket => {
            let taken = server.app().ingest(&org, Some(&connection), &body).await?;
            return Ok(ticket_answer(taken));
        }
        Incoming::Decision(click) => server.app().receive_click(&org, &click).await?,
        Incoming::ReasonWanted { trigger, run, plan_version } => {
            if let Some((_, channel)) = server.app().parts().connections.channel(&org) {
                tokio::spawn(async move {
                    if let Err(error) = channel.ask_reason(&trigger, &run, plan_version).await {
                        tracing::warn!(%run, %error, "the form for a denial's reason could not be opened");
                    }
                });
            }
        }
        Incoming::Nothing => {}
    }
    Ok(answered(answer))
}

fn plain(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| value.to_str().ok().map(ToOwned::to_owned);
    headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect()
}

fn refused(refusal: &InboundRefusal) -> Problem {
    let detail = refusal.to_string();
    match refusal {
        InboundRefusal::NoSecret => Problem::unavailable(detail),
        InboundRefusal::Unproved(_) => Problem::unauthorized(detail),
        InboundRefusal::Malformed(_) => AppError::Invalid { pointer: String::new(), detail }.into(),
    }
}

fn answered(answer: Answer) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, answer.content_type)], answer.body).into_response()
}
