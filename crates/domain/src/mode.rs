//! How far a runbook may go.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::run::NoActionReason;

/// How far the corridor is walked, for an organisation or for one runbook of it. Ordered by caution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Tickets are taken in and left alone.
    Off,
    /// Classified and planned by reading; what the card would have said is recorded. No card, no note, no effect.
    #[default]
    Shadow,
    /// Everything, behind an approval.
    Live,
}

impl Mode {
    /// The name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Shadow => "shadow",
            Self::Live => "live",
        }
    }

    /// The mode in force for a runbook: of the organisation's and its own, the more cautious.
    #[must_use]
    pub fn and(self, other: Option<Self>) -> Self {
        other.map_or(self, |other| self.min(other))
    }

    /// Why a ticket is left alone in this mode before anything is read; `None`: it is not.
    pub fn leaves_untouched(self) -> Option<NoActionReason> {
        match self {
            Self::Off => Some(NoActionReason::SwitchedOff),
            Self::Shadow | Self::Live => None,
        }
    }

    /// Why a ticket is left alone in this mode once it is planned; `None`: it is not.
    pub fn leaves_alone(self) -> Option<NoActionReason> {
        match self {
            Self::Off => Some(NoActionReason::SwitchedOff),
            Self::Shadow => Some(NoActionReason::Shadow),
            Self::Live => None,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_cautious_mode_is_in_force() {
        assert_eq!(Mode::Live.and(None), Mode::Live);
        assert_eq!(Mode::Live.and(Some(Mode::Shadow)), Mode::Shadow);
        assert_eq!(Mode::Shadow.and(Some(Mode::Live)), Mode::Shadow);
        assert_eq!(Mode::Off.and(Some(Mode::Live)), Mode::Off);
        assert_eq!(Mode::default(), Mode::Shadow);
    }
}
