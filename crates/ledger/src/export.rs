//! The export of a chain as JSON lines, and its verification without a store.

use std::io::{self, BufRead, Read as _};

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;

use crate::entry::{Body, Entry, Hash, Head};
use crate::hex::{array_from_hex, from_hex, to_hex};
use crate::verify::{Fault, Summary, Verifier};

const NOT_AN_OBJECT: &str = "this is not one JSON object on one line: the file was edited or damaged";

/// The name and version of the export format, on the first line of every export.
pub const FORMAT: &str = "countersign-ledger-export/1";

/// The longest line an export may have, in bytes, its line ending not counted.
pub const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;

/// Why an export does not verify. Values from the file are not repeated, except entry numbers and escaped org names.
#[derive(Debug, thiserror::Error)]
pub enum ExportFault {
    /// The file could not be read.
    #[error("line {line}: the export could not be read: check the file and its disk, then verify again")]
    Read {
        /// The line, from 1.
        line: u64,
        /// What the reader said.
        #[source]
        source: io::Error,
    },
    /// There is nothing in the file.
    #[error("the export is empty: even the export of an empty ledger has a first line; export again")]
    Empty,
    /// The first line does not name this format.
    #[error(
        "line 1: this is no export of the format {FORMAT}: check that it is the right file, or verify it with the \
         version that wrote it"
    )]
    Format,
    /// A line is longer than any export writes.
    #[error(
        "line {line}: longer than {MAX_LINE_BYTES} bytes, which no export writes: the file is damaged or was edited"
    )]
    LineTooLong {
        /// The line, from 1.
        line: u64,
    },
    /// A line cannot be read as the object that belongs there.
    #[error("line {line}, column {column}: {meaning}")]
    Malformed {
        /// The line, from 1.
        line: u64,
        /// The byte at which reading stopped, from 1; 0 where the line is empty.
        column: usize,
        /// What is wrong with it.
        meaning: &'static str,
    },
    /// The first line contradicts itself.
    #[error(
        "line 1: {entries} entries are announced and the head is entry {head}: an export holds the whole chain, so the \
         first line was edited"
    )]
    HeaderContradiction {
        /// Entries announced.
        entries: u64,
        /// The number of the head announced.
        head: u64,
    },
    /// There are lines after the last entry announced.
    #[error("line {line}: {announced} entries are announced on line 1 and more lines follow: lines were added")]
    TooManyLines {
        /// The first line too many, from 1.
        line: u64,
        /// Entries announced.
        announced: u64,
    },
    /// The file ends before the last entry announced.
    #[error(
        "line {line}: the export ends here with {found} of {announced} entries: it was cut off, or its last lines were \
         removed; export again"
    )]
    TooFewLines {
        /// The last line there is, from 1.
        line: u64,
        /// Entries announced.
        announced: u64,
        /// Entries found.
        found: u64,
    },
    /// The lines can be read, and the chain they hold does not verify.
    #[error("line {line}: {fault}")]
    Chain {
        /// The line, from 1.
        line: u64,
        /// What is wrong with the chain.
        fault: Fault,
    },
}

/// The first line of an export, without line ending. `head` is that of the whole chain; `exported_at_micros` is in
/// microseconds since 1970-01-01 UTC, and no hash covers it.
#[must_use]
pub fn write_header(org: &str, head: &Head, exported_at_micros: i64) -> String {
    format!(
        r#"{{"format":{},"org":{},"entries":{},"head":{{"seq":{},"hash":"{}"}},"exported_at":{exported_at_micros}}}"#,
        json_text(FORMAT),
        json_text(org),
        head.seq,
        head.seq,
        to_hex(&head.hash),
    )
}

/// The line of one entry, without line ending. `body` is None where there never was one, and where it is erased.
#[must_use]
pub fn write_entry(entry: &Entry, body: Option<&Body>) -> String {
    let fields = [
        ("org", json_text(&entry.org)),
        ("seq", entry.seq.to_string()),
        ("previous", json_hex(&entry.previous)),
        ("time", entry.time_micros.to_string()),
        ("kind", json_text(&entry.kind)),
        ("run", json_option(entry.run.as_ref().map(|v| json_hex(v)))),
        ("actor", json_option(entry.actor.as_deref().map(json_text))),
        ("plan_digest", json_option(entry.plan_digest.as_ref().map(|v| json_hex(v)))),
        ("policy_digest", json_option(entry.policy_digest.as_ref().map(|v| json_hex(v)))),
        ("decision", json_option(entry.decision.as_deref().map(json_text))),
        ("commitment", json_option(entry.commitment.as_ref().map(|v| json_hex(v)))),
        ("hash", json_hex(&entry.hash)),
        ("body", json_option(body.map(json_body))),
    ];
    let members: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

/// Verifies an export. The caller ought to compare the summary's head with one known from elsewhere: whoever can edit
/// the file can cut entries off its end and adapt the first line.
///
/// # Errors
/// The first fault, with its line.
pub fn verify_export(reader: impl BufRead) -> Result<Summary, ExportFault> {
    let mut lines = Lines { reader, number: 0, buffer: Vec::new() };
    let Some(first) = lines.next()? else { return Err(ExportFault::Empty) };
    let header = read_header(first)?;
    let announced = header.entries;
    let head = Head { seq: header.head.seq, hash: header.head.hash.0 };
    let mut verifier = Verifier::new(&header.org).expect_head(head);
    let mut found = 0;
    loop {
        let line = lines.number + 1;
        let Some(content) = lines.next()? else { break };
        if found == announced {
            return Err(ExportFault::TooManyLines { line, announced });
        }
        let (entry, body) = parse::<EntryLine>(line, content)?.into_parts();
        verifier.entry(&entry, body.as_ref()).map_err(|fault| ExportFault::Chain { line, fault })?;
        found += 1;
    }
    let line = lines.number;
    if found < announced {
        return Err(ExportFault::TooFewLines { line, announced, found });
    }
    verifier.finish().map_err(|fault| ExportFault::Chain { line, fault })
}

fn read_header(content: &[u8]) -> Result<HeaderLine, ExportFault> {
    // The format is looked at before the fields: another version of it may have others.
    match serde_json::from_slice::<FormatOnly>(content) {
        Ok(line) if line.format == FORMAT => {}
        Ok(_) => return Err(ExportFault::Format),
        Err(error) if error.is_eof() => return Err(malformed(1, &error)),
        Err(_) => return Err(ExportFault::Format),
    }
    let header: HeaderLine = parse(1, content)?;
    if header.entries != header.head.seq {
        return Err(ExportFault::HeaderContradiction { entries: header.entries, head: header.head.seq });
    }
    Ok(header)
}

fn parse<T: DeserializeOwned>(line: u64, content: &[u8]) -> Result<T, ExportFault> {
    // Serde would also take an array of the fields' values for the object.
    if content.first() != Some(&b'{') {
        return Err(ExportFault::Malformed { line, column: content.len().min(1), meaning: NOT_AN_OBJECT });
    }
    serde_json::from_slice(content).map_err(|error| malformed(line, &error))
}

/// The parser's own message is not passed on: it may repeat what stands in the file.
fn malformed(line: u64, error: &serde_json::Error) -> ExportFault {
    let meaning = match error.classify() {
        Category::Eof => "the line ends in the middle of an object: the file was cut off or damaged; export again",
        Category::Data => {
            "a field is missing, unknown, repeated or of the wrong form (hexadecimal is lower case): the file was edited \
             or damaged"
        }
        Category::Syntax | Category::Io => NOT_AN_OBJECT,
    };
    ExportFault::Malformed { line, column: error.column(), meaning }
}

/// Lines of bounded length, in one buffer.
struct Lines<R> {
    reader: R,
    /// The number of the line given last, from 1.
    number: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<Option<&[u8]>, ExportFault> {
        let line = self.number + 1;
        self.buffer.clear();
        // The longest line and its ending; what does not end within it is too long.
        let mut bounded = self.reader.by_ref().take(MAX_LINE_BYTES as u64 + 1);
        bounded.read_until(b'\n', &mut self.buffer).map_err(|source| ExportFault::Read { line, source })?;
        if self.buffer.is_empty() {
            return Ok(None);
        }
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
        }
        if self.buffer.len() > MAX_LINE_BYTES {
            return Err(ExportFault::LineTooLong { line });
        }
        self.number = line;
        Ok(Some(&self.buffer))
    }
}

#[derive(Deserialize)]
struct FormatOnly {
    format: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderLine {
    #[serde(rename = "format")]
    _format: String,
    org: String,
    entries: u64,
    head: HeadObject,
    #[serde(rename = "exported_at")]
    _exported_at: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadObject {
    seq: u64,
    hash: Hex<32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryLine {
    org: String,
    seq: u64,
    previous: Hex<32>,
    time: i64,
    kind: String,
    #[serde(deserialize_with = "null_or")]
    run: Option<Hex<16>>,
    #[serde(deserialize_with = "null_or")]
    actor: Option<String>,
    #[serde(deserialize_with = "null_or")]
    plan_digest: Option<Hex<32>>,
    #[serde(deserialize_with = "null_or")]
    policy_digest: Option<Hex<32>>,
    #[serde(deserialize_with = "null_or")]
    decision: Option<String>,
    #[serde(deserialize_with = "null_or")]
    commitment: Option<Hex<32>>,
    hash: Hex<32>,
    #[serde(deserialize_with = "null_or")]
    body: Option<BodyObject>,
}

impl EntryLine {
    fn into_parts(self) -> (Entry, Option<Body>) {
        let hash = |hex: Hex<32>| -> Hash { hex.0 };
        let entry = Entry {
            org: self.org,
            seq: self.seq,
            previous: self.previous.0,
            time_micros: self.time,
            kind: self.kind,
            run: self.run.map(|hex| hex.0),
            actor: self.actor,
            plan_digest: self.plan_digest.map(hash),
            policy_digest: self.policy_digest.map(hash),
            decision: self.decision,
            commitment: self.commitment.map(hash),
            hash: self.hash.0,
        };
        (entry, self.body.map(|body| Body { salt: body.salt.0, bytes: body.bytes.0 }))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyObject {
    salt: Hex<32>,
    bytes: HexBytes,
}

/// `N` bytes in hexadecimal.
struct Hex<const N: usize>([u8; N]);

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        array_from_hex(&text)
            .map(Self)
            .ok_or_else(|| D::Error::custom("not lower-case hexadecimal of the right length"))
    }
}

/// Any number of bytes in hexadecimal.
struct HexBytes(Vec<u8>);

impl<'de> Deserialize<'de> for HexBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        from_hex(&text).map(Self).ok_or_else(|| D::Error::custom("not lower-case hexadecimal"))
    }
}

/// A field that may be null and may not be left out.
fn null_or<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn json_hex(bytes: &[u8]) -> String {
    format!("\"{}\"", to_hex(bytes))
}

fn json_option(value: Option<String>) -> String {
    value.unwrap_or_else(|| "null".to_owned())
}

fn json_body(body: &Body) -> String {
    format!(r#"{{"salt":"{}","bytes":"{}"}}"#, to_hex(&body.salt), to_hex(&body.bytes))
}
