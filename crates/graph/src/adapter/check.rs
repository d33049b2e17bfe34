//! What an administrator should know about the connection: found by reading, a line each.

use countersign_domain::{
    ports::{Finding, PortError},
    runbook::ActionKind,
    time::At,
};
use countersign_outbound::CallError;

use super::{
    GraphSystem, errors,
    permissions::{admin_consent_link, compare, operations, permissions},
    sign_in::{Unseen, visible},
    words::quoted,
};
use crate::client::{Access, ClientError, Hello, Id, Operation};

const ADDRESS: &str = "address";
const CREDENTIAL: &str = "credential";
const VENDOR: &str = "Microsoft Graph";
const LATER: &str = "wait a minute and check again";

impl GraphSystem {
    /// Looks at everything that these actions need; the first finding says who we are.
    pub(super) async fn look(&self, actions: &[ActionKind], now: At) -> Vec<Finding> {
        let access = match self.client.access().await {
            Ok(access) => access,
            Err(error) => return vec![self.no_access(&error)],
        };
        let mut found = vec![self.identity(access.as_ref())];
        found.extend(self.granted(actions, access.as_ref()));
        let hello = match self.client.hello().await {
            Ok(hello) => hello,
            Err(ClientError::Refused(refusal)) if refusal.status() == 403 => {
                // Graph answers; what is missing has been said.
                Hello { user: None, answered_at: refusal.reply().answered_at() }
            }
            Err(error) => {
                found.push(self.no_answer(error));
                return found;
            }
        };
        found.push(Finding::ok(VENDOR, format!("answers at {}", self.api)));
        found.extend(self.sight(actions, hello.user.as_ref()).await);
        found.push(clock(now, hello.answered_at));
        found
    }

    fn identity(&self, access: Option<&Access>) -> Finding {
        let name = access.and_then(|access| access.name.as_deref()).map(|name| format!("{} ", quoted(name)));
        let known = access.and_then(|access| access.tenant_id.as_deref()).filter(|id| *id != self.tenant_id);
        let tenant = known.map_or_else(String::new, |id| format!(" ({})", quoted(id)));
        let (application, name) = (&self.client_id, name.unwrap_or_default());
        Finding::ok(CREDENTIAL, format!("application {name}{application} in the tenant {}{tenant}", self.tenant_id))
    }

    fn granted(&self, actions: &[ActionKind], access: Option<&Access>) -> Vec<Finding> {
        let Some(access) = access else {
            return vec![Finding::warning(
                "permissions",
                "the access token cannot be read, so what has been granted is not known",
                "compare the app registration's API permissions with those of `countersign setup entra`",
            )];
        };
        let consent = admin_consent_link(&self.login, &self.tenant_id, &self.client_id);
        compare(&permissions(actions), &access.roles, &consent)
    }

    /// Why nobody says who we are.
    fn no_access(&self, error: &ClientError) -> Finding {
        let ClientError::NoToken(failure) = error else { return Finding::failed(ADDRESS, error.to_string(), LATER) };
        let place = &self.login;
        match errors::refused_sign_in(failure) {
            Err(source) => unreached(source, &format!("Microsoft's sign-in service ({place})"), "login_base_url"),
            Ok(errors::RefusedSignIn { status: 429 | 500..=599, .. }) => {
                Finding::failed(ADDRESS, format!("Microsoft's sign-in service ({place}) is busy or failed"), LATER)
            }
            Ok(refused) if !refused.spoke_oauth => Finding::failed(
                ADDRESS,
                format!("what answers at {place} is not Microsoft's sign-in service: {}", refused.words),
                "leave `login_base_url` out, which means Microsoft's public address, or correct it",
            ),
            Ok(refused) => Finding::failed(
                CREDENTIAL,
                format!(
                    "Microsoft's sign-in service refuses the application {} in the tenant {} ({})",
                    self.client_id, self.tenant_id, refused.words
                ),
                refused.mend,
            ),
        }
    }

    fn no_answer(&self, error: ClientError) -> Finding {
        match error {
            ClientError::Call { source, .. } => unreached(&source, &format!("{VENDOR} ({})", self.api), "base_url"),
            ClientError::NoToken(_) | ClientError::Refused(_) => {
                let PortError { says, .. } = errors::port(error);
                Finding::failed(VENDOR, says, format!("check `base_url` ({}), or {LATER}", self.api))
            }
        }
    }

    /// What the tenant's licences and the configuration let the actions see and do. A missing permission has been said.
    async fn sight(&self, actions: &[ActionKind], user: Option<&Id>) -> Vec<Finding> {
        let needs = |wanted: Operation| actions.iter().any(|action| operations(*action).contains(&wanted));
        let mut found = Vec::new();
        if needs(Operation::SetUsageLocation) {
            found.push(self.default_country());
        }
        if needs(Operation::ReadSkus) {
            found.extend(self.products().await);
        }
        let Some(user) = user else { return found };
        if needs(Operation::ReadRisk) {
            let seen = visible(self.client.risky_user(user).await.map(drop));
            found.extend(licensed(
                "Identity Protection",
                "P2",
                "the user's risk can neither be seen nor dismissed",
                seen,
            ));
        }
        if needs(Operation::ReadSignIns) {
            let seen = visible(self.client.sign_ins(user, 1).await.map(drop));
            found.extend(licensed("sign-in log", "P1", "a card cannot say why a sign-in failed", seen));
        }
        found
    }

    fn default_country(&self) -> Finding {
        let what = "default country";
        match &self.country {
            Some(country) => Finding::ok(what, country),
            None => Finding::warning(
                what,
                "none is configured: a user without a country of use (usageLocation) can be given no licence",
                "set `usage_location` of this connection, for example usage_location = \"DE\"",
            ),
        }
    }

    async fn products(&self) -> Option<Finding> {
        let what = "products";
        Some(match visible(self.client.subscribed_skus().await) {
            Ok(Err(_)) => return None,
            Err(error) => Finding::failed(what, error.says, LATER),
            Ok(Ok(page)) if page.value.is_empty() => Finding::warning(
                what,
                "the tenant has no subscription",
                "check `tenant_id`, or buy the products to assign",
            ),
            Ok(Ok(page)) => Finding::ok(what, format!("{} subscriptions", page.value.len())),
        })
    }
}

/// `None`: not permitted, which has been said.
fn licensed(what: &str, licence: &str, then: &str, seen: Result<Result<(), Unseen>, PortError>) -> Option<Finding> {
    match seen {
        Ok(Ok(())) => Some(Finding::ok(what, "can be read")),
        Ok(Err(Unseen::NotPermitted)) => None,
        Ok(Err(Unseen::NotLicensed)) => Some(Finding::warning(
            what,
            format!("the tenant lacks Entra ID {licence}: {then}"),
            format!("license Entra ID {licence}, or live with it"),
        )),
        Err(error) => Some(Finding::failed(what, error.says, LATER)),
    }
}

fn unreached(error: &CallError, whom: &str, key: &str) -> Finding {
    match error {
        CallError::NotSent { retry_after_ms: Some(_), .. } => Finding::failed(ADDRESS, error.to_string(), LATER),
        CallError::NotSent { retry_after_ms: None, .. } | CallError::Ambiguous { .. } => Finding::failed(
            ADDRESS,
            format!("{whom} cannot be reached: {error}"),
            format!(
                "check that this machine can reach the internet: name resolution, firewall, proxy; and `{key}`, where it \
                 is set"
            ),
        ),
        CallError::BadAnswer { .. } | CallError::Refused { .. } => Finding::failed(
            ADDRESS,
            format!("what answers is not {whom}: {error}"),
            format!("leave `{key}` out, which means Microsoft's public address, or correct it"),
        ),
    }
}

fn clock(now: At, answered_at: Option<i64>) -> Finding {
    match answered_at {
        Some(theirs) => Finding::clock(VENDOR, now.0, theirs.saturating_mul(1_000_000)),
        None => Finding::warning(
            "clock",
            "Microsoft Graph's answer has no date to compare with",
            "see that this machine's clock is set by NTP (timedatectl)",
        ),
    }
}
