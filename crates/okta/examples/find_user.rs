//! Finds a user by login and shows their status, with the client alone.
//!
//! `OKTA_URL=https://acme.okta.com OKTA_TOKEN=... cargo run -p countersign-okta --example find_user -- sarah.chen@acme.com`

use std::{env, error::Error};

use countersign_okta::client::Client;
use countersign_outbound::{Factory, FactoryOptions, LiveSecret, Pace, Target};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "an example has no configuration to read")]
async fn main() -> Result<(), Box<dyn Error>> {
    let login = env::args().nth(1).ok_or("name a login")?;
    let target = Target { vendor: "okta", base_url: env::var("OKTA_URL")?.parse()?, pace: Pace::default() };
    let http = Factory::new(FactoryOptions::default())?.client(target)?;
    let okta = Client::new(http, LiveSecret::from(env::var("OKTA_TOKEN")?.as_str()));
    let Some(user) = okta.user(&login).await? else {
        println!("nobody by that login");
        return Ok(());
    };
    let groups = okta.groups_of(&user.id).await?;
    println!("{} is {}, in {} groups", user.id, user.status.as_str(), groups.len());
    Ok(())
}
