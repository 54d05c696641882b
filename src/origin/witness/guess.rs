//! Texts that a regular expression might match, where a stranger chooses what it leaves open.
//!
//! An expression is read only as far as that needs: what is not understood is a gap. Whether it matches a
//! guess, only the expression itself can tell.

use std::ops::Range;

/// A top-level domain in which anyone can have a name.
pub(super) const TOP_LEVEL: &str = "net";

/// What a stranger may choose, and what has to come behind it.
const FILLERS: [(&str, &str); 7] =
    [("stranger", ""), ("x", ""), ("7", ""), (TOP_LEVEL, ""), ("a", "."), ("stranger", "."), (".stranger", ".net")];

/// What may be in the gaps that the stranger does not need.
const OTHERS: [&str; 2] = ["", "a"];

/// What may be in a gap at the start, which can stand for the scheme, in front of what the stranger chooses.
const FRONTS: [&str; 6] = ["", "https", "https://", "https://a", "http", "http://"];

/// The most alternatives of a group that are looked at.
const MAX_ALTERNATIVES: usize = 8;

/// The most gaps from the start, and from the end, that are opened alone.
const MAX_GAPS: usize = 4;

/// A text that an expression might match.
pub(super) struct Guess {
    pub(super) origin: String,
    /// What the stranger chose last.
    pub(super) chosen: Option<Range<usize>>,
}

/// The guesses for each alternative of an expression.
pub(super) fn guesses(expression: &str) -> impl Iterator<Item = Guess> {
    let mut known: Vec<Vec<Piece>> = Vec::new();
    for choice in 0..MAX_ALTERNATIVES {
        let pieces = pieces(expression, choice);
        if !known.contains(&pieces) {
            known.push(pieces);
        }
    }
    known.into_iter().flat_map(|pieces| of_alternative(&pieces))
}

/// Fills all gaps alike; then so, but with a letter for one unescaped dot; then one gap alone. Each once with what is
/// optional and once without.
fn of_alternative(pieces: &[Piece]) -> Vec<Guess> {
    let at = |token| pieces.iter().enumerate().filter(move |(_, piece)| piece.token == token).map(|(at, _)| at);
    let (gaps, dots): (Vec<usize>, Vec<usize>) = (at(Token::Gap).collect(), at(Token::Dot).collect());
    let outer = gaps.iter().enumerate().filter(|(number, _)| *number < MAX_GAPS || gaps.len() - *number <= MAX_GAPS);
    let outer: Vec<usize> = outer.map(|(_, gap)| *gap).filter(|_| gaps.len() > 1 || gaps == [0]).collect();
    let fronts = if gaps.first() == Some(&0) { &FRONTS[..] } else { &FRONTS[..1] };
    let mut guesses = Vec::new();
    for optional in [true, false] {
        for (text, behind) in FILLERS {
            let every = |_| Filled { front: "", text, behind, chosen: true };
            let letters = [None].into_iter().chain(dots.iter().copied().map(Some));
            guesses.extend(letters.map(|letter| fill(pieces, optional, letter, every)));
            for alone in &outer {
                for (front, other) in fronts.iter().flat_map(|front| OTHERS.map(|other| (*front, other))) {
                    guesses.push(fill(pieces, optional, None, |gap| match gap {
                        _ if gap == *alone => {
                            Filled { front: if gap == 0 { front } else { "" }, text, behind, chosen: true }
                        }
                        0 => Filled { front, text: "", behind: "", chosen: false },
                        _ => Filled { front: "", text: other, behind: "", chosen: false },
                    }));
                }
            }
        }
    }
    guesses
}

/// What is in a gap: three texts, of which a stranger may have chosen the second.
struct Filled {
    front: &'static str,
    text: &'static str,
    behind: &'static str,
    chosen: bool,
}

fn fill(pieces: &[Piece], optional: bool, letter: Option<usize>, filled: impl Fn(usize) -> Filled) -> Guess {
    let mut guess = Guess { origin: String::new(), chosen: None };
    for (at, piece) in pieces.iter().enumerate().filter(|(_, piece)| optional || !piece.optional) {
        let filled = match piece.token {
            Token::Literal(c) => {
                guess.origin.push(c);
                continue;
            }
            Token::Dot if letter == Some(at) => Filled { front: "", text: "x", behind: "", chosen: true },
            Token::Dot => Filled { front: "", text: ".", behind: "", chosen: false },
            Token::Gap => filled(at),
        };
        guess.origin.push_str(filled.front);
        let start = guess.origin.len();
        guess.origin.push_str(filled.text);
        if filled.chosen {
            guess.chosen = Some(start..guess.origin.len());
        }
        guess.origin.push_str(filled.behind);
    }
    guess
}

/// A piece of an expression, as far as it is understood.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Piece {
    token: Token,
    /// Whether it may be absent.
    optional: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Literal(char),
    /// `.` for one character: a dot that nobody escaped, perhaps.
    Dot,
    /// Anything else.
    Gap,
}

impl From<Token> for Piece {
    fn from(token: Token) -> Self {
        Self { token, optional: false }
    }
}

/// The alternatives of a group, or of the whole expression.
#[derive(Default)]
struct Group {
    /// Where its pieces start.
    start: usize,
    /// How many alternatives are complete.
    count: usize,
    kept: Vec<Piece>,
}

impl Group {
    fn end_alternative(&mut self, pieces: &mut Vec<Piece>, choice: usize) {
        let alternative = pieces.split_off(self.start.min(pieces.len()));
        if self.count == 0 || self.count == choice {
            self.kept = alternative;
        }
        self.count += 1;
    }
}

/// The pieces of an expression, with one alternative of each group: the one at `choice`, or the first.
fn pieces(expression: &str, choice: usize) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut groups = vec![Group::default()];
    // Where the group starts that has just ended.
    let mut ended: Option<usize> = None;
    let mut rest = expression.chars();
    while let Some(c) = rest.next() {
        let of_group = ended.take();
        let piece: Piece = match c {
            '\\' => match rest.next() {
                Some(escaped) if !escaped.is_ascii_alphanumeric() => Token::Literal(escaped).into(),
                _ => Token::Gap.into(),
            },
            '.' => Token::Dot.into(),
            '[' => {
                rest.find(|c| *c == ']');
                Token::Gap.into()
            }
            '?' | '*' | '+' | '{' => {
                let may_be_absent = matches!(c, '?' | '*') || c == '{' && rest.as_str().starts_with('0');
                if c == '{' {
                    rest.find(|c| *c == '}');
                }
                // A lazy quantifier matches the same.
                if rest.as_str().starts_with('?') {
                    rest.next();
                }
                if let Some(start) = of_group {
                    let group = pieces.get_mut(start..).into_iter().flatten();
                    group.for_each(|piece| piece.optional |= may_be_absent);
                    continue;
                }
                match pieces.pop() {
                    Some(Piece { token: Token::Literal(literal), .. }) if c == '?' => {
                        Piece { token: Token::Literal(literal), optional: true }
                    }
                    _ => Token::Gap.into(),
                }
            }
            '(' => {
                // What kind of group it is, if it says so.
                if rest.as_str().starts_with('?') {
                    rest.find(|c| matches!(c, ':' | '>' | ')'));
                }
                groups.push(Group { start: pieces.len(), ..Group::default() });
                continue;
            }
            '|' => {
                if let Some(group) = groups.last_mut() {
                    group.end_alternative(&mut pieces, choice);
                }
                continue;
            }
            ')' => {
                if let Some(mut group) = groups.pop() {
                    group.end_alternative(&mut pieces, choice);
                    ended = Some(pieces.len());
                    pieces.append(&mut group.kept);
                }
                continue;
            }
            '^' | '$' => continue,
            literal => Token::Literal(literal).into(),
        };
        // A gap next to a gap is part of it.
        if piece != Token::Gap.into() || pieces.last() != Some(&piece) {
            pieces.push(piece);
        }
    }
    while let Some(mut group) = groups.pop() {
        group.end_alternative(&mut pieces, choice);
        pieces.append(&mut group.kept);
    }
    pieces
}
