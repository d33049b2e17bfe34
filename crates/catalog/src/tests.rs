use countersign_domain::{
    ids::{IntentName, RunbookId},
    runbook::{ActionKind, ParamKind, Risk},
};

use crate::{Catalogue, Problem, builtin, parse};

const SOUND: &str = r#"id = "ACME-7"
name = "Guest Access"
intent = "guest_access"
risk = "low"
description = "Adds a guest to a group."
expires_after = "90m"
min_confidence = 0.9
examples = ["let the guest in", "guest access please", "open the guest group for her"]

[params.guest]
kind = "person"
description = "Who"

[params.group]
kind = "group"
required = false
description = "Where"

[[steps]]
system = "entra"
action = "add_to_group"
user = "guest"
group = "group"
"#;

fn complaints(text: &str) -> Vec<String> {
    parse("x.toml", text).unwrap_err().iter().map(Problem::to_string).collect()
}

#[test]
fn a_sound_file_is_read_completely() {
    let runbook = parse("x.toml", SOUND).unwrap();
    assert_eq!((runbook.id.as_str(), runbook.intent.as_str()), ("ACME-7", "guest_access"));
    assert_eq!((runbook.risk, runbook.expires_after), (Risk::Low, Some(5_400)));
    assert_eq!(runbook.min_confidence.unwrap().parts(), 9_000);
    let params: Vec<_> = runbook.params.iter().map(|param| (param.name.as_str(), param.kind, param.required)).collect();
    assert_eq!(params, [("guest", ParamKind::Person, true), ("group", ParamKind::Group, false)]);
    assert_eq!(runbook.steps[0].action, ActionKind::AddToGroup);
    assert_eq!(runbook.steps[0].group.as_deref(), Some("group"));
    assert_eq!(runbook.digest, countersign_domain::digest::Digest::of(SOUND.as_bytes()));
}

/// Each row: what is replaced in the sound file, by what, and the one complaint that must come of it.
const BROKEN: &[(&str, &str, &str)] = &[
    ("id = \"ACME-7\"\n", "", "x.toml:1:1: the runbook has no `id`"),
    ("\"ACME-7\"", "\"ACME 7\"", "x.toml:1:6: runbook id \"ACME 7\" is not valid"),
    ("\"ACME-7\"", "7", "x.toml:1:6: `id` must be a string, and is a whole number"),
    ("\"Guest Access\"", "\"  \"", "x.toml:2:8: `name` is empty"),
    ("\"Guest Access\"", "\"Guest\\nAccess\"", "x.toml:2:8: `name` must be one line"),
    ("\"guest_access\"", "\"none\"", "x.toml:3:10: intent \"none\" is not valid"),
    ("risk = \"low\"", "risk = \"mediun\"", "x.toml:4:8: unknown risk `mediun`; did you mean `medium`?"),
    (
        "description = \"Adds",
        "descripton = \"Adds",
        "x.toml:5:1: unknown key `descripton` in the runbook; did you mean `description`?",
    ),
    (
        "\"90m\"",
        "\"24 hours\"",
        "x.toml:6:17: `expires_after` is \"24 hours\"; a whole number with m, h or d is expected",
    ),
    ("\"90m\"", "\"+9h\"", "x.toml:6:17: `expires_after` is \"+9h\"; a whole number"),
    ("\"90m\"", "\"99999999999999999999d\"", "x.toml:6:17: `expires_after` is"),
    ("\"90m\"", "\"1m\"", "x.toml:6:17: `expires_after` is \"1m\"; from 5m to 30d is possible"),
    ("\"90m\"", "\"é\"", "x.toml:6:17: `expires_after` is \"é\"; a whole number"),
    ("0.9", "90", "x.toml:7:18: `min_confidence` must be a number from 0 to 1, and is 90"),
    ("0.9", "nan", "x.toml:7:18: `min_confidence` must be a number from 0 to 1, and is nan"),
    ("0.9", "\"0.9\"", "x.toml:7:18: `min_confidence` must be a number from 0 to 1, and is a string"),
    (", \"guest access please\"", "", "x.toml:8:12: `examples` has 2 of at least 3 tickets"),
    ("\"guest access please\"", "\" \"", "x.toml:8:33: this example is empty"),
    ("\"guest access please\"", "\"let the guest in\"", "x.toml:8:33: this example stands in the file twice"),
    ("\"guest access please\"", "4", "x.toml:8:33: `examples` must be a list of strings, and is a whole number"),
    ("kind = \"person\"", "kind = \"persn\"", "x.toml:11:8: unknown kind `persn`; did you mean `person`?"),
    ("kind = \"person\"\n", "", "x.toml:10:9: the parameter `guest` has no `kind`"),
    ("kind = \"person\"", "kind = \"group\"", "x.toml:14:9: `guest` is already the parameter of kind group"),
    ("required = false", "required = \"no\"", "x.toml:16:12: `required` must be true or false, and is a string"),
    (
        "required = false",
        "requird = false",
        "x.toml:16:1: unknown key `requird` in the parameter `group`; did you mean `required`?",
    ),
    ("system = \"entra\"", "system = \"Entra ID\"", "x.toml:20:10: connection name \"Entra ID\" is not valid"),
    ("system = \"entra\"\n", "", "x.toml:19:1: step 1 has no `system`"),
    ("\"add_to_group\"", "\"add_to_grup\"", "x.toml:21:10: unknown action `add_to_grup`; did you mean `add_to_group`?"),
    ("user = \"guest\"", "user = \"gest\"", "x.toml:22:8: no parameter is called `gest`; did you mean `guest`?"),
    (
        "user = \"guest\"",
        "user = \"group\"",
        "x.toml:22:8: the parameter `group` is of kind group; person or new_person is needed here",
    ),
    ("group = \"group\"\n", "", "x.toml:19:1: step 1 has no `group`"),
    (
        "group = \"group\"\n",
        "group = \"group\"\nlicense = \"group\"\n",
        "x.toml:24:11: `add_to_group` takes no `license`",
    ),
    (
        "group = \"group\"\n",
        "group = \"group\"\nwhen = { group = \"add\" }\n",
        "x.toml:24:10: the parameter `group` is of kind group; membership is needed here",
    ),
    (
        "group = \"group\"\n",
        "group = \"group\"\nwhen = \"add\"\n",
        "x.toml:24:8: `when` must name one parameter and its value",
    ),
    (
        "group = \"group\"\n",
        "group = \"group\"\nwehn = 1\n",
        "x.toml:24:1: unknown key `wehn` in step 1; did you mean `when`?",
    ),
    ("[[steps]]", "[[stepps]]", "x.toml:19:3: unknown key `stepps` in the runbook; did you mean `steps`?"),
    ("[[steps]]", "[steps]", "x.toml:19:1: `steps` must be a list of tables, and is a table"),
    ("\"Guest Access\"", "\"Guest Access", "x.toml:2:"),
];

#[test]
fn each_mistake_is_named_with_its_place() {
    for (sound, broken, wanted) in BROKEN {
        assert!(SOUND.contains(sound), "{sound}");
        let found = complaints(&SOUND.replacen(sound, broken, 1));
        assert!(found.iter().any(|said| said.starts_with(wanted)), "{broken}: wanted {wanted}\nfound {found:#?}");
    }
}

#[test]
fn an_action_that_the_system_cannot_do_is_refused() {
    for (system, action, able) in [
        ("okta", "restore_sign_in", "reset_password"),
        ("entra", "reset_password", "dismiss_risk"),
        ("graph", "suspend_user", "dismiss_risk"),
    ] {
        let text = SOUND.replace("system = \"entra\"", &format!("system = \"{system}\"")).replace(
            "\"add_to_group\"\nuser = \"guest\"\ngroup = \"group\"",
            &format!("\"{action}\"\nuser = \"guest\""),
        );
        let found = complaints(&text);
        assert!(found[0].starts_with("x.toml:14:9: no step uses the parameter `group`"), "{found:?}");
        assert!(found[1].starts_with(&format!("x.toml:21:10: the system `{system}` cannot do `{action}`; it can: ")));
        assert!(found[1].contains(able));
    }
}

#[test]
fn a_connection_of_another_name_may_do_any_action() {
    let text = SOUND.replace("system = \"entra\"", "system = \"directory-eu\"");
    assert_eq!(parse("x.toml", &text).unwrap().steps[0].system.as_str(), "directory-eu");
}

#[test]
fn several_mistakes_are_told_at_once_in_the_order_of_the_text() {
    let text = SOUND
        .replace("\"low\"", "\"none\"")
        .replace("\"90m\"", "\"soon\"")
        .replace("user = \"guest\"", "user = \"who\"");
    let places: Vec<_> =
        parse("x.toml", &text).unwrap_err().iter().map(|problem| (problem.line, problem.column)).collect();
    assert_eq!(places, [(4, 8), (6, 17), (10, 9), (22, 8)]);
}

#[test]
fn columns_count_characters_and_not_bytes() {
    let text = SOUND.replace("\"let the guest in\"", "\"lassen Sie die Gäste für München herein\", 5");
    assert!(complaints(&text)[0].starts_with("x.toml:8:56: `examples`"), "{:?}", complaints(&text));
}

#[test]
fn a_new_person_must_be_created_first() {
    let text = SOUND.replace("kind = \"person\"", "kind = \"new_person\"");
    let wanted = "x.toml:19:1: `add_to_group` comes before a step that creates `guest`";
    assert!(complaints(&text)[0].starts_with(wanted), "{:?}", complaints(&text));
}

#[test]
fn odd_files_are_refused_and_never_accepted_or_crashed_on() {
    let deep = format!("id = {}", "[".repeat(10_000));
    let large = format!("# {}", "x".repeat(300_000));
    for text in [
        "",
        "\u{feff}",
        "[[[",
        "id",
        "= 1",
        "a.b.c = 1",
        "[params]\nx = 1",
        "steps = [1, 2]",
        &deep,
        &large,
        "id = \"\0\"",
    ] {
        assert!(!complaints(text).is_empty());
    }
    for end in 0..SOUND.len() - 20 {
        assert!(parse("x.toml", &SOUND[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn the_built_in_runbooks_are_the_seven() {
    let found: Vec<_> = builtin()
        .iter()
        .map(|runbook| (runbook.id.to_string(), runbook.intent.to_string(), runbook.name.clone()))
        .collect();
    let wanted = [
        ("RB-001", "password_reset", "Password Reset"),
        ("RB-002", "mfa_reset", "MFA Reset"),
        ("RB-003", "new_hire_provisioning", "New Hire Provisioning"),
        ("RB-006", "license_assignment", "M365 Licence Assignment"),
        ("RB-007", "account_unlock", "Account Unlock"),
        ("RB-011", "suspend_account", "Suspend Account"),
        ("RB-013", "group_membership", "Group Membership"),
    ]
    .map(|(id, intent, name)| (id.to_owned(), intent.to_owned(), name.to_owned()));
    assert_eq!(found, wanted);
    assert_eq!(Catalogue::of_builtin().by_intent().len(), 7);
}

#[test]
fn the_guides_example_is_a_sound_runbook() {
    let guide = include_str!("../../../docs/guides/runbooks.md");
    let example = guide.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(parse("guide", example).unwrap().steps.len(), 3);
    for action in ActionKind::ALL {
        assert!(guide.contains(&format!("| `{action}` |")), "{action} is missing from the guide");
    }
}

fn file(name: &str, id: &str, intent: &str) -> (String, String) {
    (name.to_owned(), SOUND.replace("ACME-7", id).replace("guest_access", intent))
}

#[test]
fn an_administrators_files_join_the_built_in_ones() {
    let catalogue = Catalogue::with_files(&[file("a.toml", "A-1", "one"), file("b.toml", "B-1", "two")]).unwrap();
    assert_eq!(catalogue.runbooks().len(), 9);
    assert_eq!(catalogue.get(&RunbookId::new("B-1").unwrap()).unwrap().intent.as_str(), "two");
    assert!(catalogue.by_intent().contains_key(&IntentName::new("one").unwrap()));
}

#[test]
fn an_id_or_intent_that_is_taken_is_refused_naming_both_files() {
    let told = |files: &[(String, String)]| -> Vec<String> {
        Catalogue::with_files(files).unwrap_err().iter().map(Problem::to_string).collect()
    };
    let found = told(&[file("a.toml", "RB-002", "fresh")]);
    assert_eq!(
        found,
        ["a.toml:1:6: the id `RB-002` is that of the built-in RB-002; runbooks are not replaced, choose another id"]
    );
    let found = told(&[file("a.toml", "A-1", "mfa_reset")]);
    assert!(found[0].starts_with("a.toml:3:10: the intent `mfa_reset` is served by RB-002 (the built-in RB-002)"));
    let found = told(&[file("a.toml", "A-1", "one"), file("b.toml", "a-1", "one")]);
    assert_eq!(found.len(), 2);
    assert!(found[0].starts_with("b.toml:1:6: the id `a-1` is that of a.toml"), "{found:?}");
    assert!(found[1].starts_with("b.toml:3:10: the intent `one` is served by A-1 (a.toml)"), "{found:?}");
}

#[test]
fn mistakes_of_all_files_are_told_at_once() {
    let broken = ("a.toml".to_owned(), "id = 1".to_owned());
    let found = Catalogue::with_files(&[broken, file("b.toml", "RB-001", "x")]).unwrap_err();
    assert!(found.iter().any(|problem| problem.file == "a.toml"));
    assert!(found.iter().any(|problem| problem.file == "b.toml"));
}
