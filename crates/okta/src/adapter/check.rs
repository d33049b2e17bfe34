//! Looking at everything that the actions need of the org, by reads that change nothing.

use std::collections::BTreeSet;

use countersign_domain::{ports::Finding, runbook::ActionKind, time::At};
use countersign_outbound::CallError;

use super::{
    Okta,
    access::{GIVE, GRANT, mend},
    rights::{ROLE, SCOPE, covers, needed, permissions, scopes},
};
use crate::client::{ClientError, Granted, Operation, Suspect, TokenFailure};

/// Scopes that a service app of this program should not have, where no action needs them: with each of them more could
/// be changed or read than users and groups. An app is asked for them when it is checked.
const NOTABLE: [&str; 12] = [
    "okta.apps.manage",
    "okta.authorizationServers.manage",
    "okta.authenticators.manage",
    "okta.apiTokens.manage",
    "okta.groups.manage",
    "okta.idps.manage",
    "okta.logs.read",
    "okta.networkZones.manage",
    "okta.orgs.manage",
    "okta.policies.manage",
    "okta.roles.manage",
    "okta.users.manage",
];

/// What a finding is about where it is not Okta that answers.
const DOMAIN: &str = "domain";

impl Okta {
    pub(super) async fn check_all(&self, actions: &[ActionKind], now: At) -> Vec<Finding> {
        let (first, granted) = self.find_out_who_we_are().await;
        let mut findings = vec![first];
        // Where something else than Okta answers, its clock is of no interest; a `Date` has whole seconds.
        if let Some(at) = self.client.answered_at().filter(|_| findings.iter().all(|found| found.what != DOMAIN)) {
            let second = 1_000_000;
            findings.push(Finding::clock("Okta", now.0.div_euclid(second) * second, at.saturating_mul(second)));
        }
        let Ok(granted) = granted else { return findings };
        match &granted {
            Some(granted) => self.check_scopes(actions, granted, &mut findings).await,
            None => findings.push(Finding::warning(
                "rights of the API token",
                "an API token has every right of its owner, and Okta does not say which those are",
                "use OAuth 2.0 in its place: `countersign setup okta` shows how to make a service app with no more than \
                 what the runbooks need",
            )),
        }
        let has_scope =
            |operation: Operation| granted.as_ref().is_none_or(|granted| covers(&granted.scopes, operation.scope()));
        self.check_reads(&needed(actions), has_scope, &mut findings).await;
        findings.extend(untried(actions));
        findings
    }

    /// The first finding; with it what a service app was granted, or that nothing more can be asked.
    async fn find_out_who_we_are(&self) -> (Finding, Result<Option<Granted>, ()>) {
        let host = self.client.host();
        let found = match self.client.granted().await {
            Ok(Some(granted)) => {
                let how = if granted.bound { "tokens bound by DPoP" } else { "bearer tokens (DPoP is off)" };
                let says = format!("Okta {host} as the service app {}, with {how}", granted.client_id);
                return (Finding::ok("credential", says), Ok(Some(granted)));
            }
            Ok(None) => self.client.me().await,
            Err(error) => Err(error),
        };
        match found {
            Ok(owner) => {
                let login = owner.profile.login.unwrap_or_default();
                (Finding::ok("credential", format!("Okta {host} as {login}, by API token")), Ok(None))
            }
            Err(error) => (unreachable(&error, host), Err(())),
        }
    }

    async fn check_scopes(&self, actions: &[ActionKind], granted: &Granted, findings: &mut Vec<Finding>) {
        let wanted = scopes(actions);
        let before = findings.len();
        for right in permissions(actions).iter().filter(|right| right.sort == SCOPE) {
            if !covers(&granted.scopes, right.name) {
                let says = format!("the service app is not granted it; needed for {}", right.calls.join(", "));
                findings.push(Finding::failed(format!("{SCOPE} {}", right.name), says, GRANT));
            }
        }
        if findings.len() == before && !wanted.is_empty() {
            findings.push(Finding::ok("API scopes", format!("granted: {}", wanted.join(", "))));
        }
        let more: Vec<_> = NOTABLE.into_iter().filter(|scope| !wanted.contains(scope)).collect();
        let asked = self.client.try_scopes(&more).await;
        let held = asked.as_ref().map_or(&[][..], Vec::as_slice).iter().chain(&granted.scopes);
        let excess: BTreeSet<_> = held.map(String::as_str).filter(|scope| !wanted.contains(scope)).collect();
        if !excess.is_empty() {
            let excess: Vec<_> = excess.into_iter().collect();
            findings.push(Finding::warning(
                "API scopes in excess",
                format!("the service app is also granted what no runbook needs: {}", excess.join(", ")),
                "revoke them under Applications > Applications > the service app > Okta API Scopes",
            ));
        } else if let Err(error) = asked {
            findings.push(Finding::warning(
                "API scopes in excess",
                format!("it could not be asked whether there are any: {}", told(&error)),
                "look under Applications > Applications > the service app > Okta API Scopes",
            ));
        }
    }

    /// Tries the role's read permissions, each by one read.
    async fn check_reads(
        &self,
        needed: &BTreeSet<Operation>,
        has_scope: impl Fn(Operation) -> bool,
        findings: &mut Vec<Finding>,
    ) {
        let wanted = |operation: Operation| needed.contains(&operation) && has_scope(operation);
        let mut somebody = None;
        if wanted(Operation::SearchUsers) {
            let found = self.client.any_user().await;
            findings.push(probed(Operation::SearchUsers, found.as_ref().map(Option::is_some)));
            somebody = found.ok().flatten();
        }
        // A user's groups are listed, too, as far as groups may be read.
        if wanted(Operation::ListUserGroups) && has_scope(Operation::SearchGroups) {
            let found = self.client.any_group().await;
            findings.push(probed(Operation::SearchGroups, found.as_ref().map(Option::is_some)));
        } else if wanted(Operation::ListUserGroups)
            && let Some(user) = &somebody
        {
            let found = self.client.groups_of(&user.id).await;
            findings.push(probed(Operation::SearchGroups, found.as_ref().map(|groups| !groups.is_empty())));
        }
        if wanted(Operation::ListUserRoles)
            && let Some(user) = &somebody
        {
            let found = self.client.roles_of(&user.id).await;
            findings.push(probed(Operation::ListUserRoles, found.as_ref().map(|_| true)));
        }
    }
}

/// What came of trying a call whose operation takes one role permission; `seen`: whether it showed anything.
fn probed(operation: Operation, seen: Result<bool, &ClientError>) -> Finding {
    let what = format!("{ROLE} {}", operation.roles().join(", "));
    match seen {
        Ok(true) => Finding::ok(what, format!("{} is allowed", operation.call())),
        Ok(false) => Finding::warning(
            what,
            format!("{} is allowed, but shows nothing at all", operation.call()),
            "look whether the resource set of the admin role holds all users and all groups",
        ),
        Err(ClientError::Refused(refusal)) if refusal.status == 403 && !refusal.is_missing_scope() => {
            Finding::failed(what, format!("Okta refuses {}: {refusal}", operation.call()), GIVE)
        }
        Err(ClientError::Refused(refusal)) if refusal.is_missing_scope() => {
            Finding::failed(format!("{SCOPE} {}", operation.scope()), refusal.to_string(), GRANT)
        }
        Err(error) => Finding::failed(what, format!("could not be tried: {}", told(error)), "try again in a minute"),
    }
}

/// The permissions that only a change would try.
fn untried(actions: &[ActionKind]) -> Option<Finding> {
    let writes = needed(actions).into_iter().filter(|operation| !operation.is_read());
    let roles: BTreeSet<_> = writes.flat_map(Operation::roles).copied().collect();
    let names: Vec<_> = roles.into_iter().collect();
    let says = format!("not tried, since that would change something; needed are {}", names.join(", "));
    (!names.is_empty()).then(|| Finding::ok("role permissions to change", says))
}

/// Why we cannot be told who we are.
fn unreachable(error: &ClientError, host: &str) -> Finding {
    let says = told(error);
    let domain =
        format!("look at domain (or base_url) in the configuration: {host} must be the address of the Okta org");
    match error {
        ClientError::Call(call) => by_call(call, says, domain),
        ClientError::NoToken(failure) => match failure.as_ref() {
            TokenFailure::Call(call) => by_call(call, says, domain),
            TokenFailure::Denied(denial) if matches!(denial.suspect, Suspect::Address) => {
                Finding::failed(DOMAIN, says, mend(failure))
            }
            TokenFailure::Denied(_) | TokenFailure::Key(_) | TokenFailure::NoRandomness(_) => {
                Finding::failed("credential", says, mend(failure))
            }
        },
        ClientError::Refused(refusal) => match refusal.status {
            401 => Finding::failed(
                "credential",
                says,
                "the API token is wrong, expired or revoked: make a new one under Security > API > Tokens and put it \
                 where api_token points",
            ),
            403 => Finding::failed("credential", says, "give the owner of the API token an administrator role"),
            429 | 500..=599 => Finding::failed("connection", says, "try again in a minute: Okta is not available"),
            _ => Finding::failed(DOMAIN, says, domain),
        },
        ClientError::NoId | ClientError::TooMany => Finding::failed("connection", says, domain),
    }
}

fn by_call(call: &CallError, says: String, domain: String) -> Finding {
    match call {
        CallError::NotSent { retry_after_ms: Some(_), .. } => {
            Finding::failed("connection", says, "try again when the rate limit's window has ended, in a minute")
        }
        CallError::NotSent { retry_after_ms: None, .. } | CallError::Ambiguous { .. } => Finding::failed(
            "connection",
            says,
            format!("{domain}; then DNS, the firewall towards it on port 443, and HTTPS_PROXY"),
        ),
        CallError::BadAnswer { .. } => Finding::failed(DOMAIN, says, domain),
        CallError::Refused { .. } => {
            Finding::failed("credential", says, "look whether api_token holds the token alone, without line breaks")
        }
    }
}

/// An error with what is behind it.
fn told(error: &ClientError) -> String {
    match error {
        ClientError::NoToken(failure) => match failure.as_ref() {
            TokenFailure::Call(call) => call.to_string(),
            TokenFailure::Key(_) | TokenFailure::NoRandomness(_) | TokenFailure::Denied(_) => failure.to_string(),
        },
        ClientError::Call(_) | ClientError::Refused(_) | ClientError::NoId | ClientError::TooMany => error.to_string(),
    }
}
