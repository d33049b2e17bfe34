//! An encoder with its head, as it stands beside the embedded model.

use countersign_domain::{classification::Said, digest::Digest};

use super::{Head, HeadError, SHARES, SentenceEncoder};
use crate::embedded;

/// An encoder and the head that was made for it.
pub struct Larger {
    encoder: Box<dyn SentenceEncoder>,
    head: Head,
    digest: Digest,
}

impl Larger {
    /// Puts an encoder and its head's file together.
    ///
    /// # Errors
    /// A head that is none, or that was made for another encoder or another version of the embedded model.
    pub fn new(encoder: Box<dyn SentenceEncoder>, head: &[u8]) -> Result<Self, HeadError> {
        Self::for_model(encoder, head, embedded::digest())
    }

    /// The same where the embedded model has this digest.
    pub(super) fn for_model(encoder: Box<dyn SentenceEncoder>, file: &[u8], model: Digest) -> Result<Self, HeadError> {
        let head = Head::read(file)?;
        head.check(encoder.as_ref(), model)?;
        Ok(Self { encoder, head, digest: Digest::of(file) })
    }

    /// The digest of the head's file, which says with what encoder and what embedded model it goes.
    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    /// The shares of a ticket's text joined to the embedded model's `own`. `None` where the encoder cannot read it,
    /// or does not know its language.
    pub(crate) fn join(&self, said: &Said, own: &[f64; SHARES]) -> Option<[f64; SHARES]> {
        self.head.shares(self.encoder.as_ref(), said, own)
    }
}
