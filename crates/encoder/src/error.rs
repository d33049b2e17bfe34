//! Why a folder cannot serve as an encoder.

use countersign_domain::digest::Digest;
use std::{io, path::PathBuf};
use thiserror::Error;

/// A folder that cannot serve as an encoder: which file, why, and what would do.
#[derive(Debug, Error)]
pub enum EncoderError {
    /// A file is not there or cannot be read.
    #[error(
        "the encoder's file {} cannot be read; an encoder is a folder with config.json, tokenizer.json and \
         model.safetensors, as sentence encoders of the BERT family are published",
        .0.display()
    )]
    Unreadable(PathBuf, #[source] io::Error),
    /// A file is larger than any encoder's that is served.
    #[error("the encoder's file {} is larger than {most} bytes: this is not an encoder that can be used", file.display())]
    TooLarge {
        /// Which.
        file: PathBuf,
        /// What is read at most.
        most: u64,
    },
    /// The weights are other ones than were named.
    #[error(
        "the encoder's weights {} have the SHA-256 {found}, expected was {expected}; put the right file there, or, if \
         this one is wanted, name its SHA-256",
        file.display()
    )]
    OtherWeights {
        /// Which file.
        file: PathBuf,
        /// What was named.
        expected: Digest,
        /// What is there.
        found: Digest,
    },
    /// A file is not what its name says, or not of the kind that is served.
    #[error("the encoder's file {} cannot be used: {why}", file.display())]
    Unsuitable {
        /// Which.
        file: PathBuf,
        /// What is wrong with it, and what would do.
        why: String,
    },
}
