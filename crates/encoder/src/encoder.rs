//! From words to numbers.

use countersign_classify::SentenceEncoder;
use countersign_domain::digest::Digest;
use std::path::{Path, PathBuf};
use tokenizers::{PostProcessor, Tokenizer, TruncationParams};

use crate::{EncoderError, bert::Bert, files::Files};

/// Word pieces of one text that are read, markers included; what follows plays no part.
pub const MOST_PIECES: usize = 256;
/// Bytes of one text that are looked at: more than this many word pieces' worth of any language.
const LONGEST_TEXT: usize = 8 * MOST_PIECES;

/// A sentence encoder, ready. Takes as much memory as its weights have bytes.
pub struct Encoder {
    bert: Bert,
    layers: usize,
    tokenizer: Tokenizer,
    width: usize,
    digest: Digest,
}

impl Encoder {
    /// Reads an encoder from its folder. `expected` is the SHA-256 of `model.safetensors`; without it any is taken.
    ///
    /// # Errors
    /// A file that is missing, too large or of another kind, and weights other than the expected ones.
    pub fn load(folder: &Path, expected: Option<Digest>) -> Result<Self, EncoderError> {
        let Files { config, tokenizer: (tokenizer_file, tokenizer), weights: (weights_file, weights), digest } =
            Files::read(folder, expected)?;
        let pieces = MOST_PIECES.min(config.max_position_embeddings);
        let tokenizer = match read_tokenizer(&tokenizer, pieces, config.vocab_size) {
            Ok(tokenizer) => tokenizer,
            Err(why) => return Err(EncoderError::Unsuitable { file: tokenizer_file, why }),
        };
        let bert = match Bert::read(&weights, &config) {
            Ok(bert) => bert,
            Err(error) => return Err(not_as_described(weights_file, &error)),
        };
        drop(weights);
        let encoder = Self { bert, tokenizer, layers: config.num_hidden_layers, width: config.hidden_size, digest };
        encoder.try_out(&weights_file)?;
        Ok(encoder)
    }

    fn forward(&self, text: &str, after: &[usize]) -> candle_core::Result<Vec<Vec<f32>>> {
        let text = &text[..text.floor_char_boundary(LONGEST_TEXT)];
        let pieces = self.tokenizer.encode_fast(text, true).map_err(candle_core::Error::wrap)?;
        let deepest = after.iter().copied().max().unwrap_or(0);
        let layers = self.bert.after_layers(pieces.get_ids(), deepest)?;
        let wanted = after.iter().filter_map(|place| layers.get(*place));
        wanted.map(|layer| layer.flatten_all()?.to_vec1()).collect()
    }

    /// The shortest and the longest text, so that weights of another shape are noticed now and not at a ticket.
    fn try_out(&self, file: &Path) -> Result<(), EncoderError> {
        let every: Vec<usize> = (0..=self.layers).collect();
        for text in [String::new(), "a ".repeat(MOST_PIECES)] {
            let found = self.forward(&text, &every).map_err(|error| not_as_described(file.to_owned(), &error))?;
            if found.iter().any(|layer| layer.is_empty() || !layer.iter().all(|number| number.is_finite())) {
                let why = "the weights give no numbers that can be used".to_owned();
                return Err(EncoderError::Unsuitable { file: file.to_owned(), why });
            }
        }
        Ok(())
    }
}

impl SentenceEncoder for Encoder {
    fn digest(&self) -> Digest {
        self.digest
    }

    fn width(&self) -> usize {
        self.width
    }

    fn layers(&self) -> usize {
        self.layers
    }

    fn read(&self, text: &str, after: &[usize]) -> Option<Vec<Vec<f32>>> {
        let found = self.forward(text, after).ok().filter(|found| found.len() == after.len())?;
        found.iter().flatten().all(|number| number.is_finite()).then_some(found)
    }
}

fn not_as_described(file: PathBuf, error: &candle_core::Error) -> EncoderError {
    // The first line: what follows is a backtrace where the environment asks for one.
    let said = error.to_string();
    let said = said.lines().next().unwrap_or("no reason given");
    EncoderError::Unsuitable { file, why: format!("the weights are not as config.json describes them: {said}") }
}

/// The tokenizer, cutting at `pieces` and padding nothing, with no piece that the model has no row for.
fn read_tokenizer(bytes: &[u8], pieces: usize, words: usize) -> Result<Tokenizer, String> {
    let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| format!("not a tokenizer: {error}"))?;
    let known = tokenizer.get_vocab(true);
    if let Some(highest) = known.values().copied().max().filter(|id| usize::try_from(*id).is_ok_and(|id| id >= words)) {
        return Err(format!("it has the word piece {highest}, and vocab_size in config.json is {words}"));
    }
    if known.is_empty() {
        return Err("it has no word pieces".to_owned());
    }
    let markers = tokenizer.get_post_processor().map_or(0, |processor| processor.added_tokens(false));
    if !(1..=pieces / 2).contains(&markers) {
        return Err(format!("it puts {markers} markers around a text, where from 1 to {} can be used", pieces / 2));
    }
    tokenizer.set_encode_special_tokens(true);
    tokenizer.with_padding(None);
    let cut = TruncationParams { max_length: pieces, ..TruncationParams::default() };
    tokenizer.with_truncation(Some(cut)).map_err(|error| error.to_string())?;
    Ok(tokenizer)
}
