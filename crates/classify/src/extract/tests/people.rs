//! Whom a ticket is about, by one rule a test.

use super::*;

const OTHER: &str = "office@acme.com";

/// Address and name of the person a ticket of this writer is about.
fn of(requester: &str, subject: &str, description: &str, may_be_self: bool) -> (Option<String>, Option<String>) {
    let wanted = Wanted { person: true, may_be_self, ..Wanted::default() };
    let NamedPerson { email, name } = by(subject, description, Some(requester), wanted).slots.target;
    (email, name)
}

fn assert_of(requester: &str, may_be_self: bool, cases: &[(&str, &str, Option<&str>, Option<&str>)]) {
    for (subject, description, email, name) in cases {
        let wanted = (email.map(str::to_owned), name.map(str::to_owned));
        assert_eq!(of(requester, subject, description, may_be_self), wanted, "{subject} / {description}");
    }
}

#[test]
fn titles_occupations_and_nouns_are_no_part_of_a_name() {
    assert_of(
        OTHER,
        true,
        &[
            ("MFA", "Nurse Ida Falk has a new phone, ida.falk@acme.com", Some("ida.falk@acme.com"), Some("Ida Falk")),
            ("MFA", "Welder Ida Falk has a new phone, ida.falk@acme.com", Some("ida.falk@acme.com"), Some("Ida Falk")),
            ("MFA", "Could Ida Falk get a reset? ida.falk@acme.com", Some("ida.falk@acme.com"), Some("Ida Falk")),
            (
                "Frau Falk",
                "Ida Falk hat ein neues Handy: ida.falk@acme.com",
                Some("ida.falk@acme.com"),
                Some("Ida Falk"),
            ),
            ("MFA", "Madame Ida Falk a perdu son téléphone", None, Some("Ida Falk")),
            ("MFA", "Der Lehrling Ida Falk hat sein Handy verloren", None, Some("Ida Falk")),
            ("MFA", "La señora Ida Falk perdió el teléfono", None, Some("Ida Falk")),
            ("MFA", "Please reset the MFA of Prof. Falk", None, Some("Falk")),
        ],
    );
}

#[test]
fn an_address_says_which_words_are_a_name() {
    assert_of(
        OTHER,
        true,
        &[
            ("pw", "ida forgot her password, ida.falk@acme.com", Some("ida.falk@acme.com"), Some("ida")),
            (
                "pw",
                "rolf immer weiss sein kennwort nicht, r.immer@acme.com",
                Some("r.immer@acme.com"),
                Some("rolf immer"),
            ),
            ("pw", "IDA FALK IS LOCKED OUT. ida.falk@acme.com", Some("ida.falk@acme.com"), Some("IDA FALK")),
            ("pw", "June Falk forgot it: june.falk@acme.com", Some("june.falk@acme.com"), Some("June Falk")),
            ("pw", "Jürgen Möß vergaß es: juergen.moess@acme.com", Some("juergen.moess@acme.com"), Some("Jürgen Möß")),
            ("pw", "Ida Falk needs one, desk7@acme.com is her account", Some("desk7@acme.com"), Some("Ida Falk")),
            ("pw", "Reset desk.lab@acme.com, the lab needs it", Some("desk.lab@acme.com"), None),
            (
                "pw",
                "Zita d'Arlon a oublié le sien, zita.darlon@acme.com",
                Some("zita.darlon@acme.com"),
                Some("Zita d'Arlon"),
            ),
            (
                "pw",
                "Kim Van den Berg, kim.vandenberg@acme.com, please",
                Some("kim.vandenberg@acme.com"),
                Some("Kim Van den Berg"),
            ),
        ],
    );
}

#[test]
fn bystanders_are_never_meant() {
    let ida = (Some("ida.falk@acme.com"), Some("Ida Falk"));
    for description in [
        "Please reset MFA for Ida Falk, ida.falk@acme.com. I copy my boss, ron.hill@acme.com.",
        "Please reset MFA for Ida Falk, ida.falk@acme.com, and confirm to me and to ron.hill@acme.com.",
        "Ida Falk, ida.falk@acme.com, please reset. Details with Mr Hill (contact: ron.hill@acme.com).",
        "User: Ida Falk\nMail: ida.falk@acme.com\nDeputy: ron.hill@acme.com\nReviewer: R. Hill (r.hill@acme.com)",
        "Please reset MFA for Ida Falk, ida.falk@acme.com. Her personal mail is ida77@letterbox.example.",
        "Please reset MFA for Ida Falk, ida.falk@acme.com. Ron Hill (ron.hill@acme.com) stays as he is.",
        "Reset MFA for Ida Falk, ida.falk@acme.com\nCandidate contact: falk@letterbox.example",
    ] {
        assert_of(OTHER, true, &[("MFA", description, ida.0, ida.1)]);
    }
    assert_of(
        "tom.birk@acme.com",
        true,
        &[
            (
                "pw",
                "Ms Hill (ron.hill@acme.com) told me to write. I forgot my password.",
                Some("tom.birk@acme.com"),
                None,
            ),
            ("MFA", "I lost my phone. Mr Hill has approved it. Reset my MFA.", Some("tom.birk@acme.com"), None),
            ("MFA", "I lost my phone, I write from Vera's desk. Reset my MFA.", Some("tom.birk@acme.com"), None),
            ("MFA", "Mein Handy ist weg. Laut Frau Hill setzt ihr mir das zurück.", Some("tom.birk@acme.com"), None),
        ],
    );
    // Who takes over from a leaver is not the leaver.
    assert_of(
        OTHER,
        false,
        &[(
            "Ida leaves",
            "Ida Falk leaves, ida.falk@acme.com. Ron Hill (ron.hill@acme.com) takes over. Please suspend Ida's account.",
            ida.0,
            ida.1,
        )],
    );
}

#[test]
fn what_the_writer_signs_with_names_nobody() {
    let own = "ida.falk@acme.com";
    assert_of(
        own,
        true,
        &[
            (
                "MFA",
                "New phone, please reset my MFA.\n\nIda Falk, Facilities\nDeputy Ron Hill, ron.hill@acme.com",
                Some(own),
                None,
            ),
            ("MFA", "New phone, reset my MFA please.\nIda Falk\nron.hill@acme.com is my second", Some(own), None),
        ],
    );
}

#[test]
fn ones_own_account_is_suspended_only_where_it_is_said() {
    let own = "ida.falk@acme.com";
    assert_of(
        own,
        false,
        &[
            ("last day", "I leave on Friday, please suspend my account then.", Some(own), None),
            ("Abschied", "Am Freitag ist Schluss, bitte sperrt danach meinen Zugang.", Some(own), None),
            ("adiós", "Ya he entregado todo. Suspended mi cuenta el viernes.", Some(own), None),
            ("leaver", "He left yesterday, please suspend the account.", None, None),
            ("leaver", "My account manager left, please suspend him.", None, None),
        ],
    );
}

#[test]
fn forms_name_a_person_in_every_shape() {
    let ida = (Some("ida.falk@acme.com"), Some("Ida Falk"));
    for form in [
        "person=Ida Falk\nmail=ida.falk@acme.com",
        "STATE=OK;NAME=Ida Falk;USER=ida.falk@acme.com;REQ=ron.hill@acme.com",
        "{\"event\":\"x\",\"worker\":\"Ida Falk\",\"upn\":\"ida.falk@acme.com\"}",
        "Name - Ida Falk\nMail - ida.falk@acme.com",
        "Full name ...... Ida Falk\nMail ........... ida.falk@acme.com",
        "Vollständiger Name: x\nMitarbeiter: Ida Falk\nE-Mail: ida.falk@acme.com\nVorgesetzter: ron.hill@acme.com",
    ] {
        assert_of(OTHER, false, &[("Form", form, ida.0, ida.1)]);
    }
    for own in ["Requested for: myself", "* account: mine", "User: Tom Birk (self)", "Benutzer: ich"] {
        assert_of("tom.birk@acme.com", true, &[("Form", own, Some("tom.birk@acme.com"), None)]);
    }
}

#[test]
fn several_people_are_said_to_be_several() {
    let several = |description: &str| {
        by("request", description, Some(OTHER), Wanted { person: true, may_be_self: true, ..Wanted::default() }).several
    };
    for description in [
        "reset ida.falk@acme.com and ron.hill@acme.com",
        "Please reset Ida Falk, Ron Hill and Kay Moor.",
        "Bitte Ida Falk und Ron Hill zurücksetzen",
        "Please reset the passwords of all of them",
        "Six apprentices forgot their passwords",
        "Alle neun Mitarbeiter brauchen ein neues Passwort",
    ] {
        assert!(several(description), "{description}");
    }
    for description in [
        "reset ida.falk@acme.com, approved by ron.hill@acme.com",
        "reset Ida Falk, cc Ron Hill",
        "I forgot all of my passwords, reset mine",
        "Reset Ida Falk, her manager Ron Hill knows",
    ] {
        assert!(!several(description), "{description}");
    }
}

#[test]
fn a_name_in_a_quoted_mail_only_completes_one_the_ticket_names_by_address() {
    let quoted = "Please unlock ida.falk@acme.com, she waits.\n\n> From: Ida Falk\n> To: office\n> I am locked out";
    assert_of(OTHER, true, &[("Fw: locked", quoted, Some("ida.falk@acme.com"), Some("Ida Falk"))]);
    let stranger =
        "Please unlock ida.falk@acme.com, she waits.\n\n> From: Ron Hill <ron.hill@acme.com>\n> To: office\n> x";
    assert_of(OTHER, true, &[("Fw: locked", stranger, Some("ida.falk@acme.com"), None)]);
}

#[test]
fn a_forwarded_mail_speaks_where_nothing_else_is_said() {
    let mail = "From: Ida Falk <ida.falk@acme.com>\nSent: Monday\nTo: Office\n\nI forgot my password, can you help?";
    for top in ["See below.", "", "pls handle", "siehe unten, bitte bearbeiten"] {
        let text = format!("{top}\n\n{mail}");
        assert_of(OTHER, true, &[("FW: help", &text, Some("ida.falk@acme.com"), Some("Ida Falk"))]);
    }
    let tom = "tom.birk@acme.com";
    for (subject, top) in [("FW: help", "I forgot mine as well, reset my password please."), ("Re: help", "See below.")]
    {
        assert_of(tom, true, &[(subject, &format!("{top}\n\n{mail}"), Some(tom), None)]);
    }
    let she = format!("Can you do that? She needs her new password today.\n\n{mail}");
    assert_of(OTHER, true, &[("FW: help", &she, Some("ida.falk@acme.com"), Some("Ida Falk"))]);
    let private = mail.replace("ida.falk@acme.com", "ida@gmail.com");
    let found = of(OTHER, "FW: help", &format!("See below.\n\n{private}"), true);
    assert_eq!(found.0, None);
}

#[test]
fn who_forwards_somebodys_mail_and_names_them_means_its_sender() {
    let mail = "From: Ida Falk <ida.falk@acme.com>\nSent: Monday\nTo: Office\n\nI am locked out";
    let text = format!("Please take over, Ms Falk sent it to me alone by mistake.\n\n{mail}");
    assert_of(OTHER, true, &[("FW: locked", &text, Some("ida.falk@acme.com"), Some("Ida Falk"))]);
    let form = "Please suspend as the form says.\n\nFrom: noreply@forms.example\nTo: office\n\nLeaver form";
    assert_of(OTHER, false, &[("FW: leaver", form, None, None)]);
}

#[test]
fn nouns_in_a_subject_are_nobody() {
    let own = "ida.falk@acme.com";
    for (subject, text) in [
        ("Computer is angry", "It says too many attempts. I know the word, please let me in."),
        ("Ordner Gutachten", "Ich sehe den Ordner nicht und soll in DK-Lead sein."),
        ("Visio Plan", "I need Visio Plan 2, Mr Hill has signed it."),
    ] {
        assert_of(own, true, &[(subject, text, Some(own), None)]);
    }
    assert_of(OTHER, true, &[("Monsieur", "M. Paul Roy a oublié son mot de passe", None, Some("Paul Roy"))]);
}

#[test]
fn addresses_with_tricks_are_no_values() {
    for address in [
        "victim\u{ff20}acme.com",
        "victim@acme\u{ff0e}com",
        "victim@acme\u{3002}com",
        "victim@acm\u{435}.com",
        "vict\u{200d}im@acme.com",
        "victim@xn--acm-dma.com",
        "victim@\u{e4}cme.com",
    ] {
        assert_of(OTHER, true, &[("reset", &format!("reset the password of {address}"), None, None)]);
    }
}
