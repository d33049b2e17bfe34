//! Losing: what became of a step without an answer is read, never tried.

use countersign_domain::ports::{Observed, PortErrorKind};

use super::{SystemStage, is_done, login_of, observe, planned};
use crate::contract::{Lost, kind};

/// It took: the reading says so, and nothing is sent a second time.
pub async fn a_lost_answer_is_ambiguous_and_read_back<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let stage = fresh().await;
    let (actions, unseen) = (stage.system().actions(), stage.capabilities().unseen);
    for action in actions {
        let stage = fresh().await;
        let (_, step) = planned(&stage, *action).await;
        stage.lose(step.action.kind(), Lost::Answer);
        let performed = stage.system().perform(&step, None).await;
        assert_eq!(kind(performed), Some(PortErrorKind::Ambiguous), "{action}");
        let (after, sent) = (stage.state(login_of(&step)), stage.writes());
        let observed = observe(&stage, &step, true).await;
        let expected = if unseen.contains(action) { observed == Observed::Ready } else { is_done(&observed) };
        assert!(expected, "{action}: {observed:?}");
        assert_eq!((stage.state(login_of(&step)), stage.writes(), sent), (after, sent, 1), "{action}");
    }
}

/// It did not take: the reading says so, and the step may be sent.
pub async fn a_lost_request_is_ambiguous_and_ready_again<S: SystemStage>(fresh: impl AsyncFn() -> S) {
    let actions = fresh().await.system().actions();
    for action in actions {
        let stage = fresh().await;
        let (_, step) = planned(&stage, *action).await;
        let before = stage.state(login_of(&step));
        stage.lose(step.action.kind(), Lost::Request);
        let performed = stage.system().perform(&step, None).await;
        assert_eq!(kind(performed), Some(PortErrorKind::Ambiguous), "{action}");
        assert_eq!(observe(&stage, &step, true).await, Observed::Ready, "{action}");
        assert_eq!(stage.state(login_of(&step)), before, "{action}");
        stage.system().perform(&step, None).await.unwrap_or_else(|error| panic!("{action}: {error}"));
    }
}
