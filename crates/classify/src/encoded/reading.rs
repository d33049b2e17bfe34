//! What the head sees of a text: a row for each word piece.

use countersign_domain::classification::Said;

use super::SentenceEncoder;

/// Against a division by nothing where all numbers of a piece are alike.
const TINY: f32 = 1e-5;

/// Bytes of a text by which it is judged whether an encoder knows its language.
const JUDGED_BY: usize = 400;
/// Word pieces to a word or mark, up to which an encoder is taken to know a language. One made for English has 1.2 for
/// English and from 1.6 on for its neighbours, whose words it has to spell.
const MOST_PIECES: f64 = 1.35;

/// Rows of numbers, one for each word piece: those of each layer read, brought to mean 0 and variance 1.
pub(crate) struct Rows {
    pub(crate) width: usize,
    pub(crate) numbers: Vec<f32>,
}

/// The text that an encoder is given of a ticket.
pub(crate) fn text_of(said: &Said) -> String {
    format!("{} | {}", said.subject, said.body)
}

/// The layers that are read: a third and two thirds of the way up.
pub(crate) fn layers_of(encoder: &dyn SentenceEncoder) -> [usize; 2] {
    let layers = encoder.layers();
    [(layers / 3).max(1), (2 * layers / 3).max(1)]
}

/// Whether an encoder knows the words of a text whole for the most part. What it has to spell it does not understand, and
/// its word on that is worse than none. `None` where it cannot read.
pub(crate) fn knows(encoder: &dyn SentenceEncoder, text: &str) -> Option<bool> {
    let begin = &text[..text.floor_char_boundary(JUDGED_BY)];
    let pieces = |text: &str| Some(encoder.read(text, &[0])?.first()?.len() / encoder.width().max(1));
    let pieces = pieces(begin)?.saturating_sub(pieces("")?);
    #[expect(clippy::cast_precision_loss, reason = "some hundred")]
    Some(pieces as f64 <= MOST_PIECES * words_and_marks(begin) as f64)
}

fn words_and_marks(text: &str) -> usize {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).count();
    words + text.chars().filter(|c| !c.is_alphanumeric() && !c.is_whitespace()).count()
}

/// Reads a text. `None` where the encoder cannot, or answers out of form.
pub(crate) fn rows(encoder: &dyn SentenceEncoder, layers: &[usize], text: &str) -> Option<Rows> {
    let (width, found) = (encoder.width(), encoder.read(text, layers)?);
    let length = found.first()?.len();
    let sound = found.len() == layers.len() && length > 0 && width > 0 && length.is_multiple_of(width);
    if !sound || found.iter().any(|layer| layer.len() != length) {
        return None;
    }
    let mut numbers = Vec::with_capacity(length * layers.len());
    for piece in 0..length / width {
        for layer in &found {
            even_out(&layer[piece * width..(piece + 1) * width], &mut numbers);
        }
    }
    Some(Rows { width: width * layers.len(), numbers })
}

/// Appends numbers brought to mean 0 and variance 1. Summed in their order, so that the same comes out on every machine.
fn even_out(numbers: &[f32], into: &mut Vec<f32>) {
    #[expect(clippy::cast_precision_loss, reason = "a row has at most some thousand numbers")]
    let count = numbers.len() as f32;
    let mean = numbers.iter().sum::<f32>() / count;
    let variance = numbers.iter().map(|number| (number - mean) * (number - mean)).sum::<f32>() / count;
    let scale = 1.0 / libm::sqrtf(variance + TINY);
    into.extend(numbers.iter().map(|number| (number - mean) * scale));
}
