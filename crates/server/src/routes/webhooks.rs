//! `POST /webhooks/{org}/{connection}`: the sender proves itself at that connection's own door.

use axum::{
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use countersign_app::AppError;
use countersign_domain::{
    digest::Digest,
    ids::{ConnectionName, OrgId, RunId},
    person::PersonRef,
    ports::{Answer, Channel, Explanation, InboundRefusal, Incoming, RawRequest},
};
use http::{HeaderMap, StatusCode, header};
use std::sync::Arc;
use tracing::Instrument;

use super::{WEBHOOK_LIMIT, ingest::answer as ticket_answer, read_body};
use crate::{problem::Problem, state::Server};

/// Takes what a desk or a channel sends.
#[utoipa::path(post, path = "/webhooks/{org}/{connection}", tag = "webhooks",
    params(("org" = String, Path, description = "the organisation"), ("connection" = String, Path, description = "the connection's name")),
    request_body(content = String, description = "what the vendor sends"),
    responses((status = 200), (status = 401, body = Problem), (status = 404, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn receive(
    State(server): State<Server>,
    Path((org, connection)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("There is no such organisation or connection, or nothing is sent to it.");
    let org = OrgId::new(&org).map_err(|_| unknown())?;
    let connection = ConnectionName::new(&connection).map_err(|_| unknown())?;
    let door = server.door(&org, &connection).ok_or_else(unknown)?;
    let headers = plain(request.headers());
    let now = || server.app().parts().clock.now();
    door.inbound.check_head(&headers, now()).map_err(|refusal| refused(&refusal))?;
    let whole = read_body(request, WEBHOOK_LIMIT, server.webhook_bodies()).await?;
    let raw = RawRequest { headers: &headers, body: &whole.bytes, now: now() };
    let (incoming, answer) = door.inbound.verify(raw).map_err(|refusal| refused(&refusal))?.into_inner();
    match incoming {
        Incoming::Ticket => {
            let taken = server.app().ingest(&org, Some(&connection), &whole.bytes).await?;
            return Ok(ticket_answer(taken));
        }
        Incoming::Decision(click) => server.app().receive_click(&org, &click).await?,
        Incoming::ReasonWanted { trigger, run, plan_version, plan_digest, room, user } => {
            if let Some((_, channel)) = server.app().parts().connections.channel(&org) {
                let wanted = Wanted { trigger, run, plan_version, plan_digest, room, user };
                tokio::spawn(wanted.open_form(channel).in_current_span());
            }
        }
        Incoming::Probe { probe, user } => server.app().probe_returned(&org, probe, PersonRef::Slack(user)).await?,
        Incoming::Nothing => {}
    }
    Ok(answered(answer))
}

/// A form that somebody wants opened.
struct Wanted {
    trigger: String,
    run: RunId,
    plan_version: u32,
    plan_digest: Option<Digest>,
    room: String,
    user: String,
}

impl Wanted {
    /// Opens it; where that fails, whoever pressed the button is told.
    async fn open_form(self, channel: Arc<dyn Channel>) {
        let asked = channel.ask_reason(&self.trigger, &self.run, self.plan_version, self.plan_digest).await;
        let Err(error) = asked else { return };
        let run = self.run;
        tracing::warn!(%run, %error, "the form for a denial's reason could not be opened");
        let text = "The form could not be opened; press Deny again.".to_owned();
        let told = channel.explain(&Explanation { room: self.room, user: self.user, text }).await;
        if let Err(error) = told {
            tracing::warn!(%run, %error, "nor could that be told to whoever pressed the button");
        }
    }
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
