//! Origin patterns: the entries of a policy's `allowOrigins`.

use std::fmt;
use std::str::FromStr;

use super::label::LabelPattern;
use super::pattern_error::PatternError;
use super::regex::RegexPattern;
use super::{default_port, host, is_scheme, is_special, parse_port, split_port, split_scheme};

/// A pattern that origins are matched against.
///
/// | pattern | matches | never matches |
/// |---|---|---|
/// | `https://example.com` | that origin | its subdomains, other ports |
/// | `https://*.example.com` | `https://a.example.com`, `https://a.b.example.com` | `https://example.com`, `https://badexample.com` |
/// | `http://localhost:*` | `http://localhost`, `http://localhost:3000` | `http://127.0.0.1:3000` |
/// | `https://*` | every `https` origin on the default port | `https://example.com:8443` (`https://*:*` does) |
/// | `https://pr-{digits}.example.com` | `https://pr-17.example.com` | `https://pr-.example.com`, `https://pr-1.x.example.com` |
/// | `app://MyApp` | that origin: the case of apps' hosts makes a difference | `app://myapp` |
/// | `moz-extension://{hex}-{hex}-{hex}-{hex}-{hex}` | every UUID: a placeholder in the last label, in schemes of apps only | `moz-extension://a.b` |
/// | `null` | opaque origins | |
/// | `*` | every origin | |
///
/// The placeholders `{digits}`, `{hex}`, `{alnum}` and `{label}` match one or more characters of one
/// label. Apart from them, patterns match whole labels.
///
/// ```
/// use edge_cors::{OriginPattern, PatternError};
///
/// let pattern: OriginPattern = "https://*.example.com".parse()?;
/// assert_eq!(pattern.to_string(), "https://*.example.com");
///
/// let error = "https://example.com/".parse::<OriginPattern>().unwrap_err();
/// assert_eq!(error, PatternError::Path);
/// assert_eq!(error.to_string(), "not a valid origin pattern: it must end after the host and port");
/// # Ok::<(), PatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OriginPattern {
    /// `*`: every origin, including opaque ones.
    Any,
    /// `null`: every opaque origin.
    Opaque,
    /// A scheme with patterns for host and port.
    Tuple(TuplePattern),
    /// A regular expression for whole tuple origins.
    Regex(RegexPattern),
}

/// The pattern of a tuple origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TuplePattern {
    pub(crate) scheme: String,
    pub(crate) host: HostPattern,
    pub(crate) port: PortPattern,
}

/// The host in a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HostPattern {
    /// `*`
    Any,
    /// `example.com`
    Exact(String),
    /// `*.example.com`, kept without the `*.`
    Subdomains(String),
    /// `pr-{digits}.example.com`
    Labels(LabelPattern),
}

/// The port in a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortPattern {
    /// `:*`: any port, including the default one.
    Any,
    /// A port, or none for the scheme's default.
    Exactly(Option<u16>),
}

impl OriginPattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// The first reason why `text` is not a pattern. [`respell`](crate::respell) guesses what was meant.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        match text {
            "*" => Ok(Self::Any),
            "null" => Ok(Self::Opaque),
            _ => TuplePattern::parse(text).map(Self::Tuple),
        }
    }
}

impl FromStr for OriginPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}

impl TuplePattern {
    fn parse(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(PatternError::WhiteSpace);
        }
        let (scheme, rest) = split_scheme(text).ok_or(PatternError::MissingScheme)?;
        if !is_scheme(&scheme.to_ascii_lowercase()) {
            return Err(PatternError::InvalidScheme);
        }
        if is_never_sent(scheme) {
            return Err(PatternError::NeverSent);
        }
        if rest.contains(['/', '?', '#', '\\']) {
            return Err(PatternError::Path);
        }
        if rest.contains('@') {
            return Err(PatternError::Userinfo);
        }
        if !rest.is_ascii() {
            return Err(PatternError::Unicode);
        }
        let upper = |text: &str| text.contains(|c: char| c.is_ascii_uppercase());
        if upper(scheme) || (is_special(scheme) && upper(rest)) {
            return Err(PatternError::UpperCase);
        }
        let (host, port) = split_port(rest);
        if has_port_of_its_own(host) {
            return Err(PatternError::InvalidPort);
        }
        Ok(Self {
            scheme: scheme.to_owned(),
            port: PortPattern::parse(port, scheme)?,
            host: HostPattern::parse(host, is_special(scheme))?,
        })
    }
}

impl PortPattern {
    fn parse(port: Option<&str>, scheme: &str) -> Result<Self, PatternError> {
        match port {
            None => Ok(Self::Exactly(None)),
            Some("*") => Ok(Self::Any),
            Some(digits) => match parse_port(digits) {
                None => Err(PatternError::InvalidPort),
                port if port == default_port(scheme) => Err(PatternError::DefaultPort),
                port => Ok(Self::Exactly(port)),
            },
        }
    }
}

impl HostPattern {
    fn parse(host: &str, special: bool) -> Result<Self, PatternError> {
        if special && host.ends_with('.') {
            return Err(PatternError::TrailingDot);
        }
        if host == "*" {
            return Ok(Self::Any);
        }
        if let Some(parent) = host.strip_prefix("*.") {
            if parent.contains(['*', '{', '}']) {
                return Err(PatternError::MisplacedWildcard);
            }
            let valid = match special {
                true => host::is_name(parent) && !host::ends_in_a_number(parent),
                false => host::is_opaque(parent),
            };
            return valid.then(|| Self::Subdomains(parent.to_owned())).ok_or(PatternError::InvalidHost);
        }
        if host.contains('*') {
            return Err(PatternError::MisplacedWildcard);
        }
        if host.contains(['{', '}']) {
            return LabelPattern::parse(host, special).map(Self::Labels);
        }
        host::is_serialised(host, special).then(|| Self::Exact(host.to_owned())).ok_or(PatternError::InvalidHost)
    }

    /// The labels that every host it matches ends in, with more in front of them; `None` where
    /// it matches one host. Empty where it says nothing of the last label.
    pub(crate) fn suffix(&self) -> Option<&str> {
        match self {
            Self::Any => Some(""),
            Self::Exact(_) => None,
            Self::Subdomains(parent) => Some(parent),
            Self::Labels(labels) => Some(labels.suffix()),
        }
    }
}

/// Whether no browser sends an origin of this scheme in any request.
fn is_never_sent(scheme: &str) -> bool {
    matches!(scheme, "ws" | "wss" | "ftp" | "file" | "data" | "blob" | "filesystem" | "about" | "javascript")
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Opaque => f.write_str("null"),
            Self::Tuple(pattern) => pattern.fmt(f),
            Self::Regex(pattern) => pattern.fmt(f),
        }
    }
}

impl fmt::Display for TuplePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        match &self.host {
            HostPattern::Any => f.write_str("*")?,
            HostPattern::Exact(host) => f.write_str(host)?,
            HostPattern::Subdomains(parent) => write!(f, "*.{parent}")?,
            HostPattern::Labels(labels) => labels.fmt(f)?,
        }
        match self.port {
            PortPattern::Any => f.write_str(":*"),
            PortPattern::Exactly(Some(port)) => write!(f, ":{port}"),
            PortPattern::Exactly(None) => Ok(()),
        }
    }
}

/// Whether what should be a host, in front of a port, ends in another port. (With more colons it
/// is an IPv6 address without its brackets.)
pub(super) fn has_port_of_its_own(host: &str) -> bool {
    let split = host.split_once(':').filter(|(name, _)| !name.is_empty() && !name.starts_with('['));
    split.is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::super::respell::respell;
    use super::*;

    #[test]
    fn patterns_print_as_they_are_written() {
        for text in [
            "*",
            "null",
            "https://example.com",
            "https://example.com:8443",
            "https://*.example.com",
            "https://*.example.com:*",
            "http://localhost:*",
            "https://*",
            "https://*:*",
            "https://[::1]:8443",
            "https://pr-{digits}.example.com",
            "https://{label}.{hex}-x.example.com:*",
            "capacitor://localhost",
            "chrome-extension://gighmmpiobklfepjocnamgkkbiglidom",
            "chrome-extension://*",
            "app://.",
            "app://MyApp:8080",
            "app://*.MyApp",
            "moz-extension://{hex}-{hex}-{hex}-{hex}-{hex}",
        ] {
            assert_eq!(OriginPattern::parse(text).unwrap().to_string(), text);
        }
    }

    #[track_caller]
    fn refused(text: &str, error: PatternError, meant: Option<&str>) {
        assert_eq!(OriginPattern::parse(text), Err(error), "{text}");
        assert_eq!(respell(text).as_deref(), meant, "{text}");
    }

    #[test]
    fn what_is_no_pattern_and_what_was_meant() {
        use PatternError as E;
        refused("", E::Empty, None);
        refused(" https://example.com", E::WhiteSpace, Some("https://example.com"));
        refused("https://exam ple.com", E::WhiteSpace, None);
        refused("example.com", E::MissingScheme, Some("https://example.com"));
        refused("*.example.com", E::MissingScheme, Some("https://*.example.com"));
        refused("localhost:3000", E::MissingScheme, Some("http://localhost:3000"));
        refused("https:/example.com", E::MissingScheme, Some("https://example.com"));
        refused("//example.com/", E::MissingScheme, Some("https://example.com"));
        refused("all", E::MissingScheme, None);
        refused("NULL", E::MissingScheme, Some("null"));
        refused("http://[0:0:0:0:0:0:0:1]", E::InvalidHost, Some("http://[::1]"));
        refused("ht_tp://example.com", E::InvalidScheme, None);
        refused("HTTPS://example.com", E::UpperCase, Some("https://example.com"));
        refused("https://Example.com", E::UpperCase, Some("https://example.com"));
        refused("https://bücher.example", E::Unicode, Some("https://xn--bcher-kva.example"));
        refused("https://*.BÜCHER.example", E::Unicode, Some("https://*.xn--bcher-kva.example"));
        refused("https://example.com/", E::Path, Some("https://example.com"));
        refused("https://example.com/a?b#c", E::Path, Some("https://example.com"));
        refused("https://me@example.com", E::Userinfo, Some("https://example.com"));
        refused("https://example.com:443", E::DefaultPort, Some("https://example.com"));
        refused("http://example.com:80", E::DefaultPort, Some("http://example.com"));
        refused("https://example.com:0", E::InvalidPort, None);
        refused("https://example.com:99999", E::InvalidPort, None);
        refused("https://example.com:", E::InvalidPort, Some("https://example.com"));
        refused("https://example.com.", E::TrailingDot, Some("https://example.com"));
        refused("https://", E::InvalidHost, None);
        refused("https://a..b", E::InvalidHost, None);
        refused("https://*.10.0.0.1", E::InvalidHost, None);
        refused("https://exa*mple.com", E::MisplacedWildcard, None);
        refused("https://a.*.example.com", E::MisplacedWildcard, None);
        refused("https://*.*.example.com", E::MisplacedWildcard, None);
        refused("https://*.{label}.example.com", E::MisplacedWildcard, None);
        refused("https://{number}.example.com", E::InvalidPlaceholder, None);
        refused("https://{digits.example.com", E::InvalidPlaceholder, None);
        refused("https://{label}", E::InvalidPlaceholder, None);
        refused("wss://app.example.com", E::NeverSent, Some("https://app.example.com"));
        refused("ws://localhost:3000", E::NeverSent, Some("http://localhost:3000"));
        refused("wss://app.example.com:443/socket", E::NeverSent, Some("https://app.example.com"));
        refused("file://*", E::NeverSent, None);
        refused("file:///index.html", E::NeverSent, None);
        refused("http://192.168.0.0/16", E::Path, None);
        refused("10.0.0.0/8", E::MissingScheme, None);
        refused("http://[fd00::]/8", E::Path, None);
        refused("http://a.test:43675:80", E::InvalidPort, None);
        refused("App://MyApp/", E::Path, Some("app://MyApp"));
        refused("App://MyApp", E::UpperCase, Some("app://MyApp"));
        refused("app://b\u{fc}cher", E::Unicode, None);
        refused("app://", E::InvalidHost, None);
        refused(&format!("https://{}.example", "\u{fc}".repeat(64)), E::Unicode, None);
    }
}
