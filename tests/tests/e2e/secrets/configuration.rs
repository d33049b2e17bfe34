//! Secrets in configurations: where they belong but wrong, and where they do not belong.

use anyhow::ensure;
use countersign_tests::{Bed, ticket};

use super::{
    ASKS, IN_CONFIGURATIONS, kinds, kinds::Kind, nothing_came_out, search::Garden, surfaces::Surface, talkative,
    vendors::Traces,
};

const SECRETS: [&str; 5] =
    ["FRESHSERVICE_API_KEY", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "OKTA_API_TOKEN", "ENTRA_CLIENT_SECRET"];

/// Texts of the usual configuration, and what somebody puts there; `{}` stands for a secret in quotes of TOML, `{raw}`
/// for one as it is.
const EDITS: [(&str, &str); 26] = [
    ("{ env = \"OKTA_API_TOKEN\" }", "{}"),
    ("{ env = \"SLACK_BOT_TOKEN\" }", "{}"),
    ("{ env = \"SLACK_SIGNING_SECRET\" }", "[{}]"),
    ("{ env = \"ENTRA_CLIENT_SECRET\" }", "{ value = {} }"),
    ("{ env = \"FRESHSERVICE_API_KEY\" }", "{ env = \"X\", file = {} }"),
    ("{ env = \"FRESHSERVICE_WEBHOOK_TOKEN\" }", "{ env = [{}] }"),
    ("{ env = \"OKTA_API_TOKEN\" }", "{raw}"),
    ("{ env = \"OKTA_API_TOKEN\" }", "\"{raw}"),
    ("[org.acme.policy]", "password = {}\n[org.acme.policy]"),
    ("[org.acme.policy]", "pass word = {}\n[org.acme.policy]"),
    ("[storage]", "[storage]\npassword = {}"),
    ("[storage]", "[storage]\n{raw}"),
    ("url = \"sqlite:", "url = {} # \"sqlite:"),
    ("url = \"sqlite:", "url = \"postgres://app:{raw}@db.acme.com/x\" # \"sqlite:"),
    ("url = \"sqlite:", "url = \"mysql://app:{raw}@db.acme.com/x\" # \"sqlite:"),
    ("url = \"sqlite:", "url = \"postgres://db.acme.com/x?password={raw}\" # \"sqlite:"),
    ("listen = \"127.0.0.1:0\"", "listen = \"127.0.0.1:0\"\npublic_url = \"https://admin:{raw}@countersign.acme.com\""),
    ("domain = \"acme.okta.com\"", "domain = \"acme.okta.com\"\norg_url = \"https://a:{raw}@acme.okta.com\""),
    (
        "domain = \"acme.okta.com\"\nbase_url = \"",
        "domain = \"acme.okta.com\"\nbase_url = \"https://a:{raw}@x.acme.com\" # \"",
    ),
    (
        "domain = \"acme.okta.com\"\nbase_url = \"",
        "domain = \"acme.okta.com\"\nbase_url = \"https://x.acme.com/?token={raw}\" # \"",
    ),
    ("kind = \"okta\"", "kind = {}"),
    ("expires_after = \"24h\"", "expires_after = {}"),
    ("min_confidence = 0.80", "min_confidence = {}"),
    ("Europe/Berlin", "{raw}"),
    ("channel = \"C0123ADMIN\"", "channel = {}"),
    ("domain = \"acme.okta.com\"", "domain = {}"),
];

/// Variables that are set to a secret by whoever mistook them.
const VARIABLES: [&str; 10] = [
    "COUNTERSIGN__ORG__ACME__SYSTEM__OKTA__API_TOKEN",
    "COUNTERSIGN__ORG__ACME__CHANNEL__IT_APPROVALS__BOT_TOKEN",
    "COUNTERSIGN__ORG__ACME__CHANNEL__IT_APPROVALS__TOKEN",
    "COUNTERSIGN__STORAGE__URL",
    "COUNTERSIGN__STORAGE__PASSWORD",
    "COUNTERSIGN__LOG__LEVEL",
    "COUNTERSIGN__TELEMETRY__OTLP_ENDPOINT",
    "HTTPS_PROXY",
    "NO_PROXY",
    "COUNTERSIGN__SERVER__LISTEN",
];

/// A secret as a value of TOML.
fn toml(secret: &str) -> String {
    serde_json::Value::from(secret).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_configurations_are_not_repeated() -> anyhow::Result<()> {
    let (traces, address) = Traces::start().await?;
    let Some(mut bed) = Bed::start(talkative("text", &address)).await? else { return Ok(()) };
    let mut garden = Garden::seeded(8);
    let mut more = misplaced(&bed, &mut garden).await?;
    more.extend(in_variables(&mut bed, &mut garden).await?);
    more.extend(proxies_and_stores(&mut bed, &mut garden).await?);
    let raised = bed.raise(ticket("sarah.chen@acme.com", ASKS[0].0, ASKS[0].1)).await?;
    bed.until_card(&raised.run, 1).await?;
    while garden.count() < IN_CONFIGURATIONS / 3 {
        more.extend(wrong(&mut bed, &mut garden).await?);
    }
    // What is set and referred to by nothing.
    let mut number = 0;
    while garden.count() < IN_CONFIGURATIONS {
        bed.environment.insert(format!("OTHER_{number}"), garden.plant("another variable").written());
        number += 1;
    }
    bed.serve().await?;
    let raised = bed.raise(ticket("priya.nair@acme.com", ASKS[0].0, ASKS[0].1)).await;
    ensure!(raised.is_ok(), "{raised:?}");
    nothing_came_out(&mut bed, &garden, IN_CONFIGURATIONS, &traces, more).await
}

/// Runs what reads a configuration.
async fn read(bed: &Bed, what: &str) -> anyhow::Result<Vec<Surface>> {
    let mut more = Vec::new();
    for arguments in [&["check"][..], &["check", "--json"], &["serve"], &["setup", "okta"]] {
        let said = bed.on_config(arguments).await?;
        more.push(Surface::said(&format!("{} with {what}", arguments.join(" ")), &said));
    }
    Ok(more)
}

/// Secrets where something else should stand in the file.
async fn misplaced(bed: &Bed, garden: &mut Garden) -> anyhow::Result<Vec<Surface>> {
    let usual = std::fs::read_to_string(&bed.config)?;
    let mut more = Vec::new();
    for (old, new) in EDITS.iter().cycle().take(2 * EDITS.len()) {
        let fit = |kind: Kind| kind.is_telling() && (!new.contains("{raw}") || kind.is_one_line());
        let secret = garden.plant_if("a configuration", fit).written();
        ensure!(usual.contains(old), "the usual configuration has no {old:?}");
        let text = usual.replacen(old, &new.replace("{}", &toml(&secret)).replace("{raw}", &secret), 1);
        std::fs::write(&bed.config, text)?;
        // What is taken as it stands is no mistake that the file shows, and `serve` would go on with it.
        let said = bed.on_config(&["key", "list"]).await?;
        let refused = said.code == 64;
        more.push(Surface::said(&format!("key list with {new}"), &said));
        if refused {
            more.extend(read(bed, new).await?);
        }
    }
    std::fs::write(&bed.config, usual)?;
    Ok(more)
}

/// Secrets in variables that mean something else.
async fn in_variables(bed: &mut Bed, garden: &mut Garden) -> anyhow::Result<Vec<Surface>> {
    let mut more = Vec::new();
    for name in VARIABLES.iter().cycle().take(2 * VARIABLES.len()) {
        let secret = garden.plant_if("a variable", Kind::is_telling).written();
        bed.environment.insert((*name).to_owned(), secret);
        let said = bed.on_config(&["key", "list"]).await?;
        let refused = said.code == 64;
        more.push(Surface::said(&format!("key list with {name}"), &said));
        if refused {
            more.extend(read(bed, name).await?);
        }
        bed.environment.remove(*name);
    }
    Ok(more)
}

/// Addresses with a password that lead nowhere.
async fn proxies_and_stores(bed: &mut Bed, garden: &mut Garden) -> anyhow::Result<Vec<Surface>> {
    let usual = std::fs::read_to_string(&bed.config)?;
    let database = format!("\"sqlite://{}\"", bed.database().display());
    let mut more = Vec::new();
    for number in 0..16 {
        let secret = garden.plant_if("an address with a password", Kind::is_one_line);
        let secret = if number % 2 == 0 { kinds::percent(&secret.secret, false) } else { secret.secret };
        // The first two may be asked, in vain; the others cannot even be read.
        let waited = number < 2;
        let address = if waited { "127.0.0.1:9" } else { ["127.0.0.1:99999", "[::1", "127.0.0.1:x"][number / 2 % 3] };
        bed.environment.insert("HTTPS_PROXY".to_owned(), format!("http://agent:{secret}@{address}"));
        more.extend(read_check(bed, "a proxy").await?);
        bed.environment.remove("HTTPS_PROXY");
        let scheme = ["postgres", "postgresql", "mysql"][number % 3];
        let option = ["sslmode", "pasword"][number % 2];
        let url = format!("{scheme}://app:{secret}@{address}/x?{option}={secret}&connect_timeout=1");
        bed.environment.insert("STORAGE_URL".to_owned(), url);
        std::fs::write(&bed.config, usual.replace(&database, "{ env = \"STORAGE_URL\" }"))?;
        let commands: &[&[&str]] =
            &[&["serve"], &["key", "list"], &["check"], &["runs", "list"], &["backup", "/tmp/x/y"]];
        for arguments in if waited { &commands[..2] } else { commands } {
            let said = bed.on_config(arguments).await?;
            ensure!(said.code != 0, "{arguments:?} succeeded: {said:?}");
            more.push(Surface::said(&format!("{} with a database", arguments.join(" ")), &said));
        }
        std::fs::write(&bed.config, &usual)?;
    }
    Ok(more)
}

async fn read_check(bed: &Bed, what: &str) -> anyhow::Result<Vec<Surface>> {
    let mut more = Vec::new();
    for arguments in [&["check"][..], &["check", "--json"]] {
        let said = bed.on_config(arguments).await?;
        more.push(Surface::said(&format!("{} with {what}", arguments.join(" ")), &said));
    }
    Ok(more)
}

/// Wrong secrets in every place for one, by variable and by file.
async fn wrong(bed: &mut Bed, garden: &mut Garden) -> anyhow::Result<Vec<Surface>> {
    let usual = std::fs::read_to_string(&bed.config)?;
    let (right, mut text) = (bed.environment.clone(), usual.clone());
    for (number, name) in SECRETS.iter().enumerate() {
        let secret = garden.plant("a wrong secret").written();
        if (garden.count() + number).is_multiple_of(2) {
            bed.environment.insert((*name).to_owned(), secret);
        } else {
            bed.write(&format!("secrets/{name}"), &secret)?;
            text = text.replace(&format!("{{ env = \"{name}\" }}"), &format!("{{ file = \"secrets/{name}\" }}"));
        }
    }
    std::fs::write(&bed.config, text)?;
    let mut more = read_check(bed, "wrong secrets").await?;
    more.push(Surface::said("plan with wrong secrets", &bed.on_config(&["plan", "--ticket-id", "1"]).await?));
    std::fs::write(&bed.config, usual)?;
    bed.environment = right;
    Ok(more)
}
