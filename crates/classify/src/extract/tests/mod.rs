mod people;
mod values;

use super::*;

const OWN: &str = "pat.writer@acme.com";

fn found(subject: &str, description: &str, wanted: Wanted) -> Found {
    by(subject, description, Some(OWN), wanted)
}

fn by(subject: &str, description: &str, requester: Option<&str>, wanted: Wanted) -> Found {
    let reading = Reading::new(subject, description);
    extract(&reading, &crate::features::Features::of(&reading).sentences, requester, wanted)
}

fn person(subject: &str, description: &str) -> (Option<String>, Option<String>) {
    let wanted = Wanted { person: true, may_be_self: true, ..Wanted::default() };
    let NamedPerson { email, name } = found(subject, description, wanted).slots.target;
    (email, name)
}

fn assert_people(cases: &[(&str, &str, Option<&str>, Option<&str>)]) {
    for (subject, description, email, name) in cases {
        let wanted = (email.map(str::to_owned), name.map(str::to_owned));
        assert_eq!(person(subject, description), wanted, "{subject} / {description}");
    }
}

#[test]
fn who_writes_about_nobody_else_means_themselves() {
    assert_people(&[
        ("pw", "forgot it", Some(OWN), None),
        ("MFA", "I lost my phone, reset my MFA please. Pat", Some(OWN), None),
        ("MFA", "Neues Handy, bitte zurücksetzen. Gruß Pat", Some(OWN), None),
        ("reset", "my account is pat.writer@acme.com", Some(OWN), None),
        ("reset", "Pat Writer here, I forgot my password", Some(OWN), None),
        ("reset", "for my second account svc.pat@acme.com please", Some("svc.pat@acme.com"), None),
    ]);
}

#[test]
fn the_person_concerned_is_found_by_address_and_name() {
    let eva = (Some("eva.ruiz@acme.com"), Some("Eva Ruiz"));
    for description in [
        "Please reset MFA for Eva Ruiz (eva.ruiz@acme.com).",
        "Please reset MFA for eva.ruiz@acme.com. Eva Ruiz has a new phone.",
        "User: Eva Ruiz\nAccount: eva.ruiz@acme.com\nWanted: reset",
        "Eva Ruiz <eva.ruiz@acme.com> has a new phone",
        "Eva Ruiz's phone broke, eva.ruiz@acme.com",
        "Reset MFA for Eva Ruiz, eva.ruiz@acme.com\ncc: boss@acme.com",
        "Reset MFA for Eva Ruiz, eva.ruiz@acme.com\nManager: the.boss@acme.com",
        "Reset MFA for Eva Ruiz, eva.ruiz@acme.com, approved by the.boss@acme.com",
        "Reset MFA for Eva Ruiz, eva.ruiz@acme.com. Her private mail is eva@gmail.com",
        "Reset MFA for Eva Ruiz, eva.ruiz@acme.com\nKind regards\nPat\nteam.lead@acme.com",
        "Reset MFA for Eva Ruiz, eva.ruiz@acme.com\n\nFrom: Nina <nina@acme.com>\nSent: today\nplease",
    ] {
        assert_people(&[("MFA", description, eva.0, eva.1)]);
    }
    assert_people(&[
        ("MFA", "reset j.lowe@acme.com", Some("j.lowe@acme.com"), None),
        (
            "MFA for Astrid O'Shea",
            "astrid.o-shea@acme.com please",
            Some("astrid.o-shea@acme.com"),
            Some("Astrid O'Shea"),
        ),
        ("MFA", "Für Jürgen Groß (juergen.gross@acme.com) bitte", Some("juergen.gross@acme.com"), Some("Jürgen Groß")),
        ("MFA", "Zoë van der Berg, z.vanderberg@acme.com", Some("z.vanderberg@acme.com"), Some("Zoë van der Berg")),
        ("Eva Ruiz", "Eva Ruiz forgot her password", None, Some("Eva Ruiz")),
        ("reset", "Please reset the password of Eva Ruiz.", None, Some("Eva Ruiz")),
        ("reset", "Unser Kollege Max Weber hat sein Passwort vergessen", None, Some("Max Weber")),
    ]);
}

#[test]
fn what_is_not_certain_is_left_out() {
    assert_people(&[
        ("MFA", "please reset MFA for my colleague, he lost his phone", None, None),
        ("reset", "reset the password of аdmin@acme.com", None, None),
        ("reset", "reset the password of ad\u{200b}min@acme.com", None, None),
        ("reset", "reset the password of admin@аcme.com", None, None),
        ("Form", "User: Weber, Max", None, None),
    ]);
    let two = found("reset", "reset a.one@acme.com and b.two@acme.com", Wanted { person: true, ..Wanted::default() });
    assert!(two.several);
    let nobody = by("pw", "forgot it", None, Wanted { person: true, may_be_self: true, ..Wanted::default() });
    assert_eq!(nobody.slots.target, NamedPerson::default());
    for outsider in ["someone@gmail.com", "no-reply@acme.com", "not an address", "a@b"] {
        let wanted = Wanted { person: true, may_be_self: true, ..Wanted::default() };
        let target = by("pw", "forgot it", Some(outsider), wanted).slots.target;
        assert_eq!(target, NamedPerson::default(), "{outsider}");
    }
}

#[test]
fn groups_are_found_as_written() {
    use countersign_domain::classification::GroupAction::{Add, Remove};
    for (description, group, action) in [
        ("Please add me to Engineering-Tools", "Engineering-Tools", Add),
        ("remove him from SG_Finance_RW, please", "SG_Finance_RW", Remove),
        ("Could you add Jim Beam to the Finance Reporting group?", "Finance Reporting", Add),
        ("take her out of the group \"Site Admins\"", "Site Admins", Remove),
        ("bitte in die Gruppe Einkauf-Süd aufnehmen", "Einkauf-Süd", Add),
        ("aus der Gruppe Vertrieb Nord entfernen", "Vertrieb Nord", Remove),
        ("Merci de retirer Paul du groupe Achats-FR", "Achats-FR", Remove),
        ("toevoegen aan de groep Planning-NL graag", "Planning-NL", Add),
        ("User: x\nGroup: Access Review Board\nDecision: remove", "Access Review Board", Remove),
        ("I was removed from Lab-A by mistake. Please add me again.", "Lab-A", Add),
    ] {
        let slots = found("Group", description, Wanted { group: true, ..Wanted::default() }).slots;
        assert_eq!((slots.group.as_deref(), slots.action), (Some(group), Some(action)), "{description}");
    }
    let none =
        found("Group", "Please add me to the group we talked about", Wanted { group: true, ..Wanted::default() });
    assert_eq!(none.slots.group, None);
}

#[test]
fn products_are_found_as_written() {
    for (description, sku) in [
        ("Please assign Visio Plan 2 to me", Some("Visio Plan 2")),
        ("Current: E3\nNew: E5", Some("E5")),
        ("upgrade me from E3 to E5", Some("E5")),
        ("E5 instead of E3 please", Some("E5")),
        ("F3 is not enough, upgrade me to Microsoft 365 E3", Some("Microsoft 365 E3")),
        ("a copilot licence", Some("copilot")),
        ("Licence: Adobe Express", Some("Adobe Express")),
        ("SKU SPE_E5", Some("SPE_E5")),
        ("my licence is gone, give it back", None),
        ("reset e3@acme.com", None),
    ] {
        let slots = found("Licence", description, Wanted { license: true, ..Wanted::default() }).slots;
        assert_eq!(slots.sku.as_deref(), sku, "{description}");
    }
}

#[test]
fn a_new_person_is_described_completely() {
    let wanted = Wanted { new_person: true, ..Wanted::default() };
    let slots = found(
        "New starter",
        "Please create noa.brandt@acme.com for Noa Brandt with Business Premium, groups Support-L1 and Phone-Queue.",
        wanted,
    )
    .slots;
    let hire = slots.new_hire.unwrap();
    assert_eq!((hire.name.as_deref(), hire.email.as_deref()), (Some("Noa Brandt"), Some("noa.brandt@acme.com")));
    assert_eq!(hire.groups, ["Support-L1", "Phone-Queue"]);
    assert_eq!(hire.license.as_deref(), Some("Business Premium"));
    assert_eq!((slots.group, slots.sku), (None, None));
    let form =
        found("Joiner", "Name: Ana Lis\nGroups: A-One, B Two; C_Three\nLicence: E3", wanted).slots.new_hire.unwrap();
    assert_eq!(form.groups, ["A-One", "B Two", "C_Three"]);
    let never_self = found("account", "please create an account", wanted).slots.target;
    assert_eq!(never_self, NamedPerson::default());
}

#[test]
fn a_password_in_a_link_is_no_address() {
    for (description, email) in [
        ("It fails with postgres://app:hunter2@db.acme.com:5432/crm since today", OWN),
        ("git clone https://deploy:tok3n@git.acme.com/app.git", OWN),
        ("ssh://git@git.acme.com/app.git", OWN),
        ("https://app:hun/ter2@db.acme.com/x", OWN),
        ("see https://acme.com/people/tom.okafor@acme.com", "tom.okafor@acme.com"),
        ("see https://acme.com:8443/?mail=tom.okafor@acme.com", "tom.okafor@acme.com"),
    ] {
        assert_people(&[("MFA", &format!("please reset the MFA. {description}"), Some(email), None)]);
    }
}
