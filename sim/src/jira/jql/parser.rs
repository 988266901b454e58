//! Words to a sentence: clauses joined by AND, OR and NOT, and the order that is asked for.

use super::lexer::{Token, tokens};
use crate::jira::problem::Problem;

/// Clauses deeper than this are refused.
const DEEPEST: usize = 32;

/// A question as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence {
    /// Absent: nothing restricts the answer.
    pub(super) clause: Option<Clause>,
    /// Field and whether it descends.
    pub(super) order: Vec<(String, bool)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Clause {
    And(Vec<Clause>),
    Or(Vec<Clause>),
    Not(Box<Clause>),
    Compare { field: String, operator: Operator, values: Vec<Operand> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

/// A value, and whether it stood in quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operand {
    pub(super) text: String,
    pub(super) quoted: bool,
}

pub(super) fn sentence(jql: &str) -> Result<Sentence, Problem> {
    let mut parser = Parser { tokens: tokens(jql)?, place: 0 };
    let clause =
        if parser.peek_word("order") || parser.peek().is_none() { None } else { Some(parser.either(0)?) };
    let order = parser.order()?;
    match parser.peek() {
        None => Ok(Sentence { clause, order }),
        Some(token) => Err(expected("Expecting either 'OR' or 'AND'", Some(token))),
    }
}

struct Parser {
    tokens: Vec<Token>,
    place: usize,
}

impl Parser {
    fn either(&mut self, depth: usize) -> Result<Clause, Problem> {
        let mut clauses = vec![self.both(depth)?];
        while self.take_word("or") {
            clauses.push(self.both(depth)?);
        }
        Ok(if clauses.len() == 1 { clauses.remove(0) } else { Clause::Or(clauses) })
    }

    fn both(&mut self, depth: usize) -> Result<Clause, Problem> {
        let mut clauses = vec![self.one(depth)?];
        while self.take_word("and") {
            clauses.push(self.one(depth)?);
        }
        Ok(if clauses.len() == 1 { clauses.remove(0) } else { Clause::And(clauses) })
    }

    fn one(&mut self, depth: usize) -> Result<Clause, Problem> {
        if depth > DEEPEST {
            return Err(Problem::invalid("Error in the JQL Query: the query is too complex."));
        }
        if self.take_word("not") {
            return Ok(Clause::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.peek() == Some(&Token::Open) {
            self.place += 1;
            let clause = self.either(depth + 1)?;
            self.close()?;
            return Ok(clause);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Clause, Problem> {
        let field = match self.next() {
            Some(Token::Word(text) | Token::Quoted(text)) => text.to_lowercase(),
            token => return Err(expected("Expecting a field", token.as_ref())),
        };
        let operator = self.operator()?;
        let values = match operator {
            Operator::In | Operator::NotIn => self.list()?,
            _ => vec![self.operand()?],
        };
        Ok(Clause::Compare { field, operator, values })
    }

    fn operator(&mut self) -> Result<Operator, Problem> {
        match self.next() {
            Some(Token::Operator("=")) => Ok(Operator::Equal),
            Some(Token::Operator("!=")) => Ok(Operator::NotEqual),
            Some(Token::Operator("<")) => Ok(Operator::Less),
            Some(Token::Operator("<=")) => Ok(Operator::LessOrEqual),
            Some(Token::Operator(">")) => Ok(Operator::Greater),
            Some(Token::Operator(">=")) => Ok(Operator::GreaterOrEqual),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("in") => Ok(Operator::In),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("not") && self.take_word("in") => {
                Ok(Operator::NotIn)
            }
            token => Err(expected(
                "Expecting operator, the valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT \
                 IN', 'IS' and 'IS NOT'",
                token.as_ref(),
            )),
        }
    }

    fn list(&mut self) -> Result<Vec<Operand>, Problem> {
        if self.next() != Some(Token::Open) {
            return Err(Problem::invalid("Error in the JQL Query: Expecting '(' after the operator IN."));
        }
        let mut values = vec![self.operand()?];
        while self.peek() == Some(&Token::Comma) {
            self.place += 1;
            values.push(self.operand()?);
        }
        self.close()?;
        Ok(values)
    }

    fn operand(&mut self) -> Result<Operand, Problem> {
        match self.next() {
            Some(Token::Word(text)) => Ok(Operand { text, quoted: false }),
            Some(Token::Quoted(text)) => Ok(Operand { text, quoted: true }),
            token => Err(expected("Expecting either a value, list or function", token.as_ref())),
        }
    }

    fn order(&mut self) -> Result<Vec<(String, bool)>, Problem> {
        if !self.take_word("order") {
            return Ok(Vec::new());
        }
        if !self.take_word("by") {
            return Err(expected("Expecting 'BY'", self.peek()));
        }
        let mut order = Vec::new();
        loop {
            match self.next() {
                Some(Token::Word(field) | Token::Quoted(field)) => {
                    let descends = self.take_word("desc");
                    if !descends {
                        self.take_word("asc");
                    }
                    order.push((field.to_lowercase(), descends));
                }
                token => return Err(expected("Expecting a field to sort by", token.as_ref())),
            }
            if self.peek() != Some(&Token::Comma) {
                return Ok(order);
            }
            self.place += 1;
        }
    }

    fn close(&mut self) -> Result<(), Problem> {
        match self.next() {
            Some(Token::Close) => Ok(()),
            token => Err(expected("Expecting ')'", token.as_ref())),
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.place)
    }

    fn peek_word(&self, keyword: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword))
    }

    fn take_word(&mut self, keyword: &str) -> bool {
        let there = self.peek_word(keyword);
        self.place += usize::from(there);
        there
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.place).cloned();
        self.place += 1;
        token
    }
}

fn expected(what: &str, got: Option<&Token>) -> Problem {
    Problem::invalid(match got {
        Some(token) => format!("Error in the JQL Query: {what} but got '{}'.", token.name()),
        None => format!("Error in the JQL Query: {what} before the end of the query."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn and_binds_tighter_than_or() {
        let sentence =
            sentence("a = 1 OR b in (x, 'y z') AND not c >= \"2026-01-01\" order by d, e DESC").unwrap();
        let Some(Clause::Or(clauses)) = sentence.clause else { panic!("no OR") };
        assert!(matches!(&clauses[1], Clause::And(both) if matches!(both[1], Clause::Not(_))));
        assert_eq!(sentence.order, [("d".to_owned(), false), ("e".to_owned(), true)]);
    }

    #[test]
    fn half_sentences_are_refused() {
        for jql in [
            "project",
            "project =",
            "project in (A",
            "a = 1 b = 2",
            "a = 'x",
            "order by",
            "order a",
            "(",
            "a ~",
            ")",
        ] {
            assert!(sentence(jql).is_err(), "{jql}");
        }
        assert!(sentence(&"(".repeat(5_000)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_a_panic(jql in "\\PC{0,60}") {
            let _ = sentence(&jql);
        }
    }
}
