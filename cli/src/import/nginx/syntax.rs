//! The syntax of nginx: directives with arguments, which may have blocks.

use crate::import::rules::Placed;

/// How deep blocks may be nested.
const MAX_DEPTH: usize = 64;

/// A directive, and what is in its block.
#[derive(Debug)]
pub(super) struct Directive {
    pub(super) name: String,
    pub(super) arguments: Vec<Placed<String>>,
    pub(super) block: Vec<Directive>,
    pub(super) offset: usize,
}

impl Directive {
    pub(super) fn argument(&self, index: usize) -> Option<&str> {
        self.arguments.get(index).map(|argument| argument.value.as_str())
    }
}

/// Where a text is not nginx's syntax, and why.
pub(super) type SyntaxError = (usize, String);

enum Token {
    Word(String),
    Semicolon,
    Open,
    Close,
}

/// The directives of a text. `Err` is where it is not nginx's syntax, and why.
pub(super) fn parse(text: &str) -> Result<Vec<Directive>, SyntaxError> {
    let mut open: Vec<Vec<Directive>> = vec![Vec::new()];
    let mut words: Vec<Placed<String>> = Vec::new();
    let mut rest = text;
    while let Some((token, offset, tail)) = next(text, rest)? {
        rest = tail;
        match token {
            Token::Word(word) => words.push(Placed::new(word, offset)),
            Token::Semicolon => end(&mut words, &mut open),
            Token::Open => {
                end(&mut words, &mut open);
                if open.len() >= MAX_DEPTH {
                    return Err((offset, "this is nested too deeply".to_owned()));
                }
                open.push(Vec::new());
            }
            Token::Close => {
                if !words.is_empty() {
                    return Err((offset, "a semicolon is missing in front of this brace".to_owned()));
                }
                let block = open.pop().unwrap_or_default();
                let Some(holder) = open.last_mut().and_then(|level| level.last_mut()) else {
                    return Err((offset, "this brace closes nothing".to_owned()));
                };
                holder.block = block;
            }
        }
    }
    match (words.first(), open.len()) {
        (Some(word), _) => Err((word.offset, "a semicolon is missing behind this".to_owned())),
        (None, 2..) => Err((text.len(), "a closing brace is missing".to_owned())),
        (None, _) => Ok(open.pop().unwrap_or_default()),
    }
}

/// Makes a directive of the words since the last one.
fn end(words: &mut Vec<Placed<String>>, open: &mut [Vec<Directive>]) {
    let mut words = std::mem::take(words).into_iter();
    if let Some((name, level)) = words.next().zip(open.last_mut()) {
        let (name, offset) = (name.value, name.offset);
        level.push(Directive { name, arguments: words.collect(), block: Vec::new(), offset });
    }
}

/// A token, its place, and the text behind it.
type Found<'t> = (Token, usize, &'t str);

/// The next token.
fn next<'t>(text: &'t str, rest: &'t str) -> Result<Option<Found<'t>>, SyntaxError> {
    let mut rest = rest.trim_start();
    while rest.starts_with('#') {
        rest = rest.split_once('\n').map_or("", |(_, tail)| tail).trim_start();
    }
    let offset = text.len() - rest.len();
    let mut characters = rest.chars();
    let token = match characters.next() {
        None => return Ok(None),
        Some(';') => Token::Semicolon,
        Some('{') => Token::Open,
        Some('}') => Token::Close,
        Some(quote @ ('"' | '\'')) => return quoted(quote, characters.as_str(), offset).map(Some),
        Some(_) => {
            let (word, tail) = word(rest);
            return Ok(Some((Token::Word(word), offset, tail)));
        }
    };
    Ok(Some((token, offset, characters.as_str())))
}

fn quoted(quote: char, rest: &str, offset: usize) -> Result<Found<'_>, SyntaxError> {
    let mut word = String::new();
    let mut characters = rest.chars();
    while let Some(c) = characters.next() {
        match c {
            c if c == quote => return Ok((Token::Word(word), offset, characters.as_str())),
            // Other escapes are those of regular expressions.
            '\\' => match characters.next() {
                Some(escaped) if escaped == quote => word.push(escaped),
                Some(escaped) => word.extend(['\\', escaped]),
                None => break,
            },
            c => word.push(c),
        }
    }
    Err((offset, "the quotation mark has no counterpart".to_owned()))
}

/// A word without quotes. Braces belong to it inside `${…}` and in the counts of regular expressions.
fn word(rest: &str) -> (String, &str) {
    let mut word = String::new();
    let mut characters = rest.char_indices();
    let mut braces = 0_usize;
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => {
                word.push(c);
                word.extend(characters.next().map(|(_, escaped)| escaped));
                continue;
            }
            '{' if word.ends_with('$') => braces += 1,
            '}' if braces > 0 => braces -= 1,
            ';' | '{' | '}' => return (word, rest.get(at..).unwrap_or_default()),
            c if c.is_whitespace() => return (word, rest.get(at..).unwrap_or_default()),
            _ => {}
        }
        word.push(c);
    }
    (word, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_have_arguments_and_blocks() {
        let text =
            "# comment\nserver { # more\n  add_header A \"b; {c}\" always;\n  if ($x ~* '^a\\.b$') { return 204; }\n}";
        let parsed = parse(text).unwrap();
        assert_eq!(parsed.len(), 1);
        let block = &parsed[0].block;
        assert_eq!((block[0].argument(1), block[0].offset), (Some("b; {c}"), 28));
        assert_eq!((block[1].argument(0), block[1].argument(2)), (Some("($x"), Some("^a\\.b$")));
        assert_eq!(block[1].block[0].name, "return");
    }

    #[test]
    fn what_is_cut_has_a_reason() {
        for text in ["server {", "}", "a b", "a \"b", "a { b }", &"a {".repeat(100)] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
