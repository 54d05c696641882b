//! The words: one sentence that says what is wrong, and the fix.

use super::kind::{Danger, ProblemKind, WarningAbout};
use crate::origin::pattern::PatternError;

impl ProblemKind {
    /// One sentence that says what is wrong.
    pub fn message(&self) -> String {
        match self {
            Self::Syntax { reason } => format!("This is no JSON: {reason}."),
            Self::EmptyDocument => "The configuration is empty.".to_owned(),
            Self::WrongType { expected, found, .. } => format!("This must be {expected}, but it is {found}."),
            Self::UnknownField { field, .. } => format!("There is no field {} here.", quoted(field)),
            Self::DuplicateField { field } => format!("The field {} stands here twice.", quoted(field)),
            Self::MissingField { field, .. } => format!("The field {} is missing.", quoted(field)),
            Self::UnknownValue { value, .. } => format!("{} is no value of this field.", quoted(value)),
            Self::UnknownNumber { known } => format!("This must be {}.", alternatives(known)),
            Self::OutOfRange { least, most, unit } => format!("This must be {least} to {most} {unit}."),
            Self::InvalidDuration { text } => format!("{} is no duration.", quoted(text)),
            Self::InvalidOrigin { text, error, .. } => error.message(text),
            Self::InvalidRegex { regex, reason } => {
                format!("{} is no regular expression that can be used: {reason}.", quoted(regex))
            }
            Self::TooManyRegexes { most } => {
                format!("A policy may have {most} regular expressions: they are tried one by one.")
            }
            Self::AnyOriginMixed => {
                "\"*\" allows every origin, so the other origins of this list mean nothing.".to_owned()
            }
            Self::Dangerous { danger, origin } => danger.message(origin),
            Self::InvalidMethod { method } => {
                format!("{} is no method: a method is one token without spaces.", quoted(method))
            }
            Self::ForbiddenMethod { method } => format!("No page can send {method} requests: browsers forbid it."),
            Self::InvalidHeaderName { name } => {
                format!("{} is no header name: a name is one token without spaces or colons.", quoted(name))
            }
            Self::ForbiddenRequestHeader { name } => {
                format!("No page can set the request header {}: browsers forbid it.", quoted(name))
            }
            Self::ForbiddenResponseHeader { name } => {
                format!("No page can read the response header {}: browsers forbid it.", quoted(name))
            }
            Self::ExposeAnyWithCredentials => {
                "With credentials, browsers take \"*\" for the name of a header, and expose nothing.".to_owned()
            }
            Self::InvalidPolicyName { name } => {
                format!("{} cannot name a policy: names become part of metrics.", quoted(name))
            }
            Self::UnknownPolicy { name, .. } => format!("There is no policy {}.", quoted(name)),
            Self::InvalidRouteHost { host, .. } => format!("{} is no host and no wildcard host.", quoted(host)),
            Self::InvalidRoutePath { path } => format!("No request path is matched by {}.", quoted(path)),
            Self::Warning(about) => about.message(),
        }
    }

    /// What to write or do instead.
    pub fn fix(&self) -> String {
        match self {
            Self::Syntax { .. } => "correct the text at this place; a JSON formatter shows the structure.".to_owned(),
            Self::EmptyDocument => "start with {\"allowOrigins\": [\"https://app.example.com\"]}.".to_owned(),
            Self::WrongType { meant: Some(meant), .. } => format!("write {meant}."),
            Self::WrongType { expected, .. } => format!("write {expected}."),
            Self::UnknownField { field, known } => closest_or_list(field, known, "write", "the fields are"),
            Self::DuplicateField { .. } => "keep one of them.".to_owned(),
            Self::MissingField { field, example } => format!("add \"{field}\": {example}."),
            Self::UnknownValue { value, known } => closest_or_list(value, known, "write", "the values are"),
            Self::UnknownNumber { known } => format!("write {}.", alternatives(known)),
            Self::OutOfRange { least, most, .. } => format!("write a number from {least} to {most}."),
            Self::InvalidDuration { .. } => {
                "write seconds, such as 600, or a number with a unit, such as \"30s\", \"10m\" or \"2h\".".to_owned()
            }
            Self::InvalidOrigin { meant: Some(meant), .. } => format!("write {}.", quoted(meant)),
            Self::InvalidOrigin { text, meant: None, .. } if looks_like_regex(text) => {
                "write a pattern such as \"https://*.example.com\", or, where no pattern will do, {\"regex\": …} with \"dangerouslyAllow\": [\"regex-origins\"].".to_owned()
            }
            Self::InvalidOrigin { error, meant: None, .. } => error.fix().to_owned(),
            Self::InvalidRegex { .. } => {
                "write an expression such as \"https://pr-[0-9]+\\\\.example\\\\.com\", or a pattern such as \"https://pr-{digits}.example.com\".".to_owned()
            }
            Self::TooManyRegexes { .. } => "write patterns, which cost the same however many there are.".to_owned(),
            Self::AnyOriginMixed => "keep [\"*\"] alone, or name every origin without it.".to_owned(),
            Self::Dangerous { danger, .. } => {
                format!("{}; if it is meant, add \"dangerouslyAllow\": [\"{}\"].", danger.safer(), danger.name())
            }
            Self::InvalidMethod { .. } => "write one method in each entry, such as \"PUT\".".to_owned(),
            Self::ForbiddenMethod { .. }
            | Self::ForbiddenRequestHeader { .. }
            | Self::ForbiddenResponseHeader { .. } => "remove it.".to_owned(),
            Self::InvalidHeaderName { .. } => "write one name in each entry, such as \"x-request-id\".".to_owned(),
            Self::ExposeAnyWithCredentials => "list the names, such as [\"x-request-id\"].".to_owned(),
            Self::InvalidPolicyName { .. } => {
                "use 1 to 64 letters, digits, \"-\" and \"_\", but not \"none\", \"closed\" or \"shadow\".".to_owned()
            }
            Self::UnknownPolicy { name, known } => {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                closest_or_list(name, &known, "write", "the policies are")
            }
            Self::InvalidRouteHost { meant: Some(meant), .. } => format!("write {}.", quoted(meant)),
            Self::InvalidRouteHost { host, .. } if host == "*" => {
                "remove it: a route without \"host\" is for every host.".to_owned()
            }
            Self::InvalidRouteHost { meant: None, .. } => {
                "write a host such as \"api.example.com\" or \"*.example.com\", without scheme and port.".to_owned()
            }
            Self::InvalidRoutePath { .. } => {
                "write a path that starts with \"/\", without query, fragment and \".\" segments.".to_owned()
            }
            Self::Warning(about) => about.fix(),
        }
    }
}

impl WarningAbout {
    pub(super) fn message(&self) -> String {
        match self {
            Self::OriginCovered { origin, by } if origin == by => format!("{} is in this list twice.", quoted(origin)),
            Self::OriginCovered { origin, by } => format!("Every origin that {} matches is matched by {} too.", quoted(origin), quoted(by)),
            Self::NoOrigins => "This policy allows no origin: it refuses every preflight and takes the CORS headers off every response.".to_owned(),
            Self::MethodAlwaysAllowed { method } => format!("{method} is always allowed, listed or not."),
            Self::MethodCase { method, meant } => format!("Methods compare byte for byte, and browsers send {meant}, not {method}."),
            Self::Redundant { member, by } => format!("{} adds nothing: {} is in this list.", quoted(member), quoted(by)),
            Self::HeaderSafelisted { name, response: true } => format!("Every page can read the response header {}, exposed or not.", quoted(name)),
            Self::HeaderSafelisted { name, response: false } => format!("Browsers ask for {} only if its value is longer than 128 bytes or has unusual characters.", quoted(name)),
            Self::MaxAgeCapped { seconds } if *seconds > 7200 => format!("Of these {seconds} seconds, Chromium honours 7200 and Safari 600."),
            Self::MaxAgeCapped { seconds } => format!("Of these {seconds} seconds, Safari honours 600."),
            Self::DangerUnused { danger } => format!("This policy does nothing that needs {}.", quoted(danger.name())),
            Self::NoEffect { field, because } => format!("{} does nothing here, because {because}.", quoted(field)),
            Self::PathWildcard { path, .. } => format!("In {}, \"*\" is a character like any other: a path is a prefix already.", quoted(path)),
            Self::RouteUnreachable { by } => format!("This route never matches: the one at {by} has the same host and path."),
            Self::PolicyUnused { name } => format!("No route and no default names the policy {}.", quoted(name)),
        }
    }

    pub(super) fn fix(&self) -> String {
        match self {
            Self::NoOrigins => "list the origins, or ignore this if it is meant.".to_owned(),
            Self::MethodCase { meant, .. } => format!("write {}.", quoted(meant)),
            Self::PathWildcard { meant, .. } => format!("write {}.", quoted(meant)),
            Self::MaxAgeCapped { .. } => "write 600, or ignore this: browsers cap the value themselves.".to_owned(),
            Self::PolicyUnused { name } => {
                format!("remove it, or name it in a route or as \"default\": {}.", quoted(name))
            }
            _ => "remove it.".to_owned(),
        }
    }
}

impl Danger {
    fn message(self, origin: &str) -> String {
        match self {
            Self::AnyOriginWithCredentials => {
                format!(
                    "{} with credentials lets every page of such an origin act as the user who visits it.",
                    quoted(origin)
                )
            }
            Self::InsecureOrigins => format!(
                "{} with credentials lets anyone on the user's network, who can answer for an http page, act as the user.",
                quoted(origin)
            ),
            Self::PublicSuffixSubdomains => format!(
                "{} with credentials lets strangers act as the user: by the public suffix list, anyone can get such a name.",
                quoted(origin)
            ),
            Self::NullOrigin => {
                "\"null\" is the origin of every sandboxed frame and data: page, so any site can use it.".to_owned()
            }
            Self::RegexOrigins => {
                format!(
                    "The regular expression {} lets in whatever it matches, and a dot not escaped is enough for that to be a stranger's site.",
                    quoted(origin)
                )
            }
        }
    }

    fn safer(self) -> &'static str {
        match self {
            Self::AnyOriginWithCredentials => "name the origins, or drop allowCredentials",
            Self::InsecureOrigins => "write https://, or drop allowCredentials",
            Self::PublicSuffixSubdomains => "name the hosts that are yours, or drop allowCredentials",
            Self::NullOrigin => "serve the page from an origin of its own",
            Self::RegexOrigins => "write a pattern such as \"https://pr-{digits}.example.com\" instead",
        }
    }
}

impl PatternError {
    fn message(self, text: &str) -> String {
        let why = match self {
            Self::Empty => "it is empty",
            Self::WhiteSpace => "it has white space or a control character in it",
            Self::MissingScheme => "it has no scheme",
            Self::InvalidScheme => "its scheme has characters that no scheme has",
            Self::UpperCase => "browsers send origins in lower case",
            Self::Unicode => "browsers send hosts outside ASCII in their xn-- form",
            Self::Path => "an origin ends after its host and port, without slash, path, query or fragment",
            Self::Userinfo => "an origin has no user name and no password",
            Self::DefaultPort => "browsers never send the default port of the scheme",
            Self::InvalidPort => "its port is neither 1 to 65535 nor *",
            Self::TrailingDot => "its host ends in a dot",
            Self::InvalidHost => "its host is no name and no address as a browser writes it",
            Self::MisplacedWildcard => "* stands for a whole host or, as *., for one or more labels at its start",
            Self::InvalidPlaceholder => "its braces hold no known placeholder, or there is one in the last label",
        };
        format!("{} is no origin pattern: {why}.", quoted(text))
    }

    fn fix(self) -> &'static str {
        match self {
            Self::InvalidPort => "write a port such as :8443, or :* for any.",
            Self::MisplacedWildcard => {
                "write \"https://*.example.com\" for subdomains, or \"https://pr-{label}.example.com\" for a part of a label."
            }
            Self::InvalidPlaceholder => {
                "use {digits}, {hex}, {alnum} or {label}, with at least one literal label behind it."
            }
            _ => "write an origin such as \"https://app.example.com\", as location.origin shows it in the browser.",
        }
    }
}

/// The text in quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// The text with everything escaped that would not show as itself in a log: quotes, control
/// characters, and those that are invisible or turn the direction of the text around.
///
/// `{:?}` escapes a few more, by tables that are 6 kB of the filter.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let invisible = matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
        if invisible || c.is_control() || c == '"' || c == '\\' {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Whether a text that is no pattern was written as a regular expression.
fn looks_like_regex(text: &str) -> bool {
    text.contains(['^', '$', '\\', '|', '(', '['])
}

/// The numbers, with `or` between them.
fn alternatives(known: &[u64]) -> String {
    let known: Vec<String> = known.iter().map(u64::to_string).collect();
    known.join(" or ")
}

/// `did you mean`, or the whole list where nothing is close.
fn closest_or_list(name: &str, known: &[&str], verb: &str, list: &str) -> String {
    match closest(name, known) {
        Some(closest) => format!("did you mean {}? Then {verb} that.", quoted(closest)),
        None if known.is_empty() => "remove it.".to_owned(),
        None => format!("{list} {}.", known.join(", ")),
    }
}

/// A shorter part of a name is no hint at the name.
const MIN_PART: usize = 6;

/// The known name that a slip of the fingers would turn into `name`, or that it is the last
/// part of; `Access-Control-Max-Age` is near `maxAge` too.
pub(crate) fn closest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let folded = |text: &str| text.to_ascii_lowercase().replace(['-', '_'], "");
    let name = folded(name);
    let name = name.strip_prefix("accesscontrol").unwrap_or(&name);
    if let Some(longer) = known.iter().find(|known| name.len() >= MIN_PART && folded(known).ends_with(name)) {
        return Some(longer);
    }
    let distances = known.iter().map(|&k| (strsim::osa_distance(name, &folded(k)), k));
    let (distance, closest) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= closest.len().div_ceil(4)).then_some(closest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_texts_show_as_they_are_and_end_no_line() {
        for text in [
            "",
            "https://bücher.example",
            "a'b",
            "a\"b\\",
            "a\r\n\t\u{1b}\u{7f}\u{85}",
            "\u{202e}\u{200b}\u{2028}\u{feff}",
        ] {
            assert_eq!(quoted(text), format!("{text:?}"));
        }
    }

    #[test]
    fn slips_are_recognised() {
        let known = ["allowOrigins", "allowMethods", "allowHeaders", "maxAge"];
        assert_eq!(closest("allowOrigin", &known), Some("allowOrigins"));
        assert_eq!(closest("allow_origins", &known), Some("allowOrigins"));
        assert_eq!(closest("AllowMethod", &known), Some("allowMethods"));
        assert_eq!(closest("maxage", &known), Some("maxAge"));
        assert_eq!(closest("Access-Control-Max-Age", &known), Some("maxAge"));
        assert_eq!(closest("methods", &known), Some("allowMethods"));
        assert_eq!(closest("timeout", &known), None);
        assert_eq!(closest("x", &[]), None);
    }
}
