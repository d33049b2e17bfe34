//! An account that cannot be asked.

use countersign_domain::ports::Finding;
use countersign_outbound::CallError;

use super::{ADDRESS, CREDENTIAL, LATER};
use crate::client::{ClientError, Refusal};

const NOT_FRESHSERVICE: &str = "correct `domain`: the host name that stands in the browser's address bar at the desk, for example \
     acme.freshservice.com; and `base_url`, where it is set";

/// Why nobody says who we are.
pub(super) fn unknown(error: &ClientError) -> Finding {
    match error {
        ClientError::Call(call) => unreached(call),
        ClientError::Refused(refusal) => refused(refusal),
        ClientError::Unreadable { .. } | ClientError::Astray { .. } | ClientError::TooLong { .. } => {
            Finding::failed(ADDRESS, format!("what answers is no Freshservice account: {error}"), NOT_FRESHSERVICE)
        }
    }
}

/// The key is known, and nothing may be done with it.
pub(super) fn powerless(refusal: &Refusal) -> Finding {
    Finding::failed(
        CREDENTIAL,
        with_words("the key is known, but its agent may do nothing (status 403)", &refusal.says),
        "activate the agent, make it a full-time one (an occasional agent's key works on days with a day pass alone), give it a role that may view tickets, and allow API access",
    )
}

/// What happened, and Freshservice's own reason where it gave one.
pub(super) fn with_words(what: &str, says: &str) -> String {
    if says.is_empty() { what.to_owned() } else { format!("{what}; Freshservice says: {says}") }
}

fn unreached(error: &CallError) -> Finding {
    match error {
        CallError::NotSent { retry_after_ms: Some(_), .. } => Finding::failed(ADDRESS, error.to_string(), LATER),
        CallError::NotSent { retry_after_ms: None, .. } | CallError::Ambiguous { .. } => Finding::failed(
            ADDRESS,
            format!("Freshservice cannot be reached: {error}"),
            "check `domain`, and that this machine can reach it: name resolution, firewall, proxy; and `base_url`, where it is set",
        ),
        CallError::BadAnswer { .. } | CallError::Refused { .. } => {
            Finding::failed(ADDRESS, format!("what answers is no Freshservice account: {error}"), NOT_FRESHSERVICE)
        }
    }
}

fn refused(refusal: &Refusal) -> Finding {
    match refusal.reply.status {
        401 => Finding::failed(
            CREDENTIAL,
            with_words("Freshservice does not accept the key (status 401)", &refusal.says),
            "copy the key again from the agent's profile settings: it ends when it is reset or its agent is deactivated",
        ),
        429 => {
            Finding::failed(CREDENTIAL, "Freshservice has had too many requests, so it did not say who we are", LATER)
        }
        500..=599 => {
            Finding::failed(ADDRESS, format!("Freshservice answered with status {}", refusal.reply.status), LATER)
        }
        status => {
            let says = format!("what answers is no Freshservice account: status {status}");
            Finding::failed(ADDRESS, says, NOT_FRESHSERVICE)
        }
    }
}
