//! Reading an ingest body. It was pasted together by a desk's template from text that whoever opened the ticket wrote:
//! placeholders may be unescaped, so it may be broken JSON, or valid JSON with injected keys. It is only a hint.
//!
//! What can be relied on is the first ticket id in the order of the text: templates put it before any ticket text.

use countersign_domain::{ids::TicketId, shown::shown};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Value, value::RawValue};
use std::{collections::HashSet, fmt};

/// What a body says.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// The ticket's number, without prefix.
    pub ticket: TicketId,
    /// The `source`, where it says one.
    pub source: Option<String>,
    /// Subject and description, where both can be believed to be what the desk meant to send; else they are fetched.
    pub words: Option<Words>,
    /// The text was not valid JSON, or had keys injected into it: nothing but the id is believed.
    pub salvaged: bool,
}

/// The words of a body.
#[derive(Clone, PartialEq, Eq)]
pub struct Words {
    /// The subject.
    pub subject: String,
    /// The description.
    pub description: String,
    /// Who wrote it, as the body claims.
    pub requester: Option<String>,
}

/// A body from which no ticket id could be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct NoTicketId {
    /// A JSON pointer to where the id was looked for.
    pub pointer: &'static str,
    /// What is wrong and what would do.
    pub detail: String,
}

/// The names under which templates send the id.
const ID_KEYS: [&str; 4] = ["ticketId", "ticket_id", "ticketid", "display_id"];

/// Reads a body.
///
/// # Errors
/// [`NoTicketId`] where there is none to be had, however broken the body is.
pub fn read(bytes: &[u8]) -> Result<Body, NoTicketId> {
    match serde_json::from_slice::<Pairs<'_>>(bytes) {
        Ok(pairs) => from_pairs(&pairs),
        Err(_) => salvage(bytes),
    }
}

/// An object's members in their order, repeats included.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Pairs<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry::<String, &RawValue>()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Pairs<'_> {
    fn first(&self, names: &[&str]) -> Option<&RawValue> {
        self.0.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| *value)
    }

    fn text(&self, names: &[&str]) -> Option<String> {
        match serde_json::from_str::<Value>(self.first(names)?.get()) {
            Ok(Value::String(text)) if !is_placeholder(&text) => Some(text),
            Ok(_) | Err(_) => None,
        }
    }

    fn repeats(&self) -> bool {
        let mut seen = HashSet::new();
        !self.0.iter().all(|(name, _)| seen.insert(name.to_lowercase()))
    }
}

/// `{{ticket.id}}`: the desk did not fill it in.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("{{") && text.ends_with("}}")
}

/// The names under which templates send the ticket's own object.
const HOLDERS: [&str; 2] = ["ticket", "freshservice_webhook"];

/// More members than this has no template; such a body is not believed beyond its id.
const MOST_MEMBERS: usize = 200;

/// Every id in the order of the text, an object's own where the object stands.
fn ids_in_order<'a>(top: &Pairs<'a>, nested: &[(usize, Pairs<'a>)]) -> Vec<&'a RawValue> {
    let own = |pairs: &Pairs<'a>| {
        let ids = pairs.0.iter().filter(|(name, _)| ID_KEYS.contains(&name.as_str()));
        ids.map(|(_, value)| *value).collect::<Vec<_>>()
    };
    let mut all = Vec::new();
    for (place, (name, value)) in top.0.iter().enumerate() {
        if ID_KEYS.contains(&name.as_str()) {
            all.push(*value);
        } else if let Some((_, pairs)) = nested.iter().find(|(at, _)| *at == place) {
            all.extend(own(pairs));
        }
    }
    all
}

fn from_pairs(top: &Pairs<'_>) -> Result<Body, NoTicketId> {
    let holders = top.0.iter().enumerate().filter(|(_, (name, _))| HOLDERS.contains(&name.as_str()));
    let nested: Vec<(usize, Pairs<'_>)> = holders
        .take(MOST_MEMBERS)
        .filter_map(|(place, (_, raw))| Some((place, serde_json::from_str(raw.get()).ok()?)))
        .collect();
    let ids = ids_in_order(top, &nested);
    let first = ids.first().copied();
    let ticket = first.and_then(id_of).ok_or_else(|| no_id(first))?;
    let differs = ids.iter().skip(1).any(|raw| id_of(raw).as_ref() != Some(&ticket));
    let all = || std::iter::once(top).chain(nested.iter().map(|(_, pairs)| pairs));
    let mangled = differs || nested.len() > 1 || all().any(|pairs| pairs.0.len() > MOST_MEMBERS || pairs.repeats());
    let holder = nested.first().map_or(top, |(_, pairs)| pairs);
    let subject = holder.text(&["subject", "ticket_subject"]);
    let description = holder.text(&["description", "ticket_description"]);
    let words = match (subject, description) {
        (Some(subject), Some(description)) if !mangled && !description.trim().is_empty() => Some(Words {
            subject,
            description,
            requester: holder.text(&["requesterEmail", "requester_email", "ticket_requester_email"]),
        }),
        (_, _) => None,
    };
    Ok(Body { ticket, source: top.text(&["source"]), words, salvaged: mangled })
}

fn no_id(found: Option<&RawValue>) -> NoTicketId {
    let detail = match found {
        None => {
            "no ticket id: send {\"ticket\":{\"ticketId\":\"{{ticket.id}}\", ...}} or {\"ticket_id\":\"{{ticket.id_numeric}}\"}"
        }
        Some(_) => {
            "the ticket id is not a number, INC-<number> or SR-<number>: check the placeholder in the workflow's body"
        }
    };
    NoTicketId { pointer: "/ticket/ticketId", detail: detail.to_owned() }
}

fn id_of(raw: &RawValue) -> Option<TicketId> {
    match serde_json::from_str::<Value>(raw.get()).ok()? {
        Value::String(text) => ticket_id(&text),
        Value::Number(number) => number.as_u64().and_then(|number| ticket_id(&number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Reads a ticket number as people and templates write it: `4211`, `#4211`, `INC-4211`, `SR-4211`.
pub fn ticket_id(text: &str) -> Option<TicketId> {
    let text = text.trim().trim_start_matches('#');
    let digits = ["INC-", "SR-", "inc-", "sr-"].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    let plain = (1..=19).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let digits = digits.trim_start_matches('0');
    if plain && !digits.is_empty() { TicketId::new(digits).ok() } else { None }
}

/// Finds the first ticket id in what is not JSON.
/// A ticket's number as a person gives it.
///
/// # Errors
/// What would have been understood.
pub fn named_ticket(text: &str) -> Result<TicketId, String> {
    ticket_id(text).ok_or_else(|| {
        let shown = shown(text, 40);
        format!("{shown:?} is no ticket's number: expected digits, such as 4211, INC-4211 or SR-4211")
    })
}

fn salvage(bytes: &[u8]) -> Result<Body, NoTicketId> {
    let text = String::from_utf8_lossy(bytes);
    let found = ID_KEYS
        .iter()
        .filter_map(|key| {
            let quoted = format!("\"{key}\"");
            let place = text.find(&quoted)?;
            Some((place, &text[place + quoted.len()..]))
        })
        .min_by_key(|(place, _)| *place);
    let ticket = found.and_then(|(_, rest)| salvage_value(rest));
    let source = text.find("\"source\"").filter(|place| found.is_some_and(|(id, _)| *place < id)).and_then(|place| {
        let rest = text[place + 8..].trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
        rest.split('"').next().filter(|source| source.len() <= 63).map(ToOwned::to_owned)
    });
    match ticket {
        Some(ticket) => Ok(Body { ticket, source, words: None, salvaged: true }),
        None => Err(NoTicketId {
            pointer: "",
            detail: "the body is not valid JSON and no ticket id can be found in it: send \"ticketId\" before any ticket text"
                .to_owned(),
        }),
    }
}

fn salvage_value(rest: &str) -> Option<TicketId> {
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let rest = rest.strip_prefix('"').unwrap_or(rest);
    let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-' || letter == '#'))?;
    ticket_id(&rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> String {
        read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}")).ticket.to_string()
    }

    #[test]
    fn the_documented_bodies_are_read() {
        let full = r#"{"source":"freshservice","ticket":{"ticketId":"4211","subject":"pw","description":"reset please","url":"https://x","requesterEmail":"a@b.de","extra":[1]}}"#;
        let body = read(full.as_bytes()).unwrap();
        assert_eq!(body.ticket.as_str(), "4211");
        assert_eq!(body.source.as_deref(), Some("freshservice"));
        let words = body.words.unwrap();
        assert_eq!((words.subject.as_str(), words.description.as_str()), ("pw", "reset please"));
        assert_eq!(words.requester.as_deref(), Some("a@b.de"));
        assert_eq!(id(r#"{"ticket":{"ticketId":4211}}"#), "4211");
        assert_eq!(id(r#"{"ticket_id":"INC-77"}"#), "77");
        assert_eq!(id(r#"{"ticket_id":"SR-0078"}"#), "78");
        let hook = r#"{"freshservice_webhook":{"ticket_id":9,"ticket_subject":"s","ticket_description":"d"}}"#;
        assert!(read(hook.as_bytes()).unwrap().words.is_some());
    }

    #[test]
    fn an_unescaped_placeholder_is_salvaged_to_the_first_id() {
        let broken = "{\"source\":\"freshservice\",\"ticket\":{\"ticketId\":\"4211\",\"subject\":\"He said \"reset\" it\",\"description\":\"line\nbreak \"ticketId\":\"9\"\"}}";
        let body = read(broken.as_bytes()).unwrap();
        assert!(body.salvaged);
        assert_eq!(body.ticket.as_str(), "4211");
        assert_eq!(body.source.as_deref(), Some("freshservice"));
        assert!(body.words.is_none());
    }

    #[test]
    fn injected_keys_cost_the_words_their_credit() {
        for text in [
            r#"{"ticket":{"ticketId":"1","subject":"a","description":"b","requesterEmail":"x@y.de","requesterEmail":"ceo@y.de"}}"#,
            r#"{"ticket":{"ticketId":"1","subject":"a","description":"b","ticketId":"2"}}"#,
            r#"{"ticket":{"ticketId":"1","subject":"a","description":"b","ticket_id":"2"}}"#,
            r#"{"ticket_id":"1","ticket":{"ticketId":"2","subject":"a","description":"b"}}"#,
            r#"{"ticket_id":"1","subject":"x","ticket":{"ticketId":"9001","subject":"a","description":"b"},"y":""}"#,
            r#"{"freshservice_webhook":{"ticket_id":1},"ticket":{"ticketId":"1","subject":"a","description":"b"}}"#,
        ] {
            let body = read(text.as_bytes()).unwrap();
            assert_eq!(body.ticket.as_str(), "1", "{text}");
            assert!(body.words.is_none(), "{text}");
        }
    }

    #[test]
    fn an_unfilled_placeholder_counts_as_absent() {
        let body =
            read(br#"{"ticket":{"ticketId":"5","subject":"s","description":"{{ticket.description_text}}"}}"#).unwrap();
        assert!(body.words.is_none());
        assert!(read(br#"{"ticket_id":"{{ticket.id_numeric}}"}"#).is_err());
    }

    #[test]
    fn bodies_without_an_id_are_refused_with_what_to_do() {
        let deep = "[".repeat(100_000);
        for text in [
            "",
            "null",
            "[]",
            "{}",
            "true",
            r#"{"ticket":{"ticketId":true}}"#,
            r#"{"ticket":{"ticketId":-5}}"#,
            r#"{"ticket":{"ticketId":1.5}}"#,
            r#"{"ticket":{"ticketId":""}}"#,
            r#"{"ticket":"x"}"#,
            "\u{0}\u{1}",
            deep.as_str(),
        ] {
            let Err(error) = read(text.as_bytes()) else { panic!("accepted {text:.40}") };
            assert!(error.detail.contains("id"), "{error}");
        }
        assert!(read(&[0xff, 0xfe, 0x00]).is_err());
    }

    #[test]
    fn a_hundred_thousand_members_are_no_work() {
        let members: String = (0..100_000).map(|number| format!("\"k{number}\":1,")).collect();
        let body = read(format!("{{{members}\"ticket_id\":\"3\"}}").as_bytes()).unwrap();
        assert!(body.salvaged && body.words.is_none());
    }

    #[test]
    fn deep_nesting_beside_the_id_is_survived() {
        let text = format!(r#"{{"ticket":{{"ticketId":"8"}},"x":{}1{}}}"#, "[".repeat(400), "]".repeat(400));
        assert_eq!(id(&text), "8");
    }
}
