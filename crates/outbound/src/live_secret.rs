//! A secret that may be replaced while the program runs.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use secrecy::{ExposeSecret, SecretString};

/// A secret as it is now: clones share it, so that whoever reads a renewed file replaces it for every client at once. A
/// client asks for it anew with every request and keeps no copy.
#[derive(Clone)]
pub struct LiveSecret(Arc<RwLock<SecretString>>);

impl LiveSecret {
    /// A secret with this value until it is replaced.
    pub fn new(value: SecretString) -> Self {
        Self(Arc::new(RwLock::new(value)))
    }

    /// The value now.
    pub fn current(&self) -> SecretString {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the value for every clone. Returns whether it is another one than before.
    pub fn replace(&self, value: SecretString) -> bool {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let changed = held.expose_secret() != value.expose_secret();
        *held = value;
        changed
    }
}

impl From<SecretString> for LiveSecret {
    fn from(value: SecretString) -> Self {
        Self::new(value)
    }
}

impl From<&str> for LiveSecret {
    fn from(value: &str) -> Self {
        Self::new(SecretString::from(value))
    }
}

impl fmt::Debug for LiveSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LiveSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clone_sees_a_replaced_value_and_none_shows_it() {
        let secret = LiveSecret::from("first-value");
        let clone = secret.clone();
        assert!(!secret.replace(SecretString::from("first-value")));
        assert!(secret.replace(SecretString::from("second-value")));
        assert_eq!(clone.current().expose_secret(), "second-value");
        assert!(!format!("{clone:?}").contains("value"));
    }
}
