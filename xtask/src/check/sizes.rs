//! Functions of at most 70 lines and files of at most 500, tests included.
//!
//! Functions are found among the tokens, not in the syntax tree: so the ones a `macro_rules!` body or a macro call
//! holds, such as a contract suite, count as well. A function is counted from `fn` to its closing brace.

use std::str::FromStr;

use anyhow::Result;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::{Outcome, Subject};

const FUNCTION_LINES: usize = 70;
const FILE_LINES: usize = 500;

/// Every Rust source that git tracks or would track.
pub(super) fn check(subject: &Subject<'_>) -> Result<Outcome> {
    let sources: Vec<_> = subject.texts.iter().filter(|(path, _)| path.ends_with(".rs")).collect();
    let offenders = sources.iter().flat_map(|(path, text)| offenders(path, text)).collect();
    let note = format!("{} sources: functions up to {FUNCTION_LINES} lines, files up to {FILE_LINES}", sources.len());
    Ok(Outcome::new(note, offenders))
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

fn offenders(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > FILE_LINES {
        found.push(format!("{path}:1 the file has {lines} lines (at most {FILE_LINES})"));
    }
    match TokenStream::from_str(text) {
        Ok(tokens) => {
            let mut functions = Vec::new();
            collect(tokens, &mut functions);
            found.extend(
                functions
                    .iter()
                    .filter(|f| f.lines > FUNCTION_LINES)
                    .map(|f| format!("{path}:{} {} has {} lines (at most {FUNCTION_LINES})", f.line, f.name, f.lines)),
            );
        }
        Err(error) => found.push(format!("{path}:{} is not Rust: {error}", error.span().start().line)),
    }
    found
}

fn collect(tokens: TokenStream, functions: &mut Vec<Function>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if word == "fn" => {
                if let Some((name, body)) = function(&tokens[at + 1..]) {
                    let line = word.span().start().line;
                    let lines = body.span_close().end().line + 1 - line;
                    functions.push(Function { name, line, lines });
                }
            }
            TokenTree::Group(group) => collect(group.stream(), functions),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The name and the body of the function whose `fn` stands before `rest`; nothing for a type such as `fn(u8)` and for
/// a declaration without a body.
fn function(rest: &[TokenTree]) -> Option<(String, &Group)> {
    let name = match rest.first()? {
        TokenTree::Ident(name) => name.to_string(),
        // In a macro's definition the name may be a variable.
        TokenTree::Punct(dollar) if dollar.as_char() == '$' => format!("${}", rest.get(1)?),
        TokenTree::Punct(_) | TokenTree::Group(_) | TokenTree::Literal(_) => return None,
    };
    for (at, token) in rest.iter().enumerate() {
        match token {
            TokenTree::Punct(end) if end.as_char() == ';' => return None,
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
                // A constant in braces stands between angle brackets: `-> Block<{ N }> {`.
                let is_argument =
                    matches!(rest.get(at + 1), Some(TokenTree::Punct(p)) if matches!(p.as_char(), '>' | ','));
                if !is_argument {
                    return Some((name, body));
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Group(_) | TokenTree::Literal(_) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function_of(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    step();\n".repeat(lines - 2))
    }

    #[test]
    fn a_function_of_seventy_lines_passes_and_one_more_is_found() {
        assert_eq!(offenders("a.rs", &function_of(70)), Vec::<String>::new());
        assert_eq!(offenders("a.rs", &function_of(71)), ["a.rs:1 long has 71 lines (at most 70)"]);
    }

    #[test]
    fn functions_are_found_in_modules_impls_and_macros() {
        for around in
            ["mod tests {\n@}", "impl A {\npub async @}", "macro_rules! suite { () => {\n@} }", "proptest! {\n@}"]
        {
            let text = around.replace('@', &function_of(71));
            assert_eq!(offenders("a.rs", &text), ["a.rs:2 long has 71 lines (at most 70)"], "{around}");
        }
    }

    #[test]
    fn a_function_named_by_a_macro_variable_is_found() {
        let text = format!("macro_rules! m {{ ($name:ident) => {{ {} }} }}", function_of(71).replace("long", "$name"));
        assert_eq!(offenders("a.rs", &text), ["a.rs:1 $name has 71 lines (at most 70)"]);
    }

    #[test]
    fn a_constant_argument_is_not_taken_for_the_body() {
        let text = function_of(71).replacen("()", "() -> Block<{ N }>", 1);
        assert_eq!(offenders("a.rs", &text).len(), 1);
    }

    #[test]
    fn declarations_and_function_types_have_no_size() {
        let gap = "\n".repeat(80);
        let text = format!("trait T {{ fn declared(); {gap} const A: fn(u8) = x; {gap} struct S {{ f: fn(u8) }} }}");
        assert_eq!(offenders("a.rs", &text), Vec::<String>::new());
    }

    #[test]
    fn a_file_of_five_hundred_lines_passes_and_one_more_is_found() {
        assert_eq!(offenders("a.rs", &"mod a;\n".repeat(500)), Vec::<String>::new());
        assert_eq!(offenders("a.rs", &"mod a;\n".repeat(501)), ["a.rs:1 the file has 501 lines (at most 500)"]);
    }

    #[test]
    fn what_is_not_rust_is_an_offender() {
        assert!(offenders("a.rs", "fn open() {\n")[0].contains("is not Rust"));
    }
}
