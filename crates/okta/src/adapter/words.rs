//! Okta's facts in words that people read.

use std::collections::BTreeSet;

use countersign_domain::{
    plan::{BlockCode, Blocker},
    ports::PortError,
};
use countersign_outbound::{Reply, Sort, status_error};
use http::HeaderMap;

use super::access::{PROOF_REFUSED, missing_right, no_token};
use crate::client::{ClientError, Factor, Refusal, Role, User, UserStatus};

/// A failed call as the corridor understands it. `what` is what was attempted.
pub(super) fn port_error(error: ClientError, what: &str, sort: Sort) -> PortError {
    match error {
        ClientError::Call(error) => error.into_port(sort),
        ClientError::Refused(refusal) => refused(&refusal, what, sort),
        ClientError::NoToken(failure) => no_token(&failure, what),
        ClientError::NoId | ClientError::TooMany => PortError::permanent(format!("{what}: {error}")),
    }
}

fn refused(refusal: &Refusal, what: &str, sort: Sort) -> PortError {
    let says = |words: &str| {
        let code = if refusal.code.is_empty() { "no code" } else { &refusal.code };
        format!("Okta refused {what} (status {}, {code}): {words}", refusal.status)
    };
    match (refusal.code.as_str(), refusal.status) {
        (_, 400 | 401) if refusal.challenge.as_deref() == Some("invalid_dpop_proof") => {
            PortError::unauthorized(says(&format!("{PROOF_REFUSED}.")))
        }
        (_, 401) if refusal.challenge.is_some() => PortError::unauthorized(says(
            "the access token was refused twice. Look whether the service app is still active under Applications.",
        )),
        ("E0000011", _) | (_, 401) => PortError::unauthorized(says(
            "the API token is wrong, expired or revoked. Make a new one under Security > API > Tokens and put it into \
             the configuration.",
        )),
        ("E0000016", _) => PortError::permanent(says("the user is active already.")),
        ("E0000017" | "E0000032" | "E0000038", _) => PortError::permanent(says(
            "the user's status does not allow it. Look at the user in Okta, then plan again.",
        )),
        (_, 403) => PortError::unauthorized(says(&missing_right(refusal))),
        ("E0000007", _) => PortError::permanent(says("the user or the group no longer exists. Plan again.")),
        (_, 404) => PortError::permanent(says("nothing is there; check the domain in the configuration.")),
        ("E0000001", _) if !refusal.causes.is_empty() => {
            PortError::permanent(says(&format!("{}.", refusal.causes.join("; "))))
        }
        (_, 429) => PortError::transient(
            says("too many requests in this minute. It is tried again by itself."),
            refusal.retry_after_ms,
        ),
        (_, 500..=599) if sort == Sort::Write => {
            PortError::ambiguous(says("Okta failed inside, and it may have taken. It is read back by itself."))
        }
        (_, 500..=599) => PortError::transient(
            says("Okta is not available at the moment. It is tried again by itself."),
            refusal.retry_after_ms,
        ),
        (_, status) => {
            let bare = Reply::new(status, HeaderMap::new(), "");
            let words = [refusal.code.as_str(), &refusal.causes.join("; ")].join(" ");
            status_error("Okta", what, &bare, sort, words.trim())
        }
    }
}

/// How a user is called: the full name, else the name to show, else the login.
pub(super) fn full_name(user: &User) -> String {
    let profile = &user.profile;
    let parts: Vec<_> =
        [&profile.first_name, &profile.last_name].into_iter().flatten().map(|part| part.trim()).collect();
    let joined = parts.join(" ").trim().to_owned();
    if !joined.is_empty() {
        return joined;
    }
    profile.display_name.clone().or_else(|| profile.login.clone()).unwrap_or_default()
}

/// How a user is called in the middle of a sentence.
pub(super) fn first_name(user: &User) -> String {
    match &user.profile.first_name {
        Some(name) if !name.trim().is_empty() => name.trim().to_owned(),
        Some(_) | None => full_name(user),
    }
}

/// A status with what it means.
pub(super) fn status_words(status: &UserStatus) -> String {
    let means = match status {
        UserStatus::Staged => "created, never activated",
        UserStatus::Provisioned => "activation not finished",
        UserStatus::Active => "can sign in",
        UserStatus::Recovery => "a password reset is under way",
        UserStatus::PasswordExpired => "must change the password at the next sign-in",
        UserStatus::LockedOut => "locked out after too many attempts",
        UserStatus::Suspended => "suspended, cannot sign in",
        UserStatus::Deprovisioned => "deactivated, cannot sign in",
        UserStatus::Other(_) => "a state Countersign does not know",
    };
    format!("{} ({means})", status.as_str())
}

/// Why a status stands in the way, and what would mend it.
pub(super) fn wrong_state(user: &User, wanted: &str) -> Blocker {
    let mend = match user.status {
        UserStatus::Staged => "Activate the account in Okta first; its activation mail lets the user set a password.",
        UserStatus::Provisioned => {
            "Have the user finish the activation (Okta can send its mail again), then plan again."
        }
        UserStatus::Suspended => {
            "Find out why the account is suspended. If it may be used, reactivate it in Okta (Unsuspend) first, then plan again."
        }
        UserStatus::Deprovisioned => {
            "Nothing can be done for a deactivated account. Check whether another account is meant, or activate it in Okta."
        }
        UserStatus::LockedOut => "Unlock the account first, or deactivate it in Okta, then plan again.",
        UserStatus::Recovery => {
            "Wait until the user has finished the password reset, or deactivate the account in Okta, then plan again."
        }
        UserStatus::PasswordExpired => {
            "Wait until the user has changed the password, or deactivate the account in Okta, then plan again."
        }
        UserStatus::Active | UserStatus::Other(_) => "Look at the account in Okta, then plan again.",
    };
    let says =
        format!("{wanted} is not possible for {}: the status is {}.", full_name(user), status_words(&user.status));
    Blocker::new(BlockCode::WrongState, says, mend)
}

/// The names of roles, sorted, each once.
pub(super) fn role_names(roles: &[Role]) -> String {
    roles.iter().map(Role::name).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}

/// The names of factors, in order, each once with its count.
pub(super) fn factor_names(factors: &[Factor]) -> String {
    let mut names: Vec<(String, usize)> = Vec::new();
    for factor in factors {
        let name = factor_name(factor);
        match names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => names.push((name, 1)),
        }
    }
    let shown = names.into_iter().map(|(name, count)| if count > 1 { format!("{name} ({count})") } else { name });
    shown.collect::<Vec<_>>().join(", ")
}

fn factor_name(factor: &Factor) -> String {
    let name = match (factor.factor_type.as_str(), factor.provider.as_str()) {
        ("push" | "token:software:totp", "OKTA") => "Okta Verify",
        ("signed_nonce", _) => "Okta FastPass",
        ("token:software:totp", "GOOGLE") => "Google Authenticator",
        ("sms", _) => "SMS",
        ("call", _) => "Voice call",
        ("email", _) => "E-mail",
        ("question", _) => "Security question",
        ("webauthn", _) => "Security key or biometrics",
        ("u2f", _) => "Security key (U2F)",
        ("token:hardware", "YUBICO") => "YubiKey",
        ("token", "RSA") => "RSA SecurID",
        ("token", "SYMANTEC") => "Symantec VIP",
        ("web", "DUO") => "Duo",
        (kind, provider) => return format!("{kind} ({provider})"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use countersign_domain::ports::PortErrorKind;

    use super::*;
    use crate::client::Operation;

    fn error(status: u16, code: &str, sort: Sort) -> PortError {
        let (operation, code, retry_after_ms) = (Operation::ReadUser, code.to_owned(), Some(9_000));
        let refusal = Refusal { operation, status, code, causes: vec![], challenge: None, retry_after_ms };
        port_error(ClientError::from(refusal), "doing it", sort)
    }

    #[test]
    fn unavailable_okta_is_asked_again_when_it_says_and_a_write_is_read_back() {
        for status in [500, 502, 503, 504, 520] {
            let later = PortErrorKind::Transient { retry_after_ms: Some(9_000) };
            assert_eq!(error(status, "E0000009", Sort::Read).kind, later, "{status}");
            assert_eq!(error(status, "E0000009", Sort::Write).kind, PortErrorKind::Ambiguous, "{status}");
        }
    }

    #[test]
    fn codes_outweigh_the_status_they_come_with() {
        for (status, code, kind) in [
            (403, "E0000006", PortErrorKind::Unauthorized),
            (403, "E0000038", PortErrorKind::Permanent),
            (403, "E0000032", PortErrorKind::Permanent),
            (403, "E0000017", PortErrorKind::Permanent),
            (401, "E0000011", PortErrorKind::Unauthorized),
            (404, "E0000007", PortErrorKind::Permanent),
            (400, "E0000001", PortErrorKind::Permanent),
            (400, "", PortErrorKind::Permanent),
            (429, "E0000047", PortErrorKind::Transient { retry_after_ms: Some(9_000) }),
        ] {
            for sort in [Sort::Read, Sort::Write] {
                let error = error(status, code, sort);
                assert_eq!(error.kind, kind, "{status} {code}");
                assert!(error.says.contains(&status.to_string()) && error.says.contains(code), "{error}");
            }
        }
    }
}
