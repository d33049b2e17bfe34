//! OData `$filter`, as far as Graph's directory takes it: comparisons, `and`, `or`, `not`, `startswith`, `endswith`,
//! `in` and `any`, over the JSON that a resource is answered with. A quote inside a string is doubled; a string that
//! does not end is an error, as in Graph.

use serde_json::Value;

use super::refusal::Refusal;

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    StartsWith,
    EndsWith,
}

impl Operator {
    fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "eq" => Some(Self::Equal),
            "ne" => Some(Self::NotEqual),
            "gt" => Some(Self::Greater),
            "ge" => Some(Self::GreaterOrEqual),
            "lt" => Some(Self::Less),
            "le" => Some(Self::LessOrEqual),
            "startswith" => Some(Self::StartsWith),
            "endswith" => Some(Self::EndsWith),
            _ => None,
        }
    }
}

/// A literal: a string, or what stands without quotes (`true`, `null`, a number, a GUID, a date).
#[derive(Clone, Debug)]
pub(super) enum Literal {
    Text(String),
    Bare(String),
}

/// A parsed expression.
#[derive(Debug)]
pub(super) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Compare { path: String, operator: Operator, literal: Literal },
    In { path: String, literals: Vec<Literal> },
    Any { path: String, variable: String, inner: Box<Filter> },
}

impl Filter {
    /// Parses `text`.
    ///
    /// # Errors
    /// Graph's 400 for a filter it cannot read.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: tokens.into_iter().peekable(), depth: 0 };
        let parsed = parser.alternatives().filter(|_| parser.tokens.peek().is_none());
        parsed.ok_or_else(|| Refusal::bad_request(format!("Invalid filter clause: Syntax error in '{text}'.")))
    }

    /// Calls `check` with each property named at the top level, and whether its use needs advanced query capabilities
    /// in itself (`ne`, `not`, `endswith`).
    pub(super) fn properties(&self, check: &mut dyn FnMut(&str, bool) -> Result<(), Refusal>) -> Result<(), Refusal> {
        self.visit(false, check)
    }

    fn visit(&self, negated: bool, check: &mut dyn FnMut(&str, bool) -> Result<(), Refusal>) -> Result<(), Refusal> {
        let first = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                left.visit(negated, check)?;
                right.visit(negated, check)
            }
            Self::Not(inner) => inner.visit(true, check),
            Self::Compare { path, operator, .. } => {
                let advanced = negated || matches!(operator, Operator::NotEqual | Operator::EndsWith);
                check(&first(path), advanced)
            }
            Self::In { path, .. } | Self::Any { path, .. } => check(&first(path), negated),
        }
    }

    /// Whether `row` matches.
    pub(super) fn matches(&self, row: &Value) -> bool {
        match self {
            Self::And(left, right) => left.matches(row) && right.matches(row),
            Self::Or(left, right) => left.matches(row) || right.matches(row),
            Self::Not(inner) => !inner.matches(row),
            Self::Compare { path, operator, literal } => compare(resolve(row, path), *operator, literal),
            Self::In { path, literals } => {
                literals.iter().any(|literal| compare(resolve(row, path), Operator::Equal, literal))
            }
            Self::Any { path, variable, inner } => {
                let elements = resolve(row, path).as_array();
                elements.is_some_and(|elements| elements.iter().any(|element| inner.holds_of(element, variable)))
            }
        }
    }

    /// Whether the inside of an `any` holds of one element.
    fn holds_of(&self, element: &Value, variable: &str) -> bool {
        let wrapped = Value::Object([(variable.to_owned(), element.clone())].into_iter().collect());
        self.matches(&wrapped)
    }
}

fn resolve<'a>(row: &'a Value, path: &str) -> &'a Value {
    path.split('/').fold(row, |value, segment| value.get(segment).unwrap_or(&Value::Null))
}

fn compare(found: &Value, operator: Operator, literal: &Literal) -> bool {
    let ordering = match (found, literal) {
        (Value::String(found), Literal::Text(wanted) | Literal::Bare(wanted)) => {
            return strings(found, operator, wanted);
        }
        (Value::Null, Literal::Bare(wanted)) if wanted == "null" => Some(std::cmp::Ordering::Equal),
        (Value::Bool(found), Literal::Bare(wanted)) => wanted.parse::<bool>().ok().map(|wanted| found.cmp(&wanted)),
        (Value::Number(found), Literal::Bare(wanted)) => {
            found.as_i64().zip(wanted.parse::<i64>().ok()).map(|(found, wanted)| found.cmp(&wanted))
        }
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_), _) => None,
    };
    decide(ordering, operator)
}

fn decide(ordering: Option<std::cmp::Ordering>, operator: Operator) -> bool {
    match operator {
        Operator::Equal => ordering.is_some_and(std::cmp::Ordering::is_eq),
        Operator::NotEqual => ordering.is_none_or(std::cmp::Ordering::is_ne),
        Operator::Greater => ordering.is_some_and(std::cmp::Ordering::is_gt),
        Operator::GreaterOrEqual => ordering.is_some_and(std::cmp::Ordering::is_ge),
        Operator::Less => ordering.is_some_and(std::cmp::Ordering::is_lt),
        Operator::LessOrEqual => ordering.is_some_and(std::cmp::Ordering::is_le),
        Operator::StartsWith | Operator::EndsWith => false,
    }
}

/// Strings compare without regard to case, dates as moments.
fn strings(found: &str, operator: Operator, wanted: &str) -> bool {
    let moments = found.parse::<jiff::Timestamp>().ok().zip(wanted.parse::<jiff::Timestamp>().ok());
    let (found, wanted) = (found.to_lowercase(), wanted.to_lowercase());
    match operator {
        Operator::StartsWith => found.starts_with(&wanted),
        Operator::EndsWith => found.ends_with(&wanted),
        Operator::Equal
        | Operator::NotEqual
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::Less
        | Operator::LessOrEqual => {
            decide(Some(moments.map_or_else(|| found.cmp(&wanted), |(found, wanted)| found.cmp(&wanted))), operator)
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Comma,
    Colon,
    Word(String),
    Text(String),
}

/// Deeper nesting than anyone writes is refused rather than recursed into.
const DEEPEST: usize = 16;

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
}

impl Parser {
    fn keyword(&mut self, wanted: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(wanted))).is_some()
    }

    fn take(&mut self, wanted: &Token) -> Option<()> {
        self.tokens.next_if_eq(wanted).map(|_| ())
    }

    fn word(&mut self) -> Option<String> {
        match self.tokens.next()? {
            Token::Word(word) => Some(word),
            Token::Open | Token::Close | Token::Comma | Token::Colon | Token::Text(_) => None,
        }
    }

    fn literal(&mut self) -> Option<Literal> {
        match self.tokens.next()? {
            Token::Text(text) => Some(Literal::Text(text)),
            Token::Word(word) => Some(Literal::Bare(word)),
            Token::Open | Token::Close | Token::Comma | Token::Colon => None,
        }
    }

    fn alternatives(&mut self) -> Option<Filter> {
        let mut left = self.conjunction()?;
        while self.keyword("or") {
            left = Filter::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        Some(left)
    }

    fn conjunction(&mut self) -> Option<Filter> {
        let mut left = self.term()?;
        while self.keyword("and") {
            left = Filter::And(Box::new(left), Box::new(self.term()?));
        }
        Some(left)
    }

    fn term(&mut self) -> Option<Filter> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let term = self.negation()?;
        self.depth -= 1;
        Some(term)
    }

    fn negation(&mut self) -> Option<Filter> {
        if self.keyword("not") {
            return Some(Filter::Not(Box::new(self.term()?)));
        }
        if self.take(&Token::Open).is_some() {
            let inner = self.alternatives()?;
            self.take(&Token::Close)?;
            return Some(inner);
        }
        let path = self.word()?;
        if self.take(&Token::Open).is_some() {
            return self.call(&path);
        }
        if self.keyword("in") {
            return self.list(path);
        }
        let operator = Operator::parse(&self.word()?)?;
        if matches!(operator, Operator::StartsWith | Operator::EndsWith) {
            return None;
        }
        Some(Filter::Compare { path, operator, literal: self.literal()? })
    }

    /// `startswith(path,'x')`, `endswith(path,'x')` or `path/any(v:...)`, behind the opening bracket.
    fn call(&mut self, name: &str) -> Option<Filter> {
        if let Some(path) = name.strip_suffix("/any") {
            let variable = self.word()?;
            self.take(&Token::Colon)?;
            let inner = Box::new(self.alternatives()?);
            self.take(&Token::Close)?;
            return Some(Filter::Any { path: path.to_owned(), variable, inner });
        }
        let operator = Operator::parse(name)?;
        if !matches!(operator, Operator::StartsWith | Operator::EndsWith) {
            return None;
        }
        let path = self.word()?;
        self.take(&Token::Comma)?;
        let literal = self.literal()?;
        self.take(&Token::Close)?;
        Some(Filter::Compare { path, operator, literal })
    }

    fn list(&mut self, path: String) -> Option<Filter> {
        self.take(&Token::Open)?;
        let mut literals = vec![self.literal()?];
        while self.take(&Token::Comma).is_some() {
            literals.push(self.literal()?);
        }
        self.take(&Token::Close)?;
        Some(Filter::In { path, literals })
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, behind) = match first {
            '(' => (Token::Open, rest.split_at(1).1),
            ')' => (Token::Close, rest.split_at(1).1),
            ',' => (Token::Comma, rest.split_at(1).1),
            ':' => (Token::Colon, rest.split_at(1).1),
            '\'' => quoted(rest).ok_or_else(|| {
                let position = text.len() - rest.len();
                Refusal::bad_request(format!(
                    "Invalid filter clause: There is an unterminated string literal at position {position} in '{text}'."
                ))
            })?,
            // A date has colons of its own; no name begins with a digit.
            digit if digit.is_ascii_digit() => bare(rest, "(),'"),
            _ => bare(rest, "(),':"),
        };
        tokens.push(token);
        rest = behind.trim_start();
    }
    Ok(tokens)
}

fn bare<'a>(rest: &'a str, stops: &str) -> (Token, &'a str) {
    let end = rest.find(|c: char| c.is_whitespace() || stops.contains(c)).unwrap_or(rest.len());
    let (word, behind) = rest.split_at(end);
    (Token::Word(word.to_owned()), behind)
}

/// A string and what stands behind it; `''` within means one quote.
fn quoted(rest: &str) -> Option<(Token, &str)> {
    let mut value = String::new();
    let mut behind = rest.strip_prefix('\'')?;
    loop {
        let (part, after) = behind.split_once('\'')?;
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                behind = more;
            }
            None => return Some((Token::Text(value), after)),
        }
    }
}
