//! Subscriptions, the organisation, and the assignment of licences.

use std::sync::Arc;

use axum::extract::{Path, Query as UrlQuery, State as Shared};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value, json};

use super::State;
use super::access::{ASSIGN_LICENCES, Caller, READ_ORGANISATION, READ_SUBSCRIPTIONS, READ_USERS};
use super::collection::{Params, Query, SKUS, USERS};
use super::refusal::Refusal;
use super::render;
use super::tenant::Tenant;
use super::users::json_body;

/// `GET /v1.0/subscribedSkus`: takes `$select` only.
pub(super) async fn subscribed_skus(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    UrlQuery(params): UrlQuery<Params>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    caller.needs(READ_SUBSCRIPTIONS)?;
    if let Some(name) = params.keys().find(|name| name.starts_with('$') && name.as_str() != "$select") {
        return Err(Refusal::unsupported_query(format!(
            "The query option '{name}' is not supported for this resource."
        )));
    }
    let query = Query::read(&SKUS, &params, &headers)?;
    let tenant = state.tenant();
    Ok(query.answer(tenant.skus.iter().map(|sku| render::sku(sku, &tenant.id)), "/v1.0/subscribedSkus", &headers))
}

/// `GET /v1.0/organization`
pub(super) async fn organization(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Refusal> {
    caller.needs(READ_ORGANISATION)?;
    let tenant = state.tenant();
    let plans: Vec<Value> = [(tenant.p1_licence, "AAD_PREMIUM"), (tenant.p2_licence, "AAD_PREMIUM_P2")]
        .into_iter()
        .filter(|(licensed, _)| *licensed)
        .map(|(_, plan)| json!({"capabilityStatus": "Enabled", "service": plan}))
        .collect();
    let organization = json!({
        "id": tenant.id,
        "displayName": "Acme",
        "countryLetterCode": "DE",
        "verifiedDomains": [{"name": "acme.com", "isDefault": true, "isInitial": false}],
        "assignedPlans": plans,
    });
    let context = "https://graph.microsoft.com/v1.0/$metadata#organization";
    Ok(Json(json!({"@odata.context": context, "value": [organization]})).into_response())
}

/// `GET /v1.0/users/{id}/licenseDetails`
pub(super) async fn details(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
) -> Result<Response, Refusal> {
    caller.needs(READ_USERS)?;
    let tenant = state.tenant();
    let licences = &tenant.user(&key)?.licences;
    let rows: Vec<Value> = licences.iter().filter_map(|id| tenant.sku(id)).map(render::licence_detail).collect();
    let context = "https://graph.microsoft.com/v1.0/$metadata#licenseDetails";
    Ok(Json(json!({"@odata.context": context, "value": rows})).into_response())
}

/// `POST /v1.0/users/{id}/assignLicense`: both arrays have to be there; all of it is done or nothing.
pub(super) async fn assign(
    Shared(state): Shared<Arc<State>>,
    Extension(caller): Extension<Caller>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    caller.needs(ASSIGN_LICENCES)?;
    let body: Map<String, Value> = json_body(&headers, &body)?;
    let (add, remove) = (array(&body, "addLicenses")?, array(&body, "removeLicenses")?);
    let add = add.iter().map(|licence| guid(licence.get("skuId"))).collect::<Result<Vec<_>, _>>()?;
    let remove = remove.iter().map(|licence| guid(Some(licence))).collect::<Result<Vec<_>, _>>()?;
    let now = state.now();
    let mut tenant = state.tenant();
    let id = tenant.user_id(&key)?;
    change(&mut tenant, &id, &add, &remove, now)?;
    USERS.single(render::user(tenant.user(&id)?), &Params::new())
}

fn array<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a Vec<Value>, Refusal> {
    match body.get(name) {
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Refusal::bad_request(format!("The value of the parameter '{name}' must be a collection."))),
        None => Err(Refusal::bad_request(format!(
            "One or more parameters of the operation 'assignLicense' are missing from the request payload. \
             The missing parameters are: {name}."
        ))),
    }
}

fn guid(value: Option<&Value>) -> Result<String, Refusal> {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    let shaped = text.len() == 36
        && text.chars().enumerate().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        });
    if shaped {
        return Ok(text.to_lowercase());
    }
    Err(Refusal::bad_request(format!("Cannot convert the literal '{text}' to the expected type 'Edm.Guid'.")))
}

fn change(tenant: &mut Tenant, id: &str, add: &[String], remove: &[String], now: i64) -> Result<(), Refusal> {
    let user = tenant.user(id)?;
    if !add.is_empty() && user.usage_location.is_none() {
        let message = "License assignment cannot be done for user with invalid usage location.";
        return Err(Refusal::directory(message));
    }
    if remove.iter().any(|sku| !user.licences.contains(sku)) {
        return Err(Refusal::directory("User does not have a corresponding license."));
    }
    let mut licences: Vec<String> = user.licences.iter().filter(|sku| !remove.contains(sku)).cloned().collect();
    let mut added = Vec::new();
    for wanted in add.iter().filter(|wanted| !user.licences.contains(wanted)) {
        let sku = tenant.sku(wanted).ok_or_else(|| {
            Refusal::directory(format!("License {wanted} does not correspond to a valid company License."))
        })?;
        if sku.free() == 0 {
            return Err(Refusal::directory(format!(
                "Subscription with SKU {wanted} does not have any available licenses."
            )));
        }
        if !licences.contains(wanted) {
            licences.push(wanted.clone());
            added.push((wanted.clone(), sku.part_number.clone()));
        }
    }
    tenant.user_mut(id)?.licences = licences;
    for (sku, part_number) in added {
        if let Some(sku) = tenant.sku_mut(&sku) {
            sku.consumed += 1;
        }
        tenant.record("licence.assigned", id, part_number, now);
    }
    for sku in remove {
        let part_number = tenant.sku_mut(sku).map(|sku| {
            sku.consumed = sku.consumed.saturating_sub(1);
            sku.part_number.clone()
        });
        tenant.record("licence.removed", id, part_number.unwrap_or_default(), now);
    }
    Ok(())
}
