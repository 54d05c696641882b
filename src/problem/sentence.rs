//! The words: one sentence about what is wrong, and the fix.
//!
//! `{:?}` quotes whatever the configuration contains, so that no control character or invisible
//! one gets into a log.

use std::borrow::Cow;
use std::fmt;

use super::aliases::{self, Alias, fold};
use super::kind::{ProblemKind, WarningAbout};
use crate::danger::Danger;
use crate::origin::pattern_error::PatternError;

impl ProblemKind {
    /// One sentence: what is wrong.
    pub fn message(&self) -> String {
        match self {
            Self::Syntax { reason, .. } => format!("Invalid JSON: {reason}."),
            Self::EmptyDocument => "The configuration is empty.".to_owned(),
            Self::TooMany { what, found, most } => {
                format!("There are {found} {what}, but at most {most} are permitted.")
            }
            Self::WrongType { expected, found, .. } => format!("Expected {expected}, found {found}."),
            Self::UnknownField { field, .. } => format!("Unknown field {:?}.", cut(field)),
            Self::DuplicateField { field } => format!("The field {:?} appears twice.", cut(field)),
            Self::MissingField { field, .. } => format!("The field {:?} is missing.", cut(field)),
            Self::UnknownValue { value, .. } => format!("Unknown value {:?}.", cut(value)),
            Self::UnknownNumber { known } => format!("Expected {}.", alternatives(known)),
            Self::OutOfRange { least, most, unit } => format!("Expected {least} to {most} {unit}."),
            Self::InvalidDuration { text } => format!("{:?} is not a valid duration.", cut(text)),
            Self::InvalidOrigin { text, error, .. } => {
                format!("{:?} is not a valid origin: {}.", cut(text), error.reason())
            }
            Self::InvalidRegex { regex, reason } => {
                format!("{:?} cannot be used as a regular expression: {reason}.", cut(regex))
            }
            Self::TooManyRegexes { most } => {
                format!("A policy can have at most {most} regular expressions, because they are tried one by one.")
            }
            Self::AnyOriginMixed => {
                "\"*\" already allows every origin, so the other entries have no effect.".to_owned()
            }
            Self::Dangerous { danger, origin, such_as } => danger.message(origin, such_as.as_deref()),
            Self::InvalidMethod { method } if method.contains('*') => {
                format!("{:?} matches no method: \"*\" is a wildcard only as a whole entry.", cut(method))
            }
            Self::InvalidMethod { method } => {
                format!(
                    "{:?} is not a valid method: a method is a single token, without spaces or commas.",
                    cut(method)
                )
            }
            Self::ForbiddenMethod { method } => format!("Browsers do not let pages send {method} requests."),
            Self::InvalidHeaderName { name } if name.contains('*') => {
                format!("{:?} matches no header: \"*\" is a wildcard only as a whole entry.", cut(name))
            }
            Self::InvalidHeaderName { name } => {
                format!(
                    "{:?} is not a valid header name: a name is a single token, without spaces or colons.",
                    cut(name)
                )
            }
            Self::ForbiddenRequestHeader { name } => {
                format!("Browsers do not let pages set the request header {:?}.", cut(name))
            }
            Self::ForbiddenResponseHeader { name } => {
                format!("Browsers do not let pages read the response header {:?}.", cut(name))
            }
            Self::ExposeAnyWithCredentials => {
                "With credentials, browsers take \"*\" as the name of a header, so it exposes nothing.".to_owned()
            }
            Self::InvalidPolicyName { name } => {
                format!("{:?} cannot be a policy name: policy names become part of the names of counters.", cut(name))
            }
            Self::EmptyPolicyList => "This list names no policy.".to_owned(),
            Self::UnknownPolicy { name, .. } => format!("There is no policy named {:?}.", cut(name)),
            Self::InvalidRouteHost { host, .. } => format!("{:?} is not a valid host.", cut(host)),
            Self::InvalidRoutePath { path } => format!("{:?} cannot match the path of any request.", cut(path)),
            Self::RoutePathTooLong { most } => {
                format!("The path of a route can have at most {most} bytes; this one is longer.")
            }
            Self::RouteConflict { by } => format!(
                "This route and the one at {by} have the same host and, to some servers, the same path, but different \
                 policies."
            ),
            Self::Warning(about) => about.message(),
        }
    }

    /// What to write or do instead.
    pub fn fix(&self) -> String {
        match self {
            Self::Syntax { fix, .. } => format!("{fix}."),
            Self::EmptyDocument => "start with {\"allowOrigins\": [\"https://app.example.com\"]}.".to_owned(),
            Self::WrongType { meant: Some(meant), .. } => format!("write {meant}."),
            Self::WrongType { expected, .. } => format!("write {expected}."),
            Self::UnknownField { field, known } => match alias(field, known) {
                Some(alias) if !alias.advice.is_empty() => alias.advice.to_owned(),
                _ => closest_or_list(field, known),
            },
            Self::DuplicateField { .. } => "remove one of the two.".to_owned(),
            Self::MissingField { field, example } => format!("add {field:?}: {example}."),
            Self::UnknownValue { value, known } => closest_or_list(value, known),
            Self::UnknownNumber { known } => format!("write {}.", alternatives(known)),
            Self::OutOfRange { least, most, .. } => format!("write a number from {least} to {most}."),
            Self::InvalidDuration { .. } => {
                "write seconds, such as 600, or a string with units, such as \"30s\", \"10m\" or \"1h30m\".".to_owned()
            }
            Self::InvalidOrigin { meant, .. } if !meant.is_empty() => {
                let meant: Vec<String> = meant.iter().map(|meant| format!("{meant:?}")).collect();
                format!("write {}.", meant.join(", "))
            }
            Self::InvalidOrigin { text, .. } if is_address_range(text) => {
                "list each address, such as \"http://192.168.0.10\": a pattern cannot express a range of addresses.".to_owned()
            }
            Self::InvalidOrigin { text, .. } if looks_like_regex(text) => {
                "write a pattern such as \"https://*.example.com\". If no pattern can express it, use {\"regex\": …} and \"dangerouslyAllow\": [\"regex-origins\"].".to_owned()
            }
            Self::InvalidOrigin { error, .. } => error.fix().to_owned(),
            Self::InvalidRegex { .. } => {
                "write an expression such as \"https://pr-[0-9]+\\\\.example\\\\.com\", or a pattern such as \"https://pr-{digits}.example.com\".".to_owned()
            }
            Self::TooManyRegexes { .. } => "use patterns: they cost the same however many there are.".to_owned(),
            Self::AnyOriginMixed => "keep only [\"*\"], or remove \"*\" and list the origins.".to_owned(),
            Self::Dangerous { danger, .. } => {
                format!("{}; if you accept the risk, add \"dangerouslyAllow\": [{:?}].", danger.safer(), danger.name())
            }
            Self::InvalidMethod { method } if method.contains('*') => "list each method by its full name.".to_owned(),
            Self::InvalidMethod { .. } => "write each method as an entry of its own, such as \"PUT\".".to_owned(),
            Self::ForbiddenMethod { .. }
            | Self::ForbiddenRequestHeader { .. }
            | Self::ForbiddenResponseHeader { .. } => "remove it.".to_owned(),
            Self::InvalidHeaderName { name } if name.contains('*') => "list each header by its full name.".to_owned(),
            Self::InvalidHeaderName { .. } => {
                "write each name as an entry of its own, such as \"x-request-id\".".to_owned()
            }
            Self::ExposeAnyWithCredentials => "list the names, such as [\"x-request-id\"].".to_owned(),
            Self::InvalidPolicyName { .. } => {
                "use 1 to 64 letters, digits, \"-\" or \"_\"; \"none\", \"closed\" and \"shadow\" are reserved.".to_owned()
            }
            Self::EmptyPolicyList => "write the name of a policy, or null to leave the requests alone.".to_owned(),
            Self::UnknownPolicy { nearest: Some(nearest), .. } => format!("did you mean {nearest:?}?"),
            Self::UnknownPolicy { name, policies: 0, .. } => {
                let name = cut(name);
                format!("define it, with \"policies\": {{{name:?}: {{\"allowOrigins\": [\"https://app.example.com\"]}}}}.")
            }
            Self::UnknownPolicy { nearest: None, .. } => "use the name of one of the policies.".to_owned(),
            Self::TooMany { most, .. } => format!("keep at most {most}."),
            Self::InvalidRouteHost { meant: Some(meant), .. } => format!("write {meant:?}."),
            Self::InvalidRouteHost { host, .. } if host == "*" => {
                "remove it: a route without \"host\" applies to every host.".to_owned()
            }
            Self::InvalidRouteHost { meant: None, .. } => {
                "write a host such as \"api.example.com\" or \"*.example.com\", without a scheme or port.".to_owned()
            }
            Self::InvalidRoutePath { .. } => {
                "write a path that starts with \"/\" and has no query, fragment or \".\" segments.".to_owned()
            }
            Self::RoutePathTooLong { .. } => "shorten it: a prefix matches every path below it.".to_owned(),
            Self::RouteConflict { .. } => "remove one of the two routes, or give both the same policy.".to_owned(),
            Self::Warning(about) => about.fix(),
        }
    }
}

impl WarningAbout {
    pub(super) fn message(&self) -> String {
        match self {
            Self::OriginCovered { origin, by } if origin == by => format!("{:?} is in this list twice.", cut(origin)),
            Self::OriginCovered { origin, by } => format!("{:?} already matches every origin that {:?} matches.", cut(by), cut(origin)),
            Self::NoOrigins => "This policy allows no origins: it refuses every preflight and removes the CORS headers from every response.".to_owned(),
            Self::MethodAlwaysAllowed { method } => format!("{method} is always allowed, so listing it has no effect."),
            Self::MethodCase { method, meant } => format!("Methods are case-sensitive: {method} does not allow {meant} requests."),
            Self::Redundant { member, by } if member == by => format!("{:?} is in this list twice.", cut(member)),
            Self::Redundant { member, by } => format!("{:?} has no effect, because {:?} is in this list too.", cut(member), cut(by)),
            Self::HeaderSafelisted { name, response: true } => format!("{:?} is CORS-safelisted: pages can read this response header even if it is not listed.", cut(name)),
            Self::HeaderSafelisted { name, response: false } => format!("{:?} is CORS-safelisted: browsers name it in a preflight only if its value is over 128 bytes or has unsafe characters.", cut(name)),
            Self::MaxAgeCapped { seconds } if *seconds > 7200 => format!("Browsers shorten these {seconds} seconds: Chromium to 7200, Safari to 600."),
            Self::MaxAgeCapped { seconds } => format!("Safari shortens these {seconds} seconds to 600."),
            Self::DangerUnused { danger } => format!("{:?} is not needed: {}.", danger.name(), danger.absence()),
            Self::NoEffect { field, because } => format!("{:?} has no effect here, because {because}.", cut(field)),
            Self::TrustsOriginServer => "A response that already has CORS headers keeps them, so a server that names every origin lets every website read its responses with the visitor's cookies.".to_owned(),
            Self::PathWildcard { path, .. } => format!("Every character of {:?} is matched literally, including wildcards and parameters; a path matches as a prefix without them.", cut(path)),
            Self::RouteUnreachable { by } => format!("This route never matches, because {by} has the same host and path."),
            Self::PolicyUnreachable { name, by } => format!("The policy {:?} never decides here, because {:?} allows every origin.", cut(name), cut(by)),
            Self::PolicyUnused { name } => format!("No route and no \"default\" names the policy {:?}.", cut(name)),
        }
    }

    pub(super) fn fix(&self) -> String {
        match self {
            Self::NoOrigins => "list the origins to allow, or ignore this warning if there are none.".to_owned(),
            Self::MethodCase { meant, .. } => format!("write {meant:?}."),
            Self::TrustsOriginServer => {
                "write \"replace\", or ignore this warning if every server behind this policy checks the origin itself."
                    .to_owned()
            }
            Self::PathWildcard { meant, .. } => format!("write {meant:?}."),
            Self::MaxAgeCapped { .. } => {
                "write 600, or ignore this warning: browsers apply their own limits.".to_owned()
            }
            Self::PolicyUnreachable { name, by } => format!("write {:?} before {:?}.", cut(name), cut(by)),
            Self::PolicyUnused { name } => {
                format!("name it in a route or as \"default\": {:?}, or remove it.", cut(name))
            }
            _ => "remove it.".to_owned(),
        }
    }
}

impl Danger {
    fn message(self, origin: &str, such_as: Option<&str>) -> String {
        let (whoever, because) = match self {
            Self::AnyOriginWithCredentials if origin == "*" => ("every website send requests as its", ""),
            Self::AnyOriginWithCredentials if such_as.is_some() => ("unrelated websites send requests as their", ""),
            Self::AnyOriginWithCredentials => ("every site with that scheme send requests as its", ""),
            Self::AnyAppWithCredentials if such_as.is_some() => {
                ("unrelated apps and extensions send requests as their", "")
            }
            Self::AnyAppWithCredentials => {
                ("every app or extension with that scheme, whoever wrote it, send requests as its", "")
            }
            Self::InsecureOrigins => {
                ("anyone on a visitor's network, who can forge http pages, send requests as the", "")
            }
            Self::PublicSuffixSubdomains => (
                "strangers send requests as their",
                ": according to the public suffix list, anyone can get such a name",
            ),
            Self::NullOrigin => {
                return "\"null\" is the origin of every sandboxed frame and data: page, and any website can create those.".to_owned();
            }
            Self::RegexOrigins => {
                return format!(
                    "The regular expression {:?} allows everything it matches: a single unescaped dot can let in a stranger's site.",
                    cut(origin)
                );
            }
        };
        let such_as = such_as.map_or_else(String::new, |such_as| format!(", which matches {:?},", cut(such_as)));
        format!(
            "Allowing {:?}{such_as} with credentials lets {whoever} visitor and read the answers{because}.",
            cut(origin)
        )
    }

    fn safer(self) -> &'static str {
        match self {
            Self::AnyOriginWithCredentials => "list the origins, or remove allowCredentials",
            Self::AnyAppWithCredentials => "list the apps or extensions, or remove allowCredentials",
            Self::InsecureOrigins => "write https://, or remove allowCredentials",
            Self::PublicSuffixSubdomains => "list your own hosts, or remove allowCredentials",
            Self::NullOrigin => "serve the page from an origin of its own",
            Self::RegexOrigins => "write a pattern such as \"https://pr-{digits}.example.com\"",
        }
    }

    /// Why a policy does not need to name the danger.
    fn absence(self) -> &'static str {
        match self {
            Self::AnyOriginWithCredentials => "this policy does not allow every origin with credentials",
            Self::AnyAppWithCredentials => "this policy does not allow every app of a scheme with credentials",
            Self::InsecureOrigins => "this policy allows no insecure origin with credentials",
            Self::PublicSuffixSubdomains => {
                "this policy does not allow every name under a public suffix with credentials"
            }
            Self::NullOrigin => "this policy does not allow \"null\"",
            Self::RegexOrigins => "this policy has no regular expressions",
        }
    }
}

impl PatternError {
    fn reason(self) -> &'static str {
        match self {
            Self::Empty => "it is empty",
            Self::WhiteSpace => "it contains white space or a control character",
            Self::MissingScheme => "it has no scheme",
            Self::InvalidScheme => "its scheme contains invalid characters",
            Self::UpperCase => "browsers send origins in lower case",
            Self::NeverSent => {
                "browsers never send an origin with this scheme; a WebSocket handshake has the https:// or http:// origin of its page, and pages from file: or data: URLs have the origin null"
            }
            Self::Unicode => "browsers send hosts with characters outside ASCII in their xn-- form",
            Self::Path => "it must end after the host and port",
            Self::Userinfo => "it must not contain a user name or password",
            Self::DefaultPort => "browsers never send the default port of the scheme",
            Self::InvalidPort => "its port must be a number from 1 to 65535, or *",
            Self::TrailingDot => "its host must not end in a dot",
            Self::InvalidHost => "its host must be a name or an address as browsers write it",
            Self::MisplacedWildcard => "* must be the whole host, or *. its start",
            Self::InvalidPlaceholder => {
                "its braces must contain a known placeholder, and its last label must not contain any"
            }
        }
    }

    fn fix(self) -> &'static str {
        match self {
            Self::InvalidPort => "write a port such as :8443, or :* for any port.",
            Self::NeverSent => {
                "serve the page over http or https (in development, from http://localhost:3000) and allow that origin."
            }
            Self::MisplacedWildcard => {
                "write \"https://*.example.com\" for subdomains, or \"https://pr-{label}.example.com\" for part of a label."
            }
            Self::InvalidPlaceholder => {
                "use {digits}, {hex}, {alnum} or {label}, followed by at least one label without a placeholder."
            }
            _ => "write an origin such as \"https://app.example.com\", as the browser shows it for location.origin.",
        }
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a valid origin pattern: {}", self.reason())
    }
}

/// The most characters of a value that a message quotes.
const MAX_QUOTED: usize = 80;

/// A value as messages quote it: what is too long ends in an ellipsis.
pub(super) fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_QUOTED) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.chars().take(MAX_QUOTED - 1).chain(['…']).collect()),
    }
}

/// Whether an invalid pattern is an address with a prefix length: CIDR notation.
fn is_address_range(text: &str) -> bool {
    let (_, authority) = text.split_once("://").unwrap_or(("", text));
    let (address, length) = authority.split_once('/').unwrap_or_default();
    let digits = |text: &str, more: &[u8]| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || more.contains(&byte))
    };
    digits(length, b"") && digits(address, b".:[]abcdef")
}

/// Whether an invalid pattern was meant as a regular expression.
fn looks_like_regex(text: &str) -> bool {
    text.contains(['^', '$', '\\', '|', '(', '['])
}

/// The numbers, separated by `or`.
fn alternatives(known: &[u64]) -> String {
    let known: Vec<String> = known.iter().map(u64::to_string).collect();
    known.join(" or ")
}

/// `did you mean`, or the whole list if no name is close.
fn closest_or_list(name: &str, known: &[&str]) -> String {
    match (closest(name, known), known) {
        (Some(closest), _) => format!("did you mean {closest:?}?"),
        (None, []) => "remove it.".to_owned(),
        (None, [only]) => format!("use {only:?}."),
        (None, _) => format!("use one of {}.", known.join(", ")),
    }
}

/// A part of a name that is shorter than this does not hint at the name.
const MIN_PART: usize = 6;

/// The known name that `name` is what others call, a misspelling of, or the end of.
pub(crate) fn closest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    if name.len() > MAX_QUOTED {
        return None;
    }
    if let Some(alias) = alias(name, known) {
        return known.iter().copied().find(|known| *known == alias.field);
    }
    let name = fold(name);
    if let Some(longer) = known.iter().find(|known| name.len() >= MIN_PART && fold(known).ends_with(&name)) {
        return Some(longer);
    }
    let distances = known.iter().map(|&k| (strsim::osa_distance(&name, &fold(k)), k));
    let (distance, closest) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= closest.len().div_ceil(4)).then_some(closest)
}

/// The alias that a name is, where a policy or the document has fields.
fn alias(name: &str, known: &[&str]) -> Option<&'static Alias> {
    let alias = aliases::find(name)?;
    let is_field = known.contains(&alias.field);
    let of_policy = known.contains(&"allowOrigins") || known.contains(&"policies");
    (is_field || (of_policy && !alias.advice.is_empty())).then_some(alias)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelled_names_are_recognised() {
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
