//! The canonical byte encoding: what is hashed, signed or compared by digest is encoded here first.
//!
//! Invariants:
//! - one value has exactly one encoding, and two different sequences of fields never share one;
//! - every field is self-delimiting: no encoded field is a proper prefix of another encoded field;
//! - options and list items are framed by their length, so nesting is part of the bytes;
//! - an encoding begins with a domain tag, so that bytes made for one purpose never pass for another.
//!
//! The format is written down in `docs/formats/canon.md`; a change to it is a change of every digest ever made.
//!
//! Deliberately absent: floating point numbers (no single form), maps (the caller sorts, then writes a list), Unicode
//! normalisation (text is encoded as given), a decoder (digests are recomputed, never parsed) and `Debug` (the bytes may
//! hold text that is to be erased later).

#[cfg(test)]
mod tests;

/// Type tags, one byte before each field. The values are part of the format.
mod tag {
    pub(super) const DOMAIN: u8 = 0x00;
    pub(super) const BYTES: u8 = 0x01;
    pub(super) const TEXT: u8 = 0x02;
    pub(super) const UINT: u8 = 0x03;
    pub(super) const INT: u8 = 0x04;
    pub(super) const FLAG: u8 = 0x05;
    pub(super) const ABSENT: u8 = 0x06;
    pub(super) const PRESENT: u8 = 0x07;
    pub(super) const LIST: u8 = 0x08;
}

/// Writes one canonical encoding, field by field, in an order the caller fixes.
///
/// ```
/// use countersign_canon::Encoder;
///
/// let mut encoder = Encoder::new("countersign/example/v1");
/// encoder.text("acme").uint(7).option(None::<u64>, |e, v| {
///     e.uint(v);
/// });
/// let bytes = encoder.finish();
/// assert_eq!(bytes.last(), Some(&0x06));
/// ```
#[derive(Clone)]
pub struct Encoder {
    buffer: Vec<u8>,
}

impl Encoder {
    /// Begins an encoding for one purpose, named and versioned by the domain tag: `"countersign/plan/v2"`.
    #[must_use]
    pub fn new(domain_tag: &str) -> Self {
        let mut encoder = Self { buffer: Vec::with_capacity(256) };
        encoder.framed(tag::DOMAIN, domain_tag.as_bytes());
        encoder
    }

    /// Adds a byte string of any length.
    pub fn bytes(&mut self, v: &[u8]) -> &mut Self {
        self.framed(tag::BYTES, v)
    }

    /// Adds a text as its UTF-8 bytes, exactly as given.
    pub fn text(&mut self, v: &str) -> &mut Self {
        self.framed(tag::TEXT, v.as_bytes())
    }

    /// Adds an unsigned number.
    pub fn uint(&mut self, v: u64) -> &mut Self {
        self.buffer.push(tag::UINT);
        self.buffer.extend_from_slice(&v.to_be_bytes());
        self
    }

    /// Adds a signed number (two's complement).
    pub fn int(&mut self, v: i64) -> &mut Self {
        self.buffer.push(tag::INT);
        self.buffer.extend_from_slice(&v.to_be_bytes());
        self
    }

    /// Adds a truth value.
    pub fn flag(&mut self, v: bool) -> &mut Self {
        self.buffer.extend_from_slice(&[tag::FLAG, u8::from(v)]);
        self
    }

    /// Adds the mark of a value that is not there; the same bytes as `option` of `None`.
    pub fn absent(&mut self) -> &mut Self {
        self.buffer.push(tag::ABSENT);
        self
    }

    /// Adds an optional value; `f` writes its fields if it is there. `Some` of nothing written differs from `None`.
    pub fn option<T>(&mut self, v: Option<T>, f: impl FnOnce(&mut Self, T)) -> &mut Self {
        match v {
            None => self.absent(),
            Some(value) => {
                let mut inner = Self { buffer: Vec::new() };
                f(&mut inner, value);
                self.framed(tag::PRESENT, &inner.buffer)
            }
        }
    }

    /// Adds a list: the count, then each item framed by its length; `f` writes the fields of one item.
    ///
    /// The order is the caller's: what has no order of its own (a set, a map) must be sorted first. The count written
    /// is the number of items the iterator gave.
    pub fn list<T>(&mut self, items: impl ExactSizeIterator<Item = T>, mut f: impl FnMut(&mut Self, T)) -> &mut Self {
        let mut count: u64 = 0;
        let mut framed_items = Vec::new();
        let mut inner = Self { buffer: Vec::new() };
        for item in items {
            inner.buffer.clear();
            f(&mut inner, item);
            push_framed(&mut framed_items, &inner.buffer);
            count += 1;
        }
        self.buffer.push(tag::LIST);
        self.buffer.extend_from_slice(&count.to_be_bytes());
        self.buffer.extend_from_slice(&framed_items);
        self
    }

    /// What has been written so far, the domain tag included.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// The finished encoding.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.buffer
    }

    fn framed(&mut self, type_tag: u8, content: &[u8]) -> &mut Self {
        self.buffer.push(type_tag);
        push_framed(&mut self.buffer, content);
        self
    }
}

/// Eight bytes of big-endian length, then the content.
fn push_framed(buffer: &mut Vec<u8>, content: &[u8]) {
    buffer.extend_from_slice(&(content.len() as u64).to_be_bytes());
    buffer.extend_from_slice(content);
}
