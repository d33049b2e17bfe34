//! Lists an account's tickets of the last 30 days with the client alone.
//!
//! `printf %s "$KEY" | cargo run -p countersign-freshservice --example list_tickets -- acme.freshservice.com`
//!
//! The key is read from standard input, so that it stands in no process list.

use countersign_freshservice::client::{Client, Plan, TicketFilter};
use countersign_outbound::{Factory, FactoryOptions, Target};
use secrecy::SecretString;
use std::{env, error::Error, io};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let domain = env::args().nth(1).ok_or("name the account: acme.freshservice.com")?;
    let key = SecretString::from(io::read_to_string(io::stdin())?.trim().to_owned());
    let base_url = format!("https://{domain}/api/v2").parse()?;
    let target = Target { vendor: "freshservice", base_url, pace: Plan::Starter.pace(None) };
    let client = Client::new(Factory::new(FactoryOptions::default())?.client(target)?, key);

    let agent = client.me().await?;
    println!("as {}", agent.email.unwrap_or_default());
    let first = client.tickets(&TicketFilter::default()).await?;
    for ticket in client.rest(first).await? {
        println!("{:>8}  {}", ticket.id.unwrap_or_default(), ticket.subject.unwrap_or_default());
    }
    Ok(())
}
