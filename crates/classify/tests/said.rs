//! What of a ticket is read, and so all that another model is ever shown.

use countersign_classify::Embedded;
use countersign_domain::{classification::TicketWords, ports::Classifier};

#[test]
fn signatures_quoted_mails_and_markup_are_not_said() {
    let description = "<p>I lost my phone, please reset my MFA.</p><p style=\"display:none\">hidden words</p>\n\
                       <p>Kind regards<br>Sarah Chen<br>Head of Finance, +49 30 1234567</p>\n\
                       <p>-----Original Message-----<br>From: tom@acme.com<br>an older mail</p>";
    let words = TicketWords { subject: "New phone", description, requester: Some("sarah.chen@acme.com") };
    let said = Embedded::new().said(words);
    assert_eq!((said.subject.as_str(), said.body.as_str()), ("New phone", "I lost my phone, please reset my MFA."));
    assert!(said.has("reset my MFA") && !said.has("Head of Finance") && !said.has("phone\nI lost"));
}
