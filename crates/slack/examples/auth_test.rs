//! Asks Slack whose token it is.
//!
//! `cargo run -p countersign-slack --example auth_test -- https://slack.com/api < token.txt`

use countersign_outbound::{Factory, FactoryOptions, Pace, Target};
use countersign_slack::client::Client;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "https://slack.com/api".to_owned());
    let mut token = String::new();
    std::io::stdin().read_line(&mut token)?;

    let factory = Factory::new(FactoryOptions::default())?;
    let http = factory.client(Target { vendor: "slack", base_url: address.parse()?, pace: Pace::default() })?;
    let identity = Client::new(http, token.trim()).auth_test().await?;

    println!("workspace {} ({}), bot {} ({})", identity.team, identity.team_id, identity.user, identity.user_id);
    println!("scopes: {}", identity.scopes.unwrap_or_default().join(", "));
    Ok(())
}
