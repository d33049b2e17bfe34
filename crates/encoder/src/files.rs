//! The files of an encoder's folder, read within bounds.

use countersign_domain::digest::Digest;
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use crate::{EncoderError, bert::Config};

/// Bytes of `config.json`; published ones have less than a thousandth of this.
const LONGEST_CONFIG: u64 = 1 << 20;
/// Bytes of `tokenizer.json`; those with 250,000 word pieces have 17 MB.
const LONGEST_TOKENIZER: u64 = 64 << 20;
/// Bytes of `model.safetensors`: the larger multilingual ones of 12 layers have 471 MB.
const LONGEST_WEIGHTS: u64 = 640 << 20;

/// Bounds on what `config.json` may ask for, so that a wrong one is refused rather than tried.
const MOST_LAYERS: usize = 24;
const WIDEST: usize = 1_024;
const WIDEST_INSIDE: usize = 4_096;
const MOST_WORDS: usize = 300_000;
const FEWEST_POSITIONS: usize = 16;
const MOST_POSITIONS: usize = 8_192;

/// What stands in an encoder's folder.
pub(crate) struct Files {
    pub(crate) config: Config,
    pub(crate) tokenizer: (PathBuf, Vec<u8>),
    pub(crate) weights: (PathBuf, Vec<u8>),
    pub(crate) digest: Digest,
}

impl Files {
    /// Reads the folder; nothing of the weights is looked at before their digest is the expected one.
    pub(crate) fn read(folder: &Path, expected: Option<Digest>) -> Result<Self, EncoderError> {
        let config = config(folder)?;
        let tokenizer = bounded(folder, "tokenizer.json", LONGEST_TOKENIZER)?;
        let weights = bounded(folder, "model.safetensors", LONGEST_WEIGHTS)?;
        let digest = Digest::of(&weights.1);
        match expected {
            Some(expected) if expected != digest => {
                Err(EncoderError::OtherWeights { file: weights.0, expected, found: digest })
            }
            Some(_) | None => Ok(Self { config, tokenizer, weights, digest }),
        }
    }
}

fn bounded(folder: &Path, name: &str, most: u64) -> Result<(PathBuf, Vec<u8>), EncoderError> {
    let path = folder.join(name);
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(EncoderError::Unreadable(path, error)),
        Ok(length) if u64::try_from(length).is_ok_and(|length| length <= most) => Ok((path, bytes)),
        Ok(_) => Err(EncoderError::TooLarge { file: path, most }),
    }
}

fn config(folder: &Path) -> Result<Config, EncoderError> {
    let (file, bytes) = bounded(folder, "config.json", LONGEST_CONFIG)?;
    let config: Config = match serde_json::from_slice(&bytes) {
        Ok(config) => config,
        Err(error) => return Err(EncoderError::Unsuitable { file, why: format!("not a BERT configuration: {error}") }),
    };
    match unsuitable(&config) {
        Some(why) => Err(EncoderError::Unsuitable { file, why }),
        None => Ok(config),
    }
}

/// Why a configuration is not served, if it is not.
fn unsuitable(config: &Config) -> Option<String> {
    let kinds = [
        ("model_type", &config.model_type, "bert"),
        ("hidden_act", &config.hidden_act, "gelu"),
        ("position_embedding_type", &config.position_embedding_type, "absolute"),
    ];
    if let Some((name, value, served)) = kinds.into_iter().find(|(_, value, served)| value != served) {
        return Some(format!("{name} is {value:?}, and only {served:?} is served"));
    }
    let bounds = [
        ("num_hidden_layers", config.num_hidden_layers, 1..=MOST_LAYERS),
        ("hidden_size", config.hidden_size, 1..=WIDEST),
        ("intermediate_size", config.intermediate_size, 1..=WIDEST_INSIDE),
        ("num_attention_heads", config.num_attention_heads, 1..=config.hidden_size),
        ("vocab_size", config.vocab_size, 1..=MOST_WORDS),
        ("max_position_embeddings", config.max_position_embeddings, FEWEST_POSITIONS..=MOST_POSITIONS),
        ("type_vocab_size", config.type_vocab_size, 1..=MOST_POSITIONS),
    ];
    if let Some((name, value, served)) = bounds.into_iter().find(|(_, value, served)| !served.contains(value)) {
        return Some(format!("{name} is {value}, and from {} to {} are served", served.start(), served.end()));
    }
    let uneven = !config.hidden_size.is_multiple_of(config.num_attention_heads);
    uneven.then(|| "hidden_size is not a multiple of num_attention_heads".to_owned())
}
