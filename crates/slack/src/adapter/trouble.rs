//! What Slack's refusals mean, and what to do about them.

use countersign_domain::ports::PortError;
use countersign_outbound::{Sort, status_error};

use crate::client::ClientError;

/// A failed call as the domain knows it. `what` is the thing attempted: `posting the card`. A call that may be repeated
/// without harm is a [`Sort::Read`], whatever it does.
pub(super) fn port_error(what: &str, sort: Sort, error: ClientError) -> PortError {
    match error {
        ClientError::Call(error) => error.into_port(sort),
        ClientError::RateLimited { retry_after_ms, .. } => PortError::transient(
            format!("Slack has had too many requests, so {what} has to wait; it will be tried again"),
            retry_after_ms,
        ),
        ClientError::Status { reply, .. } => status_error("Slack", what, &reply, sort, ""),
        ClientError::Refused { code, needed, messages, .. } => refused(what, sort, &code, needed.as_deref(), &messages),
    }
}

fn refused(what: &str, sort: Sort, code: &str, needed: Option<&str>, messages: &[String]) -> PortError {
    let says = |advice: &str| format!("Slack refused {what} ({code}): {advice}");
    match code {
        "internal_error" | "fatal_error" => match sort {
            Sort::Read => PortError::transient(says("Slack failed inside; it will be tried again"), None),
            Sort::Write => PortError::ambiguous(says("Slack failed inside and may still have done it")),
        },
        "service_unavailable" | "request_timeout" | "team_added_to_org" => {
            PortError::transient(says("Slack is not available at the moment; it will be tried again"), None)
        }
        "missing_scope" => PortError::unauthorized(says(&format!(
            "the app lacks the scope {}; add it under OAuth & Permissions and install the app again",
            needed.unwrap_or("it needs")
        ))),
        "invalid_blocks"
        | "invalid_blocks_format"
        | "invalid_arguments"
        | "msg_too_long"
        | "msg_blocks_too_long"
        | "no_text"
        | "invalid_metadata_format"
        | "invalid_metadata_schema"
        | "metadata_too_large" => {
            let details = if messages.is_empty() { "it gave no details".to_owned() } else { messages.join("; ") };
            PortError::permanent(says(&format!("Slack does not take what was written: {details}")))
        }
        // A message that is not ours (somebody else's app was configured before) is as good as none.
        "message_not_found" | "thread_not_found" => {
            PortError::gone(says("the card is gone, probably deleted in Slack"))
        }
        "cant_update_message" => PortError::gone(says("the card is not this bot's own message")),
        _ => match credential_advice(code) {
            Some(advice) => PortError::unauthorized(says(advice)),
            None => PortError::permanent(says(other_advice(code))),
        },
    }
}

/// What to do about one of Slack's error codes.
pub(super) fn advice(code: &str) -> &'static str {
    credential_advice(code).unwrap_or_else(|| other_advice(code))
}

/// What an administrator has to mend.
fn credential_advice(code: &str) -> Option<&'static str> {
    Some(match code {
        "not_authed"
        | "invalid_auth"
        | "token_revoked"
        | "token_expired"
        | "account_inactive"
        | "not_allowed_token_type" => {
            "the bot token is wrong or no longer valid; install the app again and configure its new Bot User OAuth Token (xoxb-...)"
        }
        "no_permission"
        | "access_denied"
        | "accesslimited"
        | "ekm_access_denied"
        | "org_login_required"
        | "team_access_not_granted"
        | "enterprise_is_restricted"
        | "two_factor_setup_required" => {
            "the workspace does not let the app do this; ask a workspace administrator to approve the app"
        }
        "channel_not_found" => {
            "the bot sees no such channel; check the channel id in the configuration, and invite the bot to the channel (/invite @countersign)"
        }
        "not_in_channel" => "the bot is not in the channel; invite the bot to it (/invite @countersign)",
        "is_archived" => "the channel is archived; unarchive it, or configure another one",
        "restricted_action"
        | "restricted_action_read_only_channel"
        | "restricted_action_thread_only_channel"
        | "restricted_action_non_threadable_channel"
        | "restricted_action_thread_locked" => {
            "the channel's or workspace's settings do not let the bot post there; allow it, or configure another channel"
        }
        _ => return None,
    })
}

fn other_advice(code: &str) -> &'static str {
    match code {
        "edit_window_closed" => {
            "the workspace allows edits only for a time that is over; allow them for longer in its message settings"
        }
        "user_not_found" | "users_not_found" | "user_not_visible" => "the workspace knows no such user",
        "user_not_in_channel" => "the person is not in the channel; invite them to it",
        "expired_trigger_id" | "invalid_trigger_id" | "trigger_expired" => {
            "the form took too long to open; press the button again"
        }
        _ => "this was not expected; look the code up in Slack's documentation of the method",
    }
}

#[cfg(test)]
mod tests;
