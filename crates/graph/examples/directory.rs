//! Reads a user, their risk and the tenant's subscriptions with the client alone, changing nothing:
//!
//! `GRAPH_CLIENT_SECRET=... cargo run -p countersign-graph --example directory -- TENANT_ID CLIENT_ID sarah@acme.com`

use std::{error::Error, process::ExitCode};

use countersign_graph::client::{Application, GraphClient, Tokens, UserFilter, monotonic};
use countersign_outbound::{Factory, FactoryOptions, LiveSecret, Pace, Target};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tenant, client, address] = arguments.as_slice() else {
        eprintln!("usage: directory TENANT_ID CLIENT_ID ADDRESS, with the secret in GRAPH_CLIENT_SECRET");
        return ExitCode::from(2);
    };
    match show(tenant, client, address).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn show(tenant_id: &str, client_id: &str, address: &str) -> Result<(), Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "an example has no configuration to take a secret from")]
    let secret = std::env::var("GRAPH_CLIENT_SECRET")?;
    let factory = Factory::new(FactoryOptions::default())?;
    let http = |vendor, base: &str| -> Result<_, Box<dyn Error>> {
        Ok(factory.client(Target { vendor, base_url: base.parse()?, pace: Pace::default() })?)
    };
    let application = Application {
        tenant_id: tenant_id.to_owned(),
        client_id: client_id.to_owned(),
        client_secret: LiveSecret::from(secret.as_str()),
    };
    let tokens = Tokens::new(http("entra-sign-in", "https://login.microsoftonline.com")?, application, monotonic());
    let graph = GraphClient::new(http("graph", "https://graph.microsoft.com/v1.0")?, tokens);

    for user in graph.find_users(&UserFilter::Address(address.to_owned()), 5).await?.value {
        println!("{} {:?}, enabled: {:?}", user.id, user.display_name, user.account_enabled);
        match graph.risky_user(&user.id).await {
            Ok(risk) => println!("  risk: {:?}", risk.map(|risk| risk.risk_state)),
            Err(error) => println!("  risk: {error}"),
        }
    }
    for sku in graph.subscribed_skus().await?.value {
        println!("{:?}: {} of {} units free", sku.sku_part_number, sku.free_units(), sku.enabled_units());
    }
    Ok(())
}
