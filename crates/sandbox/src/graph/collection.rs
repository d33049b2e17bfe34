//! Collections: `$filter`, `$search`, `$select`, `$orderby`, `$top`, `$count`, paging, and what each resource allows.

use std::collections::BTreeMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use serde_json::{Value, json};

use super::filter::Filter;
use super::refusal::Refusal;
use crate::vendor::Vendor;

/// A request's query.
pub(super) type Params = BTreeMap<String, String>;

const PAGE: usize = 100;
const LARGEST_PAGE: usize = 999;

/// What a kind of resource is called and knows.
pub(super) struct Resource {
    /// `user` in `microsoft.graph.user`.
    name: &'static str,
    properties: &'static [&'static str],
    /// What is answered where `$select` is not given; everything, where `None`.
    default: Option<&'static [&'static str]>,
    /// Properties that only an advanced query may filter on.
    advanced: &'static [&'static str],
    /// Whether every `$filter` is an advanced query.
    always_advanced: bool,
}

const USER_PROPERTIES: &[&str] = &[
    "id",
    "userPrincipalName",
    "mail",
    "displayName",
    "givenName",
    "surname",
    "jobTitle",
    "department",
    "accountEnabled",
    "usageLocation",
    "userType",
    "mailNickname",
    "proxyAddresses",
    "otherMails",
    "businessPhones",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "employeeId",
    "assignedLicenses",
    "onPremisesSyncEnabled",
    "onPremisesImmutableId",
    "createdDateTime",
    "signInSessionsValidFromDateTime",
];
/// Without `$select`, Graph answers these and nothing else: `accountEnabled` has to be asked for.
const USER_DEFAULT: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];
const GROUP_PROPERTIES: &[&str] = &[
    "id",
    "displayName",
    "description",
    "mail",
    "mailEnabled",
    "mailNickname",
    "securityEnabled",
    "groupTypes",
    "isAssignableToRole",
    "onPremisesSyncEnabled",
    "membershipRule",
    "membershipRuleProcessingState",
    "visibility",
    "createdDateTime",
    "proxyAddresses",
    "roleTemplateId",
];

/// `/users`
pub(super) const USERS: Resource = Resource {
    name: "user",
    properties: USER_PROPERTIES,
    default: Some(USER_DEFAULT),
    advanced: &["proxyAddresses", "otherMails", "businessPhones"],
    always_advanced: false,
};
/// `/groups/{id}/members`
pub(super) const MEMBERS: Resource = Resource { always_advanced: true, ..USERS };
/// `/groups`
pub(super) const GROUPS: Resource = Resource {
    name: "group",
    properties: GROUP_PROPERTIES,
    default: None,
    advanced: &["proxyAddresses"],
    always_advanced: false,
};
/// `/users/{id}/memberOf`, `/groups/{id}/memberOf`
pub(super) const MEMBER_OF: Resource = Resource { always_advanced: true, ..GROUPS };
/// `/identityProtection/riskyUsers`
pub(super) const RISKY_USERS: Resource = Resource {
    name: "riskyUser",
    properties: &[
        "id",
        "isDeleted",
        "isProcessing",
        "riskDetail",
        "riskLastUpdatedDateTime",
        "riskLevel",
        "riskState",
        "userDisplayName",
        "userPrincipalName",
    ],
    default: None,
    advanced: &[],
    always_advanced: false,
};
/// `/auditLogs/signIns`
pub(super) const SIGN_INS: Resource = Resource {
    name: "signIn",
    properties: &[
        "id",
        "createdDateTime",
        "userDisplayName",
        "userPrincipalName",
        "userId",
        "appDisplayName",
        "clientAppUsed",
        "ipAddress",
        "isInteractive",
        "conditionalAccessStatus",
        "status",
        "location",
    ],
    default: None,
    advanced: &[],
    always_advanced: false,
};
/// `/subscribedSkus`, which takes no query but `$select`.
pub(super) const SKUS: Resource = Resource {
    name: "subscribedSku",
    properties: &[
        "id",
        "accountId",
        "accountName",
        "skuId",
        "skuPartNumber",
        "appliesTo",
        "capabilityStatus",
        "consumedUnits",
        "prepaidUnits",
        "servicePlans",
        "subscriptionIds",
    ],
    default: None,
    advanced: &[],
    always_advanced: false,
};

impl Resource {
    fn known(&self, property: &str) -> Result<(), Refusal> {
        if self.properties.contains(&property) {
            return Ok(());
        }
        Err(Refusal::bad_request(format!(
            "Could not find a property named '{property}' on type 'microsoft.graph.{}'.",
            self.name
        )))
    }

    fn selected(&self, params: &Params) -> Result<Option<Vec<String>>, Refusal> {
        let Some(select) = params.get("$select") else {
            return Ok(self.default.map(|default| default.iter().map(|property| (*property).to_owned()).collect()));
        };
        let names: Vec<String> = select.split(',').map(|name| name.trim().to_owned()).collect();
        names.iter().try_for_each(|name| self.known(name))?;
        Ok(Some(names))
    }

    /// One object, with the properties asked for.
    pub(super) fn single(&self, row: Value, params: &Params) -> Result<Response, Refusal> {
        let mut row = pick(row, self.selected(params)?.as_deref());
        if let Value::Object(fields) = &mut row {
            let context = format!("https://graph.microsoft.com/v1.0/$metadata#{}s/$entity", self.name);
            fields.insert("@odata.context".to_owned(), Value::String(context));
        }
        Ok(Json(row).into_response())
    }
}

fn pick(row: Value, selected: Option<&[String]>) -> Value {
    match (row, selected) {
        (Value::Object(fields), Some(selected)) => Value::Object(
            fields.into_iter().filter(|(name, _)| name.starts_with('@') || selected.contains(name)).collect(),
        ),
        (row, _) => row,
    }
}

/// A collection request, read and found permissible.
pub(super) struct Query<'a> {
    resource: &'a Resource,
    params: &'a Params,
    filter: Option<Filter>,
    /// Property and text of `$search="displayName:text"`.
    search: Option<(String, String)>,
    selected: Option<Vec<String>>,
    /// Property, and whether descending.
    order: Option<(String, bool)>,
    top: usize,
    skip: usize,
    count: bool,
}

impl<'a> Query<'a> {
    /// Reads a query.
    ///
    /// # Errors
    /// Graph's 400 for what it cannot read, does not know, or takes only as an advanced query.
    pub(super) fn read(resource: &'a Resource, params: &'a Params, headers: &HeaderMap) -> Result<Self, Refusal> {
        let known = ["$filter", "$search", "$select", "$orderby", "$top", "$count", "$skiptoken"];
        if let Some(name) = params.keys().find(|name| name.starts_with('$') && !known.contains(&name.as_str())) {
            return Err(Refusal::bad_request(format!("The query option '{name}' is not supported by the service.")));
        }
        let eventual = headers
            .get("consistencylevel")
            .and_then(|level| level.to_str().ok())
            .is_some_and(|level| level.eq_ignore_ascii_case("eventual"));
        let count = params.get("$count").is_some_and(|count| count == "true");
        let filter = params.get("$filter").map(|text| Filter::parse(text)).transpose()?;
        if let Some(filter) = &filter {
            check_filter(resource, filter, eventual && count)?;
        }
        let skip = params.get("$skiptoken").map_or(Ok(0), |token| {
            token.strip_prefix("sbx-").and_then(|skip| skip.parse().ok()).ok_or_else(|| {
                Refusal::directory(
                    "The specified page token value has expired and can no longer be included in your request.",
                )
            })
        })?;
        Ok(Self {
            resource,
            params,
            filter,
            search: search(resource, params, eventual)?,
            selected: resource.selected(params)?,
            order: order(resource, params)?,
            top: top(params)?,
            skip,
            count: count && eventual,
        })
    }

    /// Whether a row is asked for.
    pub(super) fn takes(&self, row: &Value) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.matches(row))
            && self.search.as_ref().is_none_or(|(property, text)| {
                let value = row.get(property).and_then(Value::as_str).unwrap_or_default().to_lowercase();
                value.starts_with(text)
                    || value.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(text))
            })
    }

    /// Answers a page of the rows that are asked for. `path` begins with `/v1.0`.
    pub(super) fn answer(&self, rows: impl Iterator<Item = Value>, path: &str, headers: &HeaderMap) -> Response {
        let mut rows: Vec<Value> = rows.filter(|row| self.takes(row)).collect();
        if let Some((property, descending)) = &self.order {
            rows.sort_by_key(|row| row.get(property).and_then(Value::as_str).map(str::to_lowercase));
            if *descending {
                rows.reverse();
            }
        }
        let total = rows.len();
        let page: Vec<Value> =
            rows.into_iter().skip(self.skip).take(self.top).map(|row| pick(row, self.selected.as_deref())).collect();
        let mut body = json!({
            "@odata.context": format!("https://graph.microsoft.com/v1.0/$metadata#{}s", self.resource.name),
            "value": page,
        });
        if self.count {
            body["@odata.count"] = Value::from(total);
        }
        let reached = self.skip.saturating_add(self.top);
        if reached < total {
            let mut params = self.params.clone();
            params.insert("$skiptoken".to_owned(), format!("sbx-{reached}"));
            let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
            let query = serde_urlencoded::to_string(&params).unwrap_or_default();
            body["@odata.nextLink"] = Value::from(format!("http://{host}{}{path}?{query}", Vendor::Graph.prefix()));
        }
        Json(body).into_response()
    }
}

fn check_filter(resource: &Resource, filter: &Filter, advanced: bool) -> Result<(), Refusal> {
    filter.properties(&mut |property, needs_advanced| {
        resource.known(property)?;
        let needs_advanced = needs_advanced || resource.always_advanced || resource.advanced.contains(&property);
        if needs_advanced && !advanced {
            return Err(Refusal::unsupported_query(format!(
                "Unsupported or invalid query filter clause specified for property '{property}' of resource '{}'.",
                resource.name
            )));
        }
        Ok(())
    })
}

fn search(resource: &Resource, params: &Params, eventual: bool) -> Result<Option<(String, String)>, Refusal> {
    let Some(search) = params.get("$search") else { return Ok(None) };
    if !eventual {
        return Err(Refusal::unsupported_query(
            "Request with $search query parameter only works through MSGraph with a special request header: \
             'ConsistencyLevel: eventual'",
        ));
    }
    let clause = search.trim().strip_prefix('"').and_then(|search| search.strip_suffix('"'));
    let (property, text) = clause.and_then(|clause| clause.split_once(':')).ok_or_else(|| {
        Refusal::bad_request(format!("Invalid search clause: '{search}'. Write \"property:text\", in quotation marks."))
    })?;
    resource.known(property)?;
    Ok(Some((property.to_owned(), text.to_lowercase())))
}

fn order(resource: &Resource, params: &Params) -> Result<Option<(String, bool)>, Refusal> {
    let Some(order) = params.get("$orderby") else { return Ok(None) };
    let (property, direction) = order.trim().split_once(' ').unwrap_or((order.trim(), "asc"));
    resource.known(property)?;
    Ok(Some((property.to_owned(), direction.trim().eq_ignore_ascii_case("desc"))))
}

fn top(params: &Params) -> Result<usize, Refusal> {
    let Some(top) = params.get("$top") else { return Ok(PAGE) };
    top.parse().ok().filter(|top| (1..=LARGEST_PAGE).contains(top)).ok_or_else(|| {
        Refusal::directory(format!(
            "Invalid page size specified: '{top}'. Must be between 1 and {LARGEST_PAGE} inclusive."
        ))
    })
}
