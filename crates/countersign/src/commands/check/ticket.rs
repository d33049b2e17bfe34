//! `check --ticket ID`: fetches a ticket and writes a test note to it.

use countersign_app::ingest::body::named_ticket;
use countersign_domain::{
    ids::{ConnectionName, OrgId, TicketId},
    ports::{Connections, Finding, PortError},
};

use crate::{Failure, config::OrgConfig};

/// Which ticket, at which desk.
pub(super) struct Asked {
    org: OrgId,
    desk: ConnectionName,
    ticket: TicketId,
    prefix: String,
}

impl Asked {
    /// # Errors
    /// [`Failure::Usage`]: no ticket id, or not exactly one desk.
    pub(super) fn new(org: &OrgId, settings: &OrgConfig, id: &str) -> Result<Self, Failure> {
        let ticket = named_ticket(id).map_err(Failure::Usage)?;
        let desks: Vec<&ConnectionName> = settings.desks.keys().collect();
        let desk = match desks.as_slice() {
            [only] => (*only).clone(),
            [] => return Err(Failure::Usage(format!("the organisation {org} has no desk to fetch a ticket from"))),
            several => {
                let names: Vec<&str> = several.iter().map(|name| name.as_str()).collect();
                return Err(Failure::Usage(format!(
                    "the organisation {org} has several desks ({}): --ticket tries the only desk of a configuration, so \
                     leave one of them in a copy of it",
                    names.join(", ")
                )));
            }
        };
        Ok(Self { org: org.clone(), desk, ticket, prefix: settings.note_prefix.clone() })
    }

    /// Fetches the ticket and writes the note.
    pub(super) async fn run(&self, connections: &dyn Connections) -> Finding {
        let what = format!("{} ticket {}", self.org, self.ticket);
        let failed =
            |error: PortError| Finding::failed(&what, error.says, "mend what the desk's lines name, and try again");
        let Some(desk) = connections.desk(&self.org, &self.desk) else {
            return Finding::failed(&what, "its desk is not connected", "check the configuration");
        };
        let fetched = match desk.fetch(&self.ticket).await {
            Ok(Some(fetched)) => fetched,
            Ok(None) => {
                return Finding::failed(
                    &what,
                    format!("the desk {} has no such ticket, or the agent does not see it", self.desk),
                    "look at the number, and at the scope of the agent's role",
                );
            }
            Err(error) => return failed(error),
        };
        let line = format!(
            "[{}] Test note, written by `countersign check`; it can be deleted. Nothing was decided and nothing was changed.",
            self.prefix
        );
        match desk.post_note(&self.ticket, &[line]).await {
            Ok(_) => Finding::ok(&what, format!("fetched, and a private test note was written: {}", fetched.url)),
            Err(error) => failed(error),
        }
    }
}
