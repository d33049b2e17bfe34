//! The requests of the load: what a desk's workflow would send, with a ticket number of their own each.

use serde_json::json;

/// Digits of a ticket number. It starts with 1, so that no leading zero is lost.
const DIGITS: usize = 16;

/// What stands in a template where the number goes.
const PLACE: &str = "1000000000000000";

/// Subjects and descriptions: what service desks get to read, every intent and none.
const WORDS: [(&str, &str); 10] = [
    (
        "New phone, authenticator gone",
        "Hi team, I got a new phone over the weekend and my authenticator app did not move over to it. I cannot confirm \
         any sign-in any more. Could you please reset my MFA so that I can enrol the new phone today? I have a customer \
         meeting this afternoon.\n\nThanks a lot,\nSarah",
    ),
    (
        "Forgot my password",
        "Hello, after three weeks of parental leave I no longer know my password and the self-service page only sends me \
         round in circles. Please reset my password so that I can start working again. You can reach me on my private \
         phone if you need to verify who I am.\n\nKind regards,\nTom",
    ),
    (
        "Group access",
        "Please add me to the group Engineering-Docs. I joined the platform team last week and I need the design \
         documents for the review on Thursday. My manager Dana knows about it and said that I should ask you directly. \
         No other access is needed for now.\n\nBest,\nLukas",
    ),
    (
        "Visio Plan 2 licence",
        "Could you please assign me a Visio Plan 2 licence? I took over the process maps from a colleague who has moved \
         to another department, and I can open them but not change anything. I will need it for at least the next six \
         months.\n\nThank you,\nPriya",
    ),
    (
        "Account locked",
        "My account is locked and I cannot log in since this morning. I may have typed the wrong password a few times \
         after the holidays, sorry about that. Please unlock my account as soon as you can, I am on support duty \
         today.\n\nRegards,\nJo",
    ),
    (
        "Leaver today: suspend account",
        "Nadia Frost has left the company today with immediate effect. Please suspend the account nadia.frost@acme.com \
         in Okta right away and end all of its sessions. The laptop is already with us and the badge was returned at \
         the front desk.\n\nHR Operations",
    ),
    (
        "New hire starting Monday",
        "Please create an account for our new hire who starts on Monday in the design team.\nName: Iris Vega\nE-mail: \
         iris.vega@acme.com\nGroups: Engineering-Docs\nLicence: E3\nThe laptop was ordered separately, nothing else is \
         to be done about it.\n\nThanks, Omar",
    ),
    (
        "Printer on the third floor",
        "The printer next to the kitchen on the third floor shows a paper jam although there is none. I opened every \
         flap that I could find and switched it off and on again twice. Could somebody have a look at it, please? \
         Several people are waiting for their contracts.\n\nThanks",
    ),
    (
        "Video conference drops every few minutes",
        "Since the move to the new office our video conferences drop every few minutes, always for everybody in the room \
         at once, while people at home stay connected. We use the cable of the table. It started on Tuesday. What can \
         we do about it?\n\nCheers, the data team",
    ),
    (
        "Question about the expense tool",
        "Where do I find the form for travel expenses since the intranet was redesigned? The old link leads to an empty \
         page and the search only shows last year's policy. It is not urgent, but the end of the month is near and I \
         would like to hand it in on time.\n\nMany thanks, Maria",
    ),
];

/// A series of requests to one route with one key.
#[derive(Clone)]
pub(crate) struct Tickets {
    templates: Vec<(Vec<u8>, usize)>,
    next: u64,
    made: Vec<u8>,
}

impl Tickets {
    /// Requests to the ingest route with this key.
    pub(crate) fn with_key(key: &str) -> Self {
        let templates = WORDS
            .iter()
            .map(|(subject, description)| {
                let body = json!({
                    "source": "freshservice",
                    "ticket": {
                        "ticketId": PLACE, "subject": subject, "description": description,
                        "url": "https://acme.freshservice.com/a/tickets/1", "requesterEmail": "tom.okafor@acme.com",
                    },
                });
                let request = post("/api/v1/tickets/ingest", key, &body.to_string());
                let place = request.windows(DIGITS).position(|window| window == PLACE.as_bytes()).unwrap_or_default();
                (request, place)
            })
            .collect();
        Self { templates, next: 0, made: Vec::new() }
    }

    /// The same requests with the numbers of one connection within one volley; no two of them have a number in common.
    pub(crate) fn of(&self, volley: u16, connection: usize) -> Self {
        let connection = u64::try_from(connection % 10_000).unwrap_or_default();
        let first = 1_000_000_000_000_000 + u64::from(volley % 1_000) * 1_000_000_000_000 + connection * 100_000_000;
        Self { next: first, ..self.clone() }
    }

    /// The next request, and the number of its ticket.
    pub(crate) fn next(&mut self) -> (u64, &[u8]) {
        let number = self.next;
        self.next += 1;
        let count = u64::try_from(self.templates.len()).unwrap_or(1);
        let (template, place) = &self.templates[usize::try_from(number % count).unwrap_or_default()];
        self.made.clear();
        self.made.extend_from_slice(template);
        let mut rest = number;
        for digit in self.made[*place..*place + DIGITS].iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        (number, &self.made)
    }
}

/// A POST of JSON.
pub(crate) fn post(path: &str, key: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A GET.
pub(crate) fn get(path: &str, key: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\r\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_carries_its_own_number_and_an_honest_length() {
        let mut tickets = Tickets::with_key("csk_1").of(7, 42);
        for expected in 1_007_004_200_000_000..1_007_004_200_000_020_u64 {
            let (number, request) = tickets.next();
            assert_eq!(number, expected);
            let text = std::str::from_utf8(request).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.ends_with(&format!("content-length: {}", body.len())), "{head}");
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(body["ticket"]["ticketId"], expected.to_string());
        }
    }
}
