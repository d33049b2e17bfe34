//! Everything that comes out of the program, gathered.

use countersign_tests::{Bed, Said, text_of};
use serde_json::Value;

/// Something that came out.
pub(super) struct Surface {
    /// What it is.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    /// Places whose words may stand there.
    exempt: &'static [&'static str],
}

/// An approver's own words with a denial. They are meant for whoever reads the decision: the card, the note, the run
/// and the erasable body of its ledger entry. A log, a metric, a trace and an answer about something else are not.
pub(super) const DENIAL_WORDS: &str = "the words of a denial";

/// An id that a caller gives a request is there to be found again, in the log and in the answer's header. One that is
/// no id (another letter than `[A-Za-z0-9_-]`, or more than 64) is not taken.
pub(super) const REQUEST_ID: &str = "a request's id";

/// Nobody's words.
const NONE: &[&str] = &[];

impl Surface {
    pub(super) fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into(), exempt: NONE }
    }

    /// Where an approver's words may stand.
    fn of_decision(self) -> Self {
        Self { exempt: &[DENIAL_WORDS], ..self }
    }

    /// Where a request's id may stand.
    pub(super) fn of_requests(self) -> Self {
        Self { exempt: &[REQUEST_ID], ..self }
    }

    pub(super) fn may_hold(&self, place: &str) -> bool {
        self.exempt.contains(&place)
    }

    /// Both streams of a command.
    pub(super) fn said(name: &str, said: &Said) -> Self {
        Self::new(format!("`{name}` (exit code {})", said.code), format!("{}\n{}", said.out, said.err))
    }
}

/// Everything that can be asked of a running service and of its command line, after which the service is stopped and its
/// log read as well.
pub(super) async fn gathered(bed: &mut Bed) -> anyhow::Result<Vec<Surface>> {
    let mut all = Vec::new();
    for path in ["/metrics", "/readyz", "/healthz", "/api/v1/runs?limit=200", "/api/v1/runbooks"] {
        let (_, answer) = bed.exchange("GET", path, &[("authorization", bearer(bed).as_bytes())], Vec::new()).await?;
        all.push(Surface::new(format!("GET {path}"), answer).of_decision());
    }
    all.push(Surface::new("GET /api/v1/audit/entries", serde_json::to_vec(&bed.entries().await?)?).of_decision());
    let runs = bed.get("/api/v1/runs?limit=200").await?;
    for run in runs["runs"].as_array().cloned().unwrap_or_default() {
        let run = text_of(&run, "/runId").to_owned();
        for path in [format!("/api/v1/runs/{run}"), format!("/api/v1/runs/{run}/story")] {
            all.push(Surface::new(format!("GET {path}"), serde_json::to_vec(&bed.get(&path).await?)?).of_decision());
        }
    }
    all.extend(commands(bed, &runs).await?);
    all.extend(at_the_vendors(bed)?);
    bed.service_mut()?.ask_to_stop()?;
    bed.service_mut()?.ended().await?;
    all.push(Surface::new("the service's log", bed.service_mut()?.log()?).of_requests());
    Ok(all)
}

fn bearer(bed: &Bed) -> String {
    format!("Bearer {}", bed.key)
}

async fn commands(bed: &Bed, runs: &Value) -> anyhow::Result<Vec<Surface>> {
    let mut all = Vec::new();
    let lists: [&[&str]; 9] = [
        &["runs", "list"],
        &["runs", "list", "--json"],
        &["runs", "list", "--shadow"],
        &["key", "list"],
        &["key", "list", "--json"],
        &["check"],
        &["check", "--json"],
        &["ledger", "verify"],
        &["ledger", "export"],
    ];
    for arguments in lists {
        all.push(Surface::said(&arguments.join(" "), &bed.on_config(arguments).await?).of_decision());
    }
    // Every fourth is shown by the command as well: it says what the routes say, which were asked about all of them.
    for run in runs["runs"].as_array().into_iter().flatten().step_by(4) {
        let run = text_of(run, "/runId");
        for arguments in [&["runs", "show", run][..], &["runs", "show", run, "--json"]] {
            all.push(Surface::said("runs show", &bed.on_config(arguments).await?).of_decision());
        }
    }
    Ok(all)
}

/// What was written at the vendors: cards, messages in their threads, what people were told, notes of ours.
fn at_the_vendors(bed: &Bed) -> anyhow::Result<Vec<Surface>> {
    let state = bed.sandbox.state();
    let mut all = vec![
        Surface::new("the channel", serde_json::to_vec(&state["slack"]["channels"])?).of_decision(),
        Surface::new("what people were told", serde_json::to_vec(&state["slack"]["ephemerals"])?).of_decision(),
    ];
    for ticket in state["freshservice"]["tickets"].as_array().into_iter().flatten() {
        for note in ticket["conversations"].as_array().into_iter().flatten() {
            if note.to_string().contains("[Countersign]") {
                all.push(Surface::new("a note", note.to_string()).of_decision());
            }
        }
    }
    Ok(all)
}
