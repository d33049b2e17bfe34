//! Reading desks, channels and systems.

use countersign_freshservice::Plan;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

use super::{
    global::address,
    section::Section,
    types::{ChannelConfig, DeskConfig, GraphConfig, OktaConfig, OktaCredential, SystemConfig},
    values::{parse_host, parse_moment},
};

/// The most requests a minute that can be set.
const MOST_A_MINUTE: u32 = 10_000_000;

/// Reads `kind`. Where it is not known, nothing can be said of the other keys.
fn kind<T: Copy>(section: &mut Section<'_>, choices: &[(&'static str, T)]) -> Option<T> {
    let words: Vec<_> = choices.iter().map(|(word, _)| format!("{word:?}")).collect();
    let chosen = section.required("kind", &format!("say what this is: {}", words.join(" or "))).choice(choices);
    if chosen.is_none() {
        section.leave_open();
    }
    chosen
}

fn host(section: &mut Section<'_>, example: &str) -> Option<String> {
    let field = section.required("domain", &format!("give the account's host name, for example {example}"));
    field.parsed("a host name as text", |text| parse_host(text, example).map(|host| (host.clone(), host)))
}

fn requests_per_minute(section: &mut Section<'_>) -> Option<u32> {
    section.field("requests_per_minute").whole(1..=MOST_A_MINUTE)
}

/// Reads `[org.NAME.desk.CONN]`; a date in it means its beginning in `zone`.
pub(super) fn desk(section: &mut Section<'_>, zone: &TimeZone) -> Option<DeskConfig> {
    kind(section, &[("freshservice", ())])?;
    let domain = host(section, "acme.freshservice.com");
    let base_url = address(section, "base_url");
    let api_key =
        section.required("api_key", "give the agent's API key as `{ env = \"NAME\" }` or `{ file = \"path\" }`");
    let api_key = api_key.secret();
    let webhook_token = section.field("webhook_token").secret();
    let plan = section
        .required("plan", "give the account's plan, from which the rates follow: starter, growth, pro or enterprise");
    let plan = plan.choice(&[
        ("starter", Plan::Starter),
        ("growth", Plan::Growth),
        ("pro", Plan::Pro),
        ("enterprise", Plan::Enterprise),
    ]);
    let requests_per_minute = requests_per_minute(section);
    let since = section
        .field("since")
        .parsed("a date or moment", |text| parse_moment(text, zone).map(|at| (at, at.to_string())));
    let fields = section.section("fields", fields);
    Some(DeskConfig {
        domain: domain?,
        base_url,
        api_key: api_key?,
        webhook_token,
        plan: plan?,
        requests_per_minute,
        since,
        fields,
    })
}

/// The desk's own field names; what they stand for is checked by the desk's adapter, which knows the parameters.
fn fields(section: &mut Section<'_>) -> BTreeMap<String, String> {
    section.leave_open();
    let parameter = |name: &String| section.any_field(name).text("a runbook parameter as text, for example \"target\"");
    section.names().into_iter().filter_map(|name| parameter(&name).map(|parameter| (name, parameter))).collect()
}

/// Reads `[org.NAME.channel.CONN]`.
pub(super) fn channel(section: &mut Section<'_>) -> Option<ChannelConfig> {
    kind(section, &[("slack", ())])?;
    let base_url = address(section, "base_url");
    let bot_token =
        section.required("bot_token", "give the bot's token as `{ env = \"NAME\" }` or `{ file = \"path\" }`");
    let bot_token = bot_token.secret();
    let signing_secret = section
        .required("signing_secret", "give the app's signing secret as `{ env = \"NAME\" }` or `{ file = \"path\" }`");
    let signing_secret = signing_secret.secret();
    let channel = section.required("channel", "give the channel's id, for example \"C0123ADMIN\"");
    let channel = channel.parsed("a channel id as text", |text| {
        let id = text.starts_with(['C', 'G']) && text.len() > 1 && text.len() <= 32;
        if id && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            return Ok((text.to_owned(), text.to_owned()));
        }
        Err("expected the channel's id, not its name, for example C0123ADMIN; Slack shows it at the end of the \
             channel's details"
            .to_owned())
    });
    Some(ChannelConfig { base_url, bot_token: bot_token?, signing_secret: signing_secret?, channel: channel? })
}

#[derive(Clone, Copy)]
enum SystemKind {
    Okta,
    Graph,
}

/// Reads `[org.NAME.system.CONN]`.
pub(super) fn system(section: &mut Section<'_>) -> Option<SystemConfig> {
    match kind(section, &[("okta", SystemKind::Okta), ("graph", SystemKind::Graph)])? {
        SystemKind::Okta => okta(section).map(SystemConfig::Okta),
        SystemKind::Graph => graph(section).map(SystemConfig::Graph),
    }
}

fn okta(section: &mut Section<'_>) -> Option<OktaConfig> {
    let domain = host(section, "acme.okta.com");
    let base_url = address(section, "base_url");
    let credential = okta_credential(section);
    let requests_per_minute = requests_per_minute(section);
    Some(OktaConfig { domain: domain?, base_url, credential: credential?, requests_per_minute })
}

/// Exactly one of an API token and a service app, the latter with both of its parts.
fn okta_credential(section: &mut Section<'_>) -> Option<OktaCredential> {
    let api_token = section.field("api_token");
    let (client_id, private_key) = (section.field("client_id"), section.field("private_key"));
    let key_id = section.field("key_id");
    let is_app = [&client_id, &private_key, &key_id].iter().any(|field| !field.is_absent());
    match (api_token.is_absent(), is_app) {
        (false, false) => api_token.secret().map(OktaCredential::ApiToken),
        (true, true) => {
            for (field, purpose) in [
                (&client_id, "copy the client ID of the API service app in Okta, under General"),
                (&private_key, "give the service app's private key as `{ file = \"path\" }` or `{ env = \"NAME\" }`"),
            ] {
                if field.is_absent() {
                    field.problem(format!("`{}` is missing: {purpose}", field.place()));
                }
            }
            let (client_id, private_key) = (client_id.text("an id as text"), private_key.secret());
            let key_id = key_id.text("a key id as text");
            Some(OktaCredential::App { client_id: client_id?, private_key: private_key?, key_id })
        }
        (true, false) => {
            api_token.problem(format!(
                "`{}` is missing: give the API token as `{{ env = \"NAME\" }}` or `{{ file = \"path\" }}`, or in its place \
                 `client_id` and `private_key` of an API service app (OAuth 2.0)",
                api_token.place()
            ));
            None
        }
        (false, true) => {
            api_token.problem(format!(
                "`{}` stands beside the `client_id`, `private_key` or `key_id` of a service app: keep the one way to sign \
                 in that is meant",
                api_token.place()
            ));
            None
        }
    }
}

fn graph(section: &mut Section<'_>) -> Option<GraphConfig> {
    let id = "an id as text";
    let tenant_id =
        section.required("tenant_id", "copy \"Directory (tenant) ID\" from the app registration's overview");
    let tenant_id = tenant_id.text(id);
    let client_id =
        section.required("client_id", "copy \"Application (client) ID\" from the app registration's overview");
    let client_id = client_id.text(id);
    let client_secret = section
        .required("client_secret", "give the client secret's value as `{ env = \"NAME\" }` or `{ file = \"path\" }`");
    let client_secret = client_secret.secret();
    let base_url = address(section, "base_url");
    let login_base_url = address(section, "login_base_url");
    let usage_location = section.field("usage_location").parsed("a country by its two letters", |text| {
        if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            let country = text.to_ascii_uppercase();
            return Ok((country.clone(), country));
        }
        Err("expected a country by its two letters (ISO 3166-1 alpha-2), for example \"DE\"".to_owned())
    });
    let requests_per_minute = requests_per_minute(section);
    Some(GraphConfig {
        tenant_id: tenant_id?,
        client_id: client_id?,
        client_secret: client_secret?,
        base_url,
        login_base_url,
        usage_location,
        requests_per_minute,
    })
}
