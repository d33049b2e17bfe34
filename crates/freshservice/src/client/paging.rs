//! Lists: pages of at most 100, the next one named by the `Link` header.

use http::{HeaderMap, header::LINK};
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use url::Url;

use super::{
    error::ClientError,
    model::{Agent, Conversation, Group, RequestedItem, Requester, Role, Ticket, TicketField},
    rate,
};

/// Entries asked for per page: the vendor's maximum.
pub(super) const PER_PAGE: u32 = 100;
/// Pages read of one list before giving up, so that a list that never ends cannot hold anybody.
pub const MOST_PAGES: u32 = 50;

/// A record that comes in lists.
pub trait Listed: DeserializeOwned {
    /// The name under which a page holds the list.
    const WRAPPER: &'static str;
    /// Method and path template, for errors, logs and metrics.
    const TEMPLATE: &'static str;
    /// The rate bucket the list counts against besides the account's.
    const ENDPOINT: Option<&'static str>;
}

macro_rules! listed {
    ($($record:ty: $wrapper:literal, $template:literal, $endpoint:expr;)*) => {$(
        impl Listed for $record {
            const WRAPPER: &'static str = $wrapper;
            const TEMPLATE: &'static str = $template;
            const ENDPOINT: Option<&'static str> = $endpoint;
        }
    )*};
}

listed! {
    Ticket: "tickets", "/api/v2/tickets", Some(rate::LIST_TICKETS);
    Conversation: "conversations", "/api/v2/tickets/{id}/conversations", None;
    RequestedItem: "requested_items", "/api/v2/tickets/{id}/requested_items", None;
    Agent: "agents", "/api/v2/agents", Some(rate::LIST_AGENTS);
    Requester: "requesters", "/api/v2/requesters", Some(rate::LIST_REQUESTERS);
    Role: "roles", "/api/v2/roles", None;
    Group: "groups", "/api/v2/groups", None;
    TicketField: "ticket_fields", "/api/v2/ticket_form_fields", None;
}

/// One page of a list.
pub struct Page<T> {
    /// Its entries, in the vendor's order.
    pub items: Vec<T>,
    /// Where the list goes on; `None`: this was the last page.
    pub next: Option<NextPage<T>>,
}

/// Where a list goes on.
pub struct NextPage<T> {
    pub(super) url: Url,
    /// How many pages were read already.
    pub(super) read: u32,
    pub(super) list: PhantomData<fn() -> T>,
}

/// The next page of a list whose first page was asked for at `first`, taken from the answer's headers.
///
/// # Errors
/// [`ClientError::Astray`] where the link leaves the list: another origin or another path would take the key along.
pub(super) fn next_page(what: &'static str, first: &Url, headers: &HeaderMap) -> Result<Option<Url>, ClientError> {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let Some(target) = links.flat_map(split_links).find_map(next_target) else { return Ok(None) };
    let next = first.join(target).map_err(|_| ClientError::Astray { what })?;
    let stays = next.origin() == first.origin()
        && next.path() == first.path()
        && next.username().is_empty()
        && next.password().is_none();
    if stays { Ok(Some(next)) } else { Err(ClientError::Astray { what }) }
}

/// Splits a `Link` header at the commas between links; a comma within `<..>` or quotes belongs to its link.
fn split_links(header: &str) -> Vec<&str> {
    let mut links = Vec::new();
    let (mut start, mut in_target, mut in_quotes) = (0, false, false);
    for (at, letter) in header.char_indices() {
        match letter {
            '<' if !in_quotes => in_target = true,
            '>' if !in_quotes => in_target = false,
            '"' if !in_target => in_quotes = !in_quotes,
            ',' if !in_target && !in_quotes => {
                links.push(&header[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    links.push(&header[start..]);
    links
}

/// The target of `<target>; rel="next"`.
fn next_target(link: &str) -> Option<&str> {
    let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    let is_next = parameters.split(';').filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
        name.trim().eq_ignore_ascii_case("rel")
            && value.trim().trim_matches('"').split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("next"))
    });
    is_next.then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn next(link: &str) -> Result<Option<String>, ClientError> {
        let first = Url::parse("https://acme.freshservice.com/api/v2/tickets?per_page=100").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(LINK, HeaderValue::from_str(link).unwrap());
        next_page("/api/v2/tickets", &first, &headers).map(|url| url.map(String::from))
    }

    #[test]
    fn next_link_is_followed() {
        let wanted = "https://acme.freshservice.com/api/v2/tickets?page=2&per_page=100";
        for link in [
            format!("<{wanted}>; rel=\"next\""),
            format!("<{wanted}>;rel=next"),
            format!("<https://acme.freshservice.com/api/v2/tickets?q=a,b>; rel=\"prev\", <{wanted}>; REL=\"next\""),
            "</api/v2/tickets?page=2&per_page=100>; rel=\"next\"".to_owned(),
        ] {
            assert_eq!(next(&link).unwrap().as_deref(), Some(wanted), "{link}");
        }
    }

    #[test]
    fn last_page_has_no_next_link() {
        for link in ["", "<https://acme.freshservice.com/api/v2/tickets?page=1>; rel=\"prev\"", "nonsense", "<unclosed"]
        {
            assert!(next(link).unwrap().is_none(), "{link}");
        }
    }

    #[test]
    fn next_link_that_leaves_the_list_is_refused() {
        for target in [
            "https://evil.example/api/v2/tickets?page=2",
            "http://acme.freshservice.com/api/v2/tickets?page=2",
            "https://acme.freshservice.com:8443/api/v2/tickets?page=2",
            "https://acme.freshservice.com/api/v2/agents?page=2",
            "https://key:X@acme.freshservice.com/api/v2/tickets?page=2",
            "//evil.example/api/v2/tickets",
            "https://[",
        ] {
            let error = next(&format!("<{target}>; rel=\"next\"")).unwrap_err();
            assert!(matches!(error, ClientError::Astray { .. }), "{target}: {error}");
        }
    }
}
