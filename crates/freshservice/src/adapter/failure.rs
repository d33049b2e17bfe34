//! The client's failures in the corridor's terms: what follows from each, and what an administrator should do.

use countersign_domain::ports::PortError;
use countersign_outbound::{Sort, status_error};

use crate::client::{ClientError, Refusal};

/// What was being done when a call failed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task {
    /// In words: `reading the ticket`.
    pub(super) doing: &'static str,
    /// What the agent's role must allow for it: `see the ticket`.
    pub(super) right: &'static str,
    /// Whether it only reads.
    pub(super) sort: Sort,
}

pub(super) const READ_TICKET: Task =
    Task { doing: "reading the ticket", right: "see tickets of this group or workspace", sort: Sort::Read };
pub(super) const READ_NOTES: Task =
    Task { doing: "reading the ticket's notes", right: "see tickets and their private notes", sort: Sort::Read };
pub(super) const READ_ITEMS: Task =
    Task { doing: "reading the requested items", right: "see service requests", sort: Sort::Read };
pub(super) const POST_NOTE: Task =
    Task { doing: "posting the note", right: "add private notes to tickets", sort: Sort::Write };
pub(super) const EDIT_NOTE: Task = Task { doing: "editing the note", right: "edit its own notes", sort: Sort::Write };

/// A failed call as a port's error.
pub(super) fn port_error(error: ClientError, task: Task) -> PortError {
    match error {
        ClientError::Call(call) => call.into_port(task.sort),
        ClientError::Refused(refusal) => refused(&refusal, task),
        ClientError::Unreadable { .. } => match task.sort {
            Sort::Read => PortError::transient(error.to_string(), None),
            Sort::Write => PortError::ambiguous(error.to_string()),
        },
        ClientError::Astray { .. } | ClientError::TooLong { .. } => PortError::permanent(error.to_string()),
    }
}

/// Whether Freshservice knows no such thing.
pub(super) fn is_missing(error: &ClientError) -> bool {
    matches!(error, ClientError::Refused(refusal) if refusal.reply.status == 404)
}

fn refused(refusal: &Refusal, task: Task) -> PortError {
    let advice = match refusal.reply.status {
        401 => "the API key is not accepted; check that `api_key` is the key of an active agent".to_owned(),
        403 => {
            format!(
                "the agent whose key this is may not do that; it must be a full-time agent whose role and scope let it {}",
                task.right
            )
        }
        _ => String::new(),
    };
    let says = match (advice.is_empty(), refusal.says.is_empty()) {
        (true, _) => refusal.says.clone(),
        (false, true) => advice,
        (false, false) => format!("{advice}. Freshservice says: {}", refusal.says),
    };
    status_error("Freshservice", task.doing, &refusal.reply, task.sort, &says)
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_domain::ports::PortErrorKind;
    use countersign_outbound::Reply;
    use http::{HeaderMap, HeaderValue};

    fn answered(status: u16, body: &str, task: Task) -> PortError {
        let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from_static("30"))]);
        let reply = Reply::new(status, headers, body.to_owned());
        port_error(ClientError::Refused(Box::new(Refusal::of("/x", reply))), task)
    }

    #[test]
    fn refused_key_and_missing_right_say_what_to_do() {
        let key = answered(401, r#"{"code":"invalid_credentials","message":"You have to be logged in."}"#, READ_TICKET);
        assert_eq!(key.kind, PortErrorKind::Unauthorized);
        assert_eq!(
            key.says,
            "Freshservice answered reading the ticket with status 401: the API key is not accepted; check that `api_key` \
             is the key of an active agent. Freshservice says: You have to be logged in (invalid_credentials)"
        );
        let right = answered(403, "", POST_NOTE);
        assert_eq!(right.kind, PortErrorKind::Unauthorized);
        assert!(right.says.ends_with("a full-time agent whose role and scope let it add private notes to tickets"));
    }

    #[test]
    fn failures_mean_what_they_mean_for_reads_and_writes() {
        let later = PortErrorKind::Transient { retry_after_ms: Some(30_000) };
        for (status, read, write) in [
            (400, PortErrorKind::Permanent, PortErrorKind::Permanent),
            (404, PortErrorKind::Permanent, PortErrorKind::Permanent),
            (429, later, later),
            (500, later, PortErrorKind::Ambiguous),
            (502, later, PortErrorKind::Ambiguous),
            (503, later, later),
        ] {
            assert_eq!(answered(status, "", READ_TICKET).kind, read, "{status}");
            assert_eq!(answered(status, "", POST_NOTE).kind, write, "{status}");
        }
    }

    #[test]
    fn unreadable_answer_to_a_write_may_have_taken() {
        let unreadable = || ClientError::Unreadable { what: "/x", expected: "conversation" };
        assert_eq!(port_error(unreadable(), POST_NOTE).kind, PortErrorKind::Ambiguous);
        assert_eq!(port_error(unreadable(), READ_NOTES).kind, PortErrorKind::Transient { retry_after_ms: None });
    }

    #[test]
    fn list_that_leads_elsewhere_or_never_ends_is_given_up() {
        for error in [ClientError::Astray { what: "/x" }, ClientError::TooLong { what: "/x", pages: 50 }] {
            assert_eq!(port_error(error, READ_NOTES).kind, PortErrorKind::Permanent);
        }
    }

    #[test]
    fn only_404_is_missing() {
        let refusal = |status| {
            let reply = Reply::new(status, HeaderMap::new(), "");
            ClientError::Refused(Box::new(Refusal::of("/x", reply)))
        };
        assert!(is_missing(&refusal(404)));
        assert!(!is_missing(&refusal(403)));
        assert!(!is_missing(&ClientError::Astray { what: "/x" }));
    }
}
