//! The demo: the whole corridor on this machine. A SQLite file, the sandbox in the vendors' place, sample tickets.

mod cast;
mod script;
mod show;
mod stage;

use std::sync::Arc;
use tokio_util::sync::CancellationToken;

use crate::{Outcome, clock::SystemClock};

/// Plays the demo.
///
/// # Errors
/// Anything that kept it from being played to its end.
pub(crate) async fn run(scripted: bool, json: bool) -> Outcome {
    let clock = Arc::new(SystemClock::default());
    let stage = stage::set_up(clock, scripted).await?;
    if scripted { script::play(stage, json).await } else { by_hand(stage).await }
}

/// Raises the sample tickets and leaves the approving to whoever is watching.
async fn by_hand(stage: stage::Stage) -> Outcome {
    show::welcome(&stage);
    for scene in cast::scenes() {
        stage.prepare(&scene)?;
        stage.raise(&scene).await?;
    }
    let stop = CancellationToken::new();
    let follow = tokio::spawn(show::follow(Arc::clone(&stage.service.app), stage.org.clone(), stop.clone()));
    tokio::signal::ctrl_c().await?;
    stop.cancel();
    follow.await?;
    stage.strike().await;
    Ok(())
}
