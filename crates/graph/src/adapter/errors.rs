//! From the client's errors to the port's: what happened, to what, and what to do next.

use countersign_domain::{ports::PortError, shown::shown};
use countersign_outbound::{CallError, Sort, status_error};

use crate::client::{BadId, ClientError, Operation, Refusal, TokenFailure};

const VENDOR: &str = "Microsoft Graph";
const CONSENT: &str = "in the Entra admin center, at the app registration's API permissions, with admin consent";

/// What a failed call means.
pub(super) fn port(error: ClientError) -> PortError {
    match error {
        ClientError::Call { operation, source } => source.into_port(sort(operation)),
        ClientError::NoToken(failure) => no_token(&failure),
        ClientError::Refused(refusal) => refused(&refusal),
    }
}

/// What a failed step means. A user whom provisioning has just brought is found by one replica of the directory before
/// the next one knows them: for them "no such user" passes.
pub(super) fn of_step(error: ClientError, awaited: bool) -> PortError {
    match &error {
        ClientError::Refused(refusal) if awaited && refusal.status() == 404 => PortError::transient(
            format!(
                "{VENDOR} refused {}: the new user has not reached all of Entra ID yet",
                refusal.operation().what()
            ),
            Some(30_000),
        ),
        ClientError::Refused(_) | ClientError::Call { .. } | ClientError::NoToken(_) => port(error),
    }
}

/// An id in a plan that is none of Graph's.
pub(super) fn bad_id(_: BadId) -> PortError {
    PortError::permanent("the plan names an object by something that is no id of Microsoft Graph: make a new plan")
}

fn sort(operation: Operation) -> Sort {
    if operation.is_write() { Sort::Write } else { Sort::Read }
}

/// Without a token nothing was sent to Graph, so nothing is ambiguous.
fn no_token(failure: &TokenFailure) -> PortError {
    match refused_sign_in(failure) {
        Err(source) => source.clone().into_port(Sort::Read),
        Ok(RefusedSignIn { status: 429 | 500..=599, retry_after_ms, .. }) => {
            PortError::transient("Microsoft's sign-in service is busy or failed; it is asked again", retry_after_ms)
        }
        Ok(RefusedSignIn { words, mend, .. }) => PortError::unauthorized(format!(
            "Microsoft's sign-in service refuses Countersign's application ({words}): {mend}"
        )),
    }
}

/// What the sign-in service said instead of giving a token.
pub(super) struct RefusedSignIn {
    /// The HTTP status.
    pub(super) status: u16,
    /// What `Retry-After` asks for, in milliseconds.
    pub(super) retry_after_ms: Option<u64>,
    /// Whether it spoke OAuth; else something other than a sign-in service has answered.
    pub(super) spoke_oauth: bool,
    /// Its own words: `status 401, invalid_client, AADSTS7000215`.
    pub(super) words: String,
    /// What to do about it.
    pub(super) mend: &'static str,
}

/// Why there is no token: what was said, or else why nothing was.
pub(super) fn refused_sign_in(failure: &TokenFailure) -> Result<RefusedSignIn, &CallError> {
    match failure {
        TokenFailure::Call(source) => Err(source),
        TokenFailure::Refused { status, error, code, retry_after_ms } => {
            let mut words = format!("status {status}");
            let number = code.map(|code| format!("AADSTS{code}")).unwrap_or_default();
            for word in [error, &number].into_iter().filter(|word| !word.is_empty()) {
                words.push_str(", ");
                words.push_str(word);
            }
            let (status, retry_after_ms, mend) = (*status, *retry_after_ms, mend_sign_in(*code));
            Ok(RefusedSignIn { status, retry_after_ms, spoke_oauth: !error.is_empty(), words, mend })
        }
    }
}

/// Codes: <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>.
fn mend_sign_in(code: Option<u64>) -> &'static str {
    match code {
        Some(7_000_215) => {
            "`client_secret` is wrong: put in the secret's value, not its id, or create a new one under the app \
             registration's \"Certificates & secrets\""
        }
        Some(7_000_222) => {
            "the client secret has expired: create a new one under the app registration's \"Certificates & secrets\" and \
             configure its value"
        }
        Some(7_000_112) => "the application is disabled in Entra: enable it under \"Enterprise applications\"",
        Some(700_016) => {
            "`client_id` names no application of this tenant: copy \"Application (client) ID\" from the app \
             registration's overview, and see that `tenant_id` is the tenant it stands in"
        }
        Some(90_002 | 900_023) => {
            "`tenant_id` names no tenant: copy \"Directory (tenant) ID\" from the app registration's overview"
        }
        Some(_) | None => "check `tenant_id`, `client_id` and `client_secret`",
    }
}

fn refused(refusal: &Refusal) -> PortError {
    let operation = refusal.operation();
    let what = operation.what();
    match refusal.status() {
        403 if refusal.says_not_licensed() => PortError::permanent(format!(
            "{VENDOR} refused {what}: the tenant lacks the licence it needs (Entra ID P1 for the sign-in log, P2 for \
             risk)"
        )),
        403 => PortError::unauthorized(denied(operation)),
        404 => PortError::permanent(format!(
            "{VENDOR} refused {what}: the user or group no longer exists (Request_ResourceNotFound); make a new plan"
        )),
        400 => bad_request(refusal),
        _ => status_error(VENDOR, what, refusal.reply(), sort(operation), refusal.code()),
    }
}

/// Which permission is missing, and what else the very same refusal can mean.
fn denied(operation: Operation) -> String {
    let grant = format!(
        "{VENDOR} refused {}: grant the application permission {} {CONSENT}",
        operation.what(),
        operation.permissions().join(" and ")
    );
    match operation {
        Operation::EnableAccount | Operation::SetUsageLocation | Operation::RevokeSessions => format!(
            "{grant}; where it has that, the user holds an administrator role, and only an administrator can change \
             such an account"
        ),
        Operation::AddMember | Operation::RemoveMember => format!(
            "{grant}; where it has that, the group's members cannot be set by an application (dynamic or able to hold \
             directory roles)"
        ),
        Operation::FindUsers
        | Operation::ReadUser
        | Operation::AssignLicense
        | Operation::ReadSkus
        | Operation::FindGroups
        | Operation::ReadGroup
        | Operation::ReadMemberships
        | Operation::ReadStanding
        | Operation::ReadNesting
        | Operation::ReadRisk
        | Operation::DismissRisk
        | Operation::ReadSignIns => grant,
    }
}

/// Graph tells its reasons for a 400 apart by the message alone.
fn bad_request(refusal: &Refusal) -> PortError {
    let what = refusal.operation().what();
    if refusal.mentions("available licenses") {
        return PortError::permanent(format!(
            "{VENDOR} refused {what}: no unit of it is free any more; free or buy one and make a new plan"
        ));
    }
    // The country was read right before the step: Graph has not carried it everywhere yet.
    if refusal.mentions("usage location") {
        return PortError::transient(
            format!("{VENDOR} refused {what}: the user's country of use has not reached the licence service yet"),
            Some(30_000),
        );
    }
    if refusal.mentions("on-premises") {
        return PortError::permanent(format!(
            "{VENDOR} refused {what}: it is kept in the on-premises directory; change it there"
        ));
    }
    if refusal.operation().is_write() {
        let message = shown(refusal.message(), 300);
        return PortError::permanent(format!("{VENDOR} refused {what}: {message} ({})", refusal.code()));
    }
    status_error(VENDOR, what, refusal.reply(), Sort::Read, refusal.code())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use countersign_domain::ports::PortErrorKind;
    use countersign_outbound::Reply;
    use http::{HeaderMap, HeaderValue, header};

    use super::*;

    fn refusal(operation: Operation, status: u16, code: &str, message: &str) -> PortError {
        let body = serde_json::json!({"error": {"code": code, "message": message}}).to_string();
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_static("7"))]);
        port(ClientError::Refused(Box::new(Refusal::new(operation, Reply::new(status, headers, body)))))
    }

    fn sign_in(status: u16, code: u64) -> PortError {
        let error = "invalid_client".to_owned();
        let failure = TokenFailure::Refused { status, error, code: Some(code), retry_after_ms: None };
        port(ClientError::NoToken(Arc::new(failure)))
    }

    #[test]
    fn denied_call_names_the_permission_it_needs() {
        for (operation, permission) in [
            (Operation::AssignLicense, "LicenseAssignment.ReadWrite.All"),
            (Operation::AddMember, "GroupMember.ReadWrite.All"),
            (Operation::DismissRisk, "IdentityRiskyUser.ReadWrite.All"),
            (Operation::RevokeSessions, "User.RevokeSessions.All"),
        ] {
            let error = refusal(operation, 403, "Authorization_RequestDenied", "Insufficient privileges");
            assert_eq!(error.kind, PortErrorKind::Unauthorized);
            assert!(error.says.contains(permission), "{error}");
        }
    }

    #[test]
    fn want_of_a_licence_is_not_taken_for_want_of_a_permission() {
        let error = refusal(Operation::ReadRisk, 403, "Forbidden", "Your tenant is not licensed for this feature.");
        assert_eq!(error.kind, PortErrorKind::Permanent);
        assert!(error.says.contains("P2"), "{error}");
    }

    #[test]
    fn failed_write_is_ambiguous_and_failed_read_is_not() {
        assert_eq!(refusal(Operation::AddMember, 502, "", "").kind, PortErrorKind::Ambiguous);
        let read = PortErrorKind::Transient { retry_after_ms: Some(7_000) };
        assert_eq!(refusal(Operation::ReadUser, 502, "", "").kind, read);
        assert_eq!(refusal(Operation::AddMember, 429, "TooManyRequests", "").kind, read);
    }

    #[test]
    fn vanished_object_is_refused_for_good() {
        assert_eq!(
            refusal(Operation::AssignLicense, 404, "Request_ResourceNotFound", "Resource 'x'").kind,
            PortErrorKind::Permanent
        );
    }

    #[test]
    fn new_user_who_is_not_known_everywhere_yet_is_waited_for() {
        let refusal = || {
            let reply = Reply::new(404, HeaderMap::new(), "{}");
            ClientError::Refused(Box::new(Refusal::new(Operation::SetUsageLocation, reply)))
        };
        assert_eq!(of_step(refusal(), true).kind, PortErrorKind::Transient { retry_after_ms: Some(30_000) });
        assert_eq!(of_step(refusal(), false).kind, PortErrorKind::Permanent);
    }

    #[test]
    fn reasons_within_a_400_are_told_apart() {
        let none_free = "Subscription with SKU 05e9 does not have any available licenses.";
        let error = refusal(Operation::AssignLicense, 400, "Request_BadRequest", none_free);
        assert!(error.kind == PortErrorKind::Permanent && error.says.contains("no unit"), "{error}");
        let lagging = "License assignment cannot be done for user with invalid usage location.";
        let error = refusal(Operation::AssignLicense, 400, "Request_BadRequest", lagging);
        assert_eq!(error.kind, PortErrorKind::Transient { retry_after_ms: Some(30_000) });
    }

    #[test]
    fn message_of_a_refused_search_is_not_repeated() {
        let message = "Invalid filter clause: Syntax error in 'displayName eq 's3cr3t''.";
        assert!(!refusal(Operation::FindGroups, 400, "BadRequest", message).says.contains("s3cr3t"));
    }

    #[test]
    fn refused_sign_in_says_what_to_mend() {
        for (code, word) in [
            (7_000_215, "not its id"),
            (7_000_222, "expired"),
            (700_016, "client_id"),
            (90_002, "tenant_id"),
            (7_000_112, "disabled"),
            (1, "check"),
        ] {
            let error = sign_in(401, code);
            assert_eq!(error.kind, PortErrorKind::Unauthorized);
            assert!(error.says.contains(word) && error.says.contains(&format!("AADSTS{code}")), "{error}");
        }
        assert_eq!(sign_in(503, 90_033).kind, PortErrorKind::Transient { retry_after_ms: None });
    }
}
