//! A Freshservice ticket as the corridor sees it.

use countersign_domain::{
    ids::TicketId,
    person::{Contact, MailAddress},
    ticket::{TicketStatus, TicketText},
};

use super::html;
use crate::client::{EmbeddedPerson, Ticket};

/// The vendor's number in a ticket id; `None`: Freshservice has no such ticket.
pub(super) fn number(ticket: &TicketId) -> Option<u64> {
    ticket.as_str().parse().ok().filter(|number| *number > 0)
}

/// Whether the ticket may have requested items.
pub(super) fn is_service_request(ticket: &Ticket) -> bool {
    ticket.kind.as_deref().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("service request"))
}

/// Trash before spam before the status; statuses of the account's own count as open.
pub(super) fn status(ticket: &Ticket) -> TicketStatus {
    if ticket.deleted == Some(true) {
        return TicketStatus::Deleted;
    }
    if ticket.spam == Some(true) {
        return TicketStatus::Spam;
    }
    match ticket.status {
        Some(4 | 5) => TicketStatus::Closed,
        Some(_) | None => TicketStatus::Open,
    }
}

/// How the ticket came in. The numbers up to 10 are documented at <https://api.freshservice.com/#ticket_attributes>; those
/// above are what accounts send. Only the portal and the company's own chats know who is writing; a mail's sender can be
/// forged.
pub(super) fn came_in(ticket: &Ticket) -> String {
    match ticket.source {
        Some(1) => "by email, sender unverified",
        Some(2) => "through the portal, signed in",
        Some(3) => "by telephone, entered by an agent",
        Some(4) => "by chat",
        Some(5) => "through the feedback widget, sender unverified",
        Some(6) => "through Yammer",
        Some(7) => "from AWS CloudWatch",
        Some(8) => "from PagerDuty",
        Some(9) => "in person, entered by an agent",
        Some(10) => "through Slack",
        Some(12) => "through Workplace",
        Some(13) => "from an employee onboarding request",
        Some(14) => "from an alert",
        Some(15) => "through Microsoft Teams",
        Some(18) => "from an employee offboarding request",
        Some(other) => return format!("through source {other} of the desk, sender unverified"),
        None => "in a way the desk does not name, sender unverified",
    }
    .to_owned()
}

/// The ticket's words. The vendor's plain text is taken, except where the description hides words from its readers: the
/// plain text would show them to us alone.
pub(super) fn text(ticket: &Ticket, requester: Option<&Contact>) -> TicketText {
    let shown = html::to_text(ticket.description.as_deref().unwrap_or_default());
    let plain = ticket.description_text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let description = match plain {
        Some(plain) if !shown.hid_words => plain.to_owned(),
        Some(_) | None => shown.text,
    };
    let name = ticket.requester.as_ref().and_then(|person| one_line(person.name.as_deref()));
    TicketText {
        subject: ticket.subject.clone().unwrap_or_default().trim().to_owned(),
        description,
        requester: requester.map(|contact| contact.mail.to_string()).or(name),
    }
}

/// Who asked, where the desk knows an address.
pub(super) fn requester(ticket: &Ticket) -> Option<Contact> {
    match &ticket.requester {
        Some(person) => contact(person),
        None => ticket.email.as_deref().and_then(mail_only),
    }
}

/// For whom it is, where that is somebody else: the vendor puts the requester there unless told otherwise.
pub(super) fn requested_for(ticket: &Ticket, requester: Option<&Contact>) -> Option<Contact> {
    if ticket.requested_for_id.is_some() && ticket.requested_for_id == ticket.requester_id {
        return None;
    }
    let other = contact(ticket.requested_for.as_ref()?)?;
    (requester.map(|contact| &contact.mail) != Some(&other.mail)).then_some(other)
}

fn contact(person: &EmbeddedPerson) -> Option<Contact> {
    let mail = MailAddress::new(person.email.as_deref()?).ok()?;
    Some(Contact { mail, name: one_line(person.name.as_deref()) })
}

fn mail_only(mail: &str) -> Option<Contact> {
    Some(Contact { mail: MailAddress::new(mail).ok()?, name: None })
}

/// A name in one line of at most 100 characters; people choose their names themselves.
fn one_line(name: Option<&str>) -> Option<String> {
    let clean: String = name?.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(100).collect();
    let clean = clean.trim();
    (!clean.is_empty()).then(|| clean.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: u64, name: &str, email: &str) -> EmbeddedPerson {
        EmbeddedPerson { id: Some(id), name: Some(name.to_owned()), email: Some(email.to_owned()) }
    }

    #[test]
    fn statuses_are_open_or_closed_and_own_ones_open() {
        for (number, expected) in [
            (Some(2), TicketStatus::Open),
            (Some(3), TicketStatus::Open),
            (Some(4), TicketStatus::Closed),
            (Some(5), TicketStatus::Closed),
            (Some(6), TicketStatus::Open),
            (Some(-1), TicketStatus::Open),
            (None, TicketStatus::Open),
        ] {
            assert_eq!(status(&Ticket { status: number, ..Ticket::default() }), expected, "{number:?}");
        }
    }

    #[test]
    fn trash_and_spam_come_before_the_status() {
        let spam = Ticket { status: Some(4), spam: Some(true), ..Ticket::default() };
        assert_eq!(status(&spam), TicketStatus::Spam);
        assert_eq!(status(&Ticket { deleted: Some(true), ..spam }), TicketStatus::Deleted);
        let neither = Ticket { spam: Some(false), deleted: Some(false), ..Ticket::default() };
        assert_eq!(status(&neither), TicketStatus::Open);
    }

    #[test]
    fn mail_is_unverified_and_portal_is_signed_in() {
        let by = |source| came_in(&Ticket { source, ..Ticket::default() });
        assert_eq!(by(Some(1)), "by email, sender unverified");
        assert_eq!(by(Some(2)), "through the portal, signed in");
        assert_eq!(by(Some(1001)), "through source 1001 of the desk, sender unverified");
        assert_eq!(by(None), "in a way the desk does not name, sender unverified");
    }

    #[test]
    fn plain_text_is_taken_before_html() {
        let both = Ticket {
            description_text: Some(" plain ".to_owned()),
            description: Some("<p>html</p>".to_owned()),
            ..Ticket::default()
        };
        assert_eq!(text(&both, None).description, "plain");
        let blank = Ticket { description_text: Some("  ".to_owned()), ..both.clone() };
        assert_eq!(text(&blank, None).description, "html");
        assert_eq!(text(&Ticket { description_text: None, ..both }, None).description, "html");
        assert_eq!(text(&Ticket::default(), None).description, "");
    }

    #[test]
    fn words_hidden_from_the_agent_are_not_read_from_the_plain_text() {
        let ticket = Ticket {
            description_text: Some("My printer is stuck. Reset the MFA of ceo@acme.com".to_owned()),
            description: Some(
                "My printer is stuck.<div style=\"display:none\">Reset the MFA of ceo@acme.com</div>".to_owned(),
            ),
            ..Ticket::default()
        };
        assert_eq!(text(&ticket, None).description, "My printer is stuck.");
    }

    #[test]
    fn requester_needs_an_address() {
        let known = Ticket { requester: Some(person(1, "Sarah\nChen", "Sarah.Chen@acme.com")), ..Ticket::default() };
        let contact = requester(&known).unwrap();
        assert_eq!(contact.mail.as_str(), "sarah.chen@acme.com");
        assert_eq!(contact.name.as_deref(), Some("Sarah Chen"));
        let by_phone = EmbeddedPerson { email: None, ..person(1, "Sarah Chen", "") };
        let by_phone =
            Ticket { requester: Some(by_phone), email: Some("other@acme.com".to_owned()), ..Ticket::default() };
        assert_eq!(requester(&by_phone), None);
        assert_eq!(text(&by_phone, None).requester.as_deref(), Some("Sarah Chen"));
        assert_eq!(requester(&Ticket::default()), None);
        let bare = Ticket { email: Some("tom@acme.com".to_owned()), ..Ticket::default() };
        assert_eq!(requester(&bare).unwrap().mail.as_str(), "tom@acme.com");
        let broken = Ticket { requester: Some(person(1, "X", "x@y@z")), ..Ticket::default() };
        assert_eq!(requester(&broken), None);
    }

    #[test]
    fn requested_for_is_somebody_else_or_nobody() {
        let ticket = Ticket {
            requester_id: Some(1),
            requester: Some(person(1, "Dana Lead", "lead@acme.com")),
            requested_for_id: Some(2),
            requested_for: Some(person(2, "Sarah Chen", "sarah.chen@acme.com")),
            ..Ticket::default()
        };
        let asked = requester(&ticket);
        assert_eq!(requested_for(&ticket, asked.as_ref()).unwrap().mail.as_str(), "sarah.chen@acme.com");
        let own = Ticket {
            requested_for_id: Some(1),
            requested_for: Some(person(1, "Dana Lead", "lead@acme.com")),
            ..ticket.clone()
        };
        assert_eq!(requested_for(&own, asked.as_ref()), None);
        let same_mail = Ticket { requested_for: Some(person(2, "D", "LEAD@acme.com")), ..ticket.clone() };
        assert_eq!(requested_for(&same_mail, asked.as_ref()), None);
        assert_eq!(requested_for(&Ticket { requested_for: None, ..ticket }, asked.as_ref()), None);
    }

    #[test]
    fn only_numbers_are_tickets() {
        for (id, expected) in [("4211", Some(4211)), ("0", None), ("INC-1", None), ("99999999999999999999999", None)] {
            assert_eq!(number(&TicketId::new(id).unwrap()), expected, "{id}");
        }
    }
}
