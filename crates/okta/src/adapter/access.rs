//! What to do about a missing right or a refused credential, in words that people read.

use countersign_domain::ports::PortError;
use countersign_outbound::Sort;

use crate::client::{Denial, Refusal, Suspect, TokenFailure};

/// Where scopes are granted, and by whom.
pub(super) const GRANT: &str = "as a super administrator, open Applications > Applications > the service app > Okta API \
                                Scopes and grant it";

/// Where role permissions are given.
pub(super) const GIVE: &str = "add it to the custom admin role under Security > Administrators > Roles, and look whether \
                               its resource set holds what is concerned";

/// What to do where the proof that goes with a request is refused.
pub(super) const PROOF_REFUSED: &str = "the proof of possession (DPoP) was not accepted. Set this machine's clock by NTP, \
                                        and look whether domain (or base_url) in the configuration is the very address \
                                        under which Okta answers";

/// What is missing where Okta answers with 403.
pub(super) fn missing_right(refusal: &Refusal) -> String {
    let operation = refusal.operation;
    let purpose = operation.purpose();
    if refusal.is_missing_scope() {
        return format!("the access token lacks the right {purpose}, the API scope {}: {GRANT}.", operation.scope());
    }
    format!(
        "the credential lacks the right {purpose} ({}): {GIVE}; administrators themselves can be changed by a super \
         administrator alone.",
        roles_named(operation.roles())
    )
}

/// Role permissions as part of a sentence.
pub(super) fn roles_named(roles: &[&str]) -> String {
    match roles {
        [] => "an administrator role".to_owned(),
        [one] => format!("role permission {one}"),
        several => format!("role permissions {}", several.join(" and ")),
    }
}

/// A call that was not made, for want of a token. Asking for one changes nothing.
pub(super) fn no_token(failure: &TokenFailure, what: &str) -> PortError {
    match failure {
        TokenFailure::Call(error) => error.clone().into_port(Sort::Read),
        TokenFailure::Denied(denial) if denial.suspect == Suspect::Okta => PortError::transient(
            format!("Before {what}: {denial}. Okta is not available at the moment; it is tried again by itself."),
            denial.retry_after_ms,
        ),
        TokenFailure::Key(_) | TokenFailure::NoRandomness(_) | TokenFailure::Denied(_) => {
            PortError::unauthorized(format!("Before {what}: {failure}. {}.", capital(mend(failure))))
        }
    }
}

/// What to do where there is no token, as the rest of a sentence.
pub(super) fn mend(failure: &TokenFailure) -> &'static str {
    match failure {
        TokenFailure::Key(_) => {
            "put the service app's private key into the file or variable that private_key names, as PEM or as a JSON Web \
             Key"
        }
        TokenFailure::NoRandomness(_) => "look at this machine's random number generator",
        TokenFailure::Call(_) => "check domain and base_url in the configuration, the network and the proxy",
        TokenFailure::Denied(denial) => of_suspect(denial),
    }
}

fn of_suspect(denial: &Denial) -> &'static str {
    match denial.suspect {
        Suspect::Key => {
            "look at private_key: its public key must stand among the service app's public keys (General > Client \
             Credentials)"
        }
        Suspect::KeyId => {
            "look at the key id (key_id in the configuration, or kid in the JSON Web Key): it must be the one of a public \
             key that is active in the service app"
        }
        Suspect::ClientId => {
            "look at client_id: it must be the client id of an active API service app of this org (Applications > \
             Applications)"
        }
        Suspect::Client => {
            "look at client_id (that of an active API service app, with client authentication by public key / private \
             key) and at private_key (its public key must be registered there)"
        }
        Suspect::Clock => "set this machine's clock by NTP: Okta finds the assertion's times wrong",
        Suspect::Address => {
            "look at domain (or base_url): it must be the very address of the org under which the service app was made, \
             such as acme.okta.com"
        }
        Suspect::Scope => {
            "one of the API scopes is not granted to the service app, or Okta does not know it: compare Applications > \
             Applications > the service app > Okta API Scopes with what `countersign setup okta` names"
        }
        Suspect::Consent => {
            "none of the API scopes is granted to the service app: as a super administrator, open Applications > \
             Applications > the service app > Okta API Scopes and grant those that `countersign setup okta` names"
        }
        Suspect::App => "look at the app: it must be of the type API Services, which signs in with client credentials",
        Suspect::Proof => {
            "set this machine's clock by NTP, and look whether domain (or base_url) in the configuration is the very address \
             under which Okta answers: the proof of possession (DPoP) was not accepted"
        }
        Suspect::Okta => "wait; Okta is not available at the moment",
        Suspect::Unknown => "look at client_id, private_key and domain in the configuration",
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
