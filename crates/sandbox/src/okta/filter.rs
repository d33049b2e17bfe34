//! Okta's `search` and `filter` expressions: the SCIM filter language, as far as Okta takes it.

/// A comparison. `search` knows all of them, `filter` almost only `eq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    StartsWith,
    Contains,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Present,
}

impl Operator {
    fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "eq" => Some(Self::Equal),
            "sw" => Some(Self::StartsWith),
            "co" => Some(Self::Contains),
            "gt" => Some(Self::Greater),
            "ge" => Some(Self::GreaterOrEqual),
            "lt" => Some(Self::Less),
            "le" => Some(Self::LessOrEqual),
            "pr" => Some(Self::Present),
            _ => None,
        }
    }
}

/// How string values compare: `search` folds case, `filter` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Folded,
    Exact,
}

/// A parsed expression.
#[derive(Debug)]
pub(super) enum Expression {
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Compare { path: String, operator: Operator, value: String },
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Word(String),
    Text(String),
}

/// Deeper nesting than anyone writes is refused rather than recursed into.
const DEEPEST: usize = 16;

impl Expression {
    /// Parses; `None` where Okta would answer "Invalid search criteria".
    pub(super) fn parse(text: &str) -> Option<Self> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: tokens.into_iter().peekable(), depth: 0 };
        let expression = parser.alternatives()?;
        parser.tokens.next().is_none().then_some(expression)
    }

    /// Whether every comparison is one the endpoint allows.
    pub(super) fn only(&self, allowed: &dyn Fn(&str, Operator) -> bool) -> bool {
        match self {
            Self::And(left, right) | Self::Or(left, right) => left.only(allowed) && right.only(allowed),
            Self::Compare { path, operator, .. } => allowed(path, *operator),
        }
    }

    /// Whether something matches whose values `resolve` answers by path.
    pub(super) fn matches(&self, case: Case, resolve: &dyn Fn(&str) -> Option<String>) -> bool {
        match self {
            Self::And(left, right) => left.matches(case, resolve) && right.matches(case, resolve),
            Self::Or(left, right) => left.matches(case, resolve) || right.matches(case, resolve),
            Self::Compare { path, operator, value } => {
                resolve(path).is_some_and(|found| compare(case, *operator, &found, value))
            }
        }
    }
}

fn compare(case: Case, operator: Operator, found: &str, wanted: &str) -> bool {
    let (found, wanted) = match case {
        Case::Folded => (found.to_lowercase(), wanted.to_lowercase()),
        Case::Exact => (found.to_owned(), wanted.to_owned()),
    };
    match operator {
        Operator::Equal => found == wanted,
        Operator::StartsWith => found.starts_with(&wanted),
        Operator::Contains => found.contains(&wanted),
        Operator::Greater => found > wanted,
        Operator::GreaterOrEqual => found >= wanted,
        Operator::Less => found < wanted,
        Operator::LessOrEqual => found <= wanted,
        Operator::Present => !found.is_empty(),
    }
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
}

impl Parser {
    fn word(&mut self, wanted: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(wanted))).is_some()
    }

    fn alternatives(&mut self) -> Option<Expression> {
        let mut left = self.conjunction()?;
        while self.word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        Some(left)
    }

    fn conjunction(&mut self) -> Option<Expression> {
        let mut left = self.term()?;
        while self.word("and") {
            left = Expression::And(Box::new(left), Box::new(self.term()?));
        }
        Some(left)
    }

    fn term(&mut self) -> Option<Expression> {
        match self.tokens.next()? {
            Token::Open => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return None;
                }
                let inner = self.alternatives()?;
                self.depth -= 1;
                (self.tokens.next()? == Token::Close).then_some(inner)
            }
            Token::Word(path) => {
                let Token::Word(operator) = self.tokens.next()? else { return None };
                let operator = Operator::parse(&operator)?;
                let value = match operator {
                    Operator::Present => String::new(),
                    Operator::Equal
                    | Operator::StartsWith
                    | Operator::Contains
                    | Operator::Greater
                    | Operator::GreaterOrEqual
                    | Operator::Less
                    | Operator::LessOrEqual => self.value()?,
                };
                Some(Expression::Compare { path, operator, value })
            }
            Token::Close | Token::Text(_) => None,
        }
    }

    fn value(&mut self) -> Option<String> {
        match self.tokens.next()? {
            Token::Text(text) => Some(text),
            Token::Word(word) if word == "true" || word == "false" || word.parse::<i64>().is_ok() => Some(word),
            Token::Word(_) | Token::Open | Token::Close => None,
        }
    }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '(' => {
                tokens.push(Token::Open);
                rest.get(1..)?
            }
            ')' => {
                tokens.push(Token::Close);
                rest.get(1..)?
            }
            '"' => {
                // A value is a JSON string, escapes included.
                let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                tokens.push(Token::Text(stream.next()?.ok()?));
                rest.get(stream.byte_offset()..)?
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || "()\"".contains(c)).unwrap_or(rest.len());
                let (word, behind) = rest.split_at(end);
                tokens.push(Token::Word(word.to_owned()));
                behind
            }
        };
        rest = rest.trim_start();
    }
    Some(tokens)
}
