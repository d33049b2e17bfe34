//! Exports: what is written verifies, and every way of damaging one is refused.

mod support;

use std::io::{self, BufRead, Read};

use countersign_ledger::{
    ExportFault, Fault, MAX_LINE_BYTES, Summary, genesis, verify_export, write_entry, write_header,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use support::{Link, ORG, any_draft, chain, full_chain, head_of, verify};

const EXPORTED_AT: i64 = 1_700_000_001_000_000;

fn lines_of(links: &[Link]) -> Vec<String> {
    let mut lines = vec![write_header(ORG, &head_of(links), EXPORTED_AT)];
    lines.extend(links.iter().map(|(entry, body)| write_entry(entry, body.as_ref())));
    lines
}

fn joined(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

fn check(text: &str) -> Result<Summary, ExportFault> {
    verify_export(text.as_bytes())
}

fn check_lines(lines: &[String]) -> Result<Summary, ExportFault> {
    check(&joined(lines))
}

/// The fault after one replacement in one line (counted from 0).
fn fault_after(links: &[Link], line: usize, from: &str, to: &str) -> ExportFault {
    let mut lines = lines_of(links);
    assert!(lines[line].contains(from), "{}", lines[line]);
    lines[line] = lines[line].replacen(from, to, 1);
    check_lines(&lines).expect_err("an edited export is refused")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn an_export_verifies_like_the_chain_it_was_made_from(drafts in vec((any_draft(), any::<bool>()), 0..8)) {
        let mut links = chain(&drafts.iter().map(|(draft, _)| draft.clone()).collect::<Vec<_>>());
        for (link, (_, erase)) in links.iter_mut().zip(&drafts) {
            if *erase {
                link.1 = None;
            }
        }
        let lines = lines_of(&links);
        prop_assert!(lines.iter().all(|line| !line.contains('\n')));
        prop_assert_eq!(check_lines(&lines).expect("what was written verifies"), verify(&links, None).expect("verifies"));
    }

    #[test]
    fn no_input_panics(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(verify_export(bytes.as_slice()).is_err());
    }
}

#[test]
fn a_flipped_byte_anywhere_but_in_the_time_of_export_is_refused() {
    let text = joined(&lines_of(&full_chain(2)));
    let unprotected = text.find("\"exported_at\":").unwrap() + "\"exported_at\":".len();
    let unprotected = unprotected..unprotected + EXPORTED_AT.to_string().len();
    // The last line's ending is left out too: it may be missing, or be other white space.
    for at in (0..text.len() - 1).filter(|at| !unprotected.contains(at)) {
        for mask in [0x01, 0x20, 0x80] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= mask;
            assert!(verify_export(bytes.as_slice()).is_err(), "byte {at}, mask {mask:#x}");
        }
    }
}

#[test]
fn an_export_cut_off_anywhere_is_refused() {
    let text = joined(&lines_of(&full_chain(2)));
    for length in 0..text.len() - 1 {
        assert!(check(&text[..length]).is_err(), "{length} bytes of {}", text.len());
    }
}

#[test]
fn lines_have_their_published_form() {
    let lines = lines_of(&full_chain(1));
    let hash = countersign_ledger::to_hex(&head_of(&full_chain(1)).hash);
    assert_eq!(
        lines[0],
        format!(
            r#"{{"format":"countersign-ledger-export/1","org":"acme","entries":1,"head":{{"seq":1,"hash":"{hash}"}},"exported_at":1700000001000000}}"#
        )
    );
    let previous = countersign_ledger::to_hex(&genesis(ORG).hash);
    let commitment = countersign_ledger::to_hex(&full_chain(1)[0].0.commitment.unwrap());
    let (run, zeros, ab, salt) = ("00".repeat(16), "00".repeat(32), "ab".repeat(32), "01".repeat(32));
    let expected = [
        format!(r#"{{"org":"acme","seq":1,"previous":"{previous}","time":1700000000000000,"kind":"run.approved","#),
        format!(r#""run":"{run}","actor":"person-1","plan_digest":"{zeros}","policy_digest":"{ab}","#),
        format!(r#""decision":"approve","commitment":"{commitment}","hash":"{hash}","#),
        format!(r#""body":{{"salt":"{salt}","bytes":"000203"}}}}"#),
    ];
    assert_eq!(lines[1], expected.concat());
}

#[test]
fn an_empty_ledger_exports_and_verifies() {
    let summary = check_lines(&lines_of(&[])).unwrap();
    assert_eq!((summary.entries, summary.head, summary.org.as_str()), (0, genesis(ORG), ORG));
}

#[test]
fn a_missing_last_line_ending_is_no_fault() {
    let text = joined(&lines_of(&full_chain(2)));
    assert_eq!(check(text.trim_end()).unwrap().entries, 2);
}

#[test]
fn an_erased_body_verifies_and_is_counted() {
    let mut links = full_chain(3);
    links[1].1 = None;
    let summary = check_lines(&lines_of(&links)).unwrap();
    assert_eq!((summary.entries, summary.bodies_present, summary.bodies_erased), (3, 2, 1));
}

#[test]
fn missing_last_lines_are_refused() {
    let mut lines = lines_of(&full_chain(3));
    lines.truncate(2);
    let fault = check_lines(&lines).unwrap_err();
    assert!(matches!(fault, ExportFault::TooFewLines { line: 2, announced: 3, found: 1 }), "{fault}");
}

#[test]
fn missing_duplicate_and_reordered_lines_are_refused() {
    let lines = lines_of(&full_chain(4));
    let mut missing = lines.clone();
    missing.remove(2);
    let fault = check_lines(&missing).unwrap_err();
    assert!(
        matches!(fault, ExportFault::Chain { line: 3, fault: Fault::Gap { expected: 2, found: 3, .. } }),
        "{fault}"
    );
    let mut duplicate = lines.clone();
    duplicate.insert(3, lines[2].clone());
    let fault = check_lines(&duplicate).unwrap_err();
    assert!(
        matches!(fault, ExportFault::Chain { line: 4, fault: Fault::OutOfOrder { expected: 3, found: 2, .. } }),
        "{fault}"
    );
    let mut reordered = lines;
    reordered.swap(2, 3);
    let fault = check_lines(&reordered).unwrap_err();
    assert!(matches!(fault, ExportFault::Chain { line: 3, fault: Fault::Gap { .. } }), "{fault}");
}

#[test]
fn lines_after_the_last_entry_are_refused() {
    let mut lines = lines_of(&full_chain(2));
    lines.push(lines[2].clone());
    let fault = check_lines(&lines).unwrap_err();
    assert!(matches!(fault, ExportFault::TooManyLines { line: 4, announced: 2 }), "{fault}");
    let mut blank = lines_of(&full_chain(2));
    blank.push(String::new());
    let fault = check_lines(&blank).unwrap_err();
    assert!(matches!(fault, ExportFault::TooManyLines { line: 4, .. }), "{fault}");
}

#[test]
fn edited_values_are_refused_with_their_line() {
    let links = full_chain(3);
    let header = fault_after(&links, 2, "\"approve\"", "\"deny\"");
    assert!(matches!(header, ExportFault::Chain { line: 3, fault: Fault::HeaderHash { seq: 2, .. } }), "{header}");
    let body = fault_after(&links, 2, "\"bytes\":\"010203\"", "\"bytes\":\"010204\"");
    assert!(matches!(body, ExportFault::Chain { line: 3, fault: Fault::BodyMismatch { seq: 2, .. } }), "{body}");
    let shorter = fault_after(&links, 0, "\"entries\":3", "\"entries\":2");
    assert!(matches!(shorter, ExportFault::HeaderContradiction { entries: 2, head: 3 }), "{shorter}");
    let org = fault_after(&links, 0, "\"org\":\"acme\"", "\"org\":\"globex\"");
    assert!(matches!(org, ExportFault::Chain { line: 2, fault: Fault::OtherOrg { .. } }), "{org}");
}

#[test]
fn another_head_hash_than_the_last_entry_has_is_refused() {
    let links = full_chain(2);
    let mut lines = lines_of(&links);
    lines[0] = write_header(ORG, &countersign_ledger::Head { seq: 2, hash: [7; 32] }, EXPORTED_AT);
    let fault = check_lines(&lines).unwrap_err();
    assert!(matches!(fault, ExportFault::Chain { line: 3, fault: Fault::HeadHash { seq: 2, .. } }), "{fault}");
}

#[test]
fn fields_unknown_missing_repeated_or_of_another_form_are_refused() {
    let links = full_chain(1);
    let edits = [
        ("\"seq\":1", "\"seq\":1,\"note\":\"x\""),
        ("\"seq\":1", "\"seq\":1,\"seq\":1"),
        ("\"seq\":1", "\"seq\":\"1\""),
        ("\"seq\":1", "\"seq\":-1"),
        ("\"seq\":1", "\"seq\":1.0"),
        ("\"seq\":1,", ""),
        ("\"decision\":\"approve\",", ""),
        ("\"policy_digest\":\"ab", "\"policy_digest\":\"AB"),
        ("\"policy_digest\":\"ab", "\"policy_digest\":\""),
        ("\"bytes\":\"000203\"", "\"bytes\":\"00020\""),
        ("\"bytes\":\"000203\"", "\"bytes\":\"000203\",\"more\":1"),
    ];
    for (from, to) in edits {
        let fault = fault_after(&links, 1, from, to);
        assert!(matches!(fault, ExportFault::Malformed { line: 2, .. }), "{to}: {fault}");
    }
}

#[test]
fn lines_that_are_no_object_are_refused() {
    for content in ["", " ", "[]", "null", "{", "{}{}", "\u{feff}{}", "[\"acme\",1]"] {
        let mut lines = lines_of(&full_chain(1));
        lines[1] = content.to_owned();
        let fault = check_lines(&lines).unwrap_err();
        assert!(matches!(fault, ExportFault::Malformed { line: 2, .. }), "{content:?}: {fault}");
    }
    let nested = "[".repeat(100_000);
    assert!(check(&nested).is_err());
}

#[test]
fn another_file_or_format_is_refused() {
    assert!(matches!(check("").unwrap_err(), ExportFault::Empty));
    for text in ["hello\n", "{}\n", "\n", "{\"format\":\"countersign-ledger-export/2\",\"trees\":[]}\n"] {
        let fault = check(text).unwrap_err();
        assert!(matches!(fault, ExportFault::Format | ExportFault::Malformed { line: 1, .. }), "{text:?}: {fault}");
    }
    let newer = check("{\"format\":\"countersign-ledger-export/2\",\"trees\":[]}\n").unwrap_err();
    assert!(matches!(newer, ExportFault::Format), "{newer}");
}

#[test]
fn a_line_up_to_the_limit_is_read_and_a_longer_one_is_refused() {
    let links = full_chain(1);
    let padded = |length: usize| {
        let mut lines = lines_of(&links);
        lines[1] = format!("{}{}", lines[1], " ".repeat(length - lines[1].len()));
        joined(&lines)
    };
    assert!(check(&padded(MAX_LINE_BYTES)).is_ok());
    assert!(check(padded(MAX_LINE_BYTES).trim_end_matches('\n')).is_ok());
    for text in [padded(MAX_LINE_BYTES + 1), padded(MAX_LINE_BYTES + 1).trim_end_matches('\n').to_owned()] {
        let fault = check(&text).unwrap_err();
        assert!(matches!(fault, ExportFault::LineTooLong { line: 2 }), "{fault}");
    }
}

#[test]
fn messages_do_not_repeat_what_stands_in_the_file() {
    for fault in [
        fault_after(&full_chain(1), 1, "\"seq\":1", "\"seq\":\"hunter2\""),
        fault_after(&full_chain(1), 1, "\"seq\":1", "\"hunter2\":1"),
        check("hunter2\n").unwrap_err(),
        check("{\"format\":\"hunter2\"}\n").unwrap_err(),
    ] {
        assert!(!format!("{fault} {fault:?}").contains("hunter2"), "{fault}");
    }
}

/// Gives its text, then fails.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fill_buf()?.read(buffer)
    }
}

impl BufRead for Failing<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.0.is_empty() { Err(io::Error::other("the disk is gone")) } else { Ok(self.0) }
    }

    fn consume(&mut self, count: usize) {
        self.0 = &self.0[count..];
    }
}

#[test]
fn a_reader_that_fails_is_reported_with_the_line() {
    let text = joined(&lines_of(&full_chain(2))[..2]);
    let fault = verify_export(Failing(text.as_bytes())).unwrap_err();
    assert!(matches!(fault, ExportFault::Read { line: 3, .. }), "{fault}");
}
