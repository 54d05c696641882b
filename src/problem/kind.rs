//! The kinds of problems, their codes and their severities.

use super::Severity;
use crate::origin::pattern::PatternError;

/// What is wrong, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The text is no JSON.
    Syntax {
        /// What the parser says, without the position.
        reason: String,
    },
    /// There is nothing in the document.
    EmptyDocument,
    /// A value has another JSON type than its field.
    WrongType {
        /// The type of the field, with its article.
        expected: &'static str,
        /// The type of the value, with its article.
        found: &'static str,
        /// What was most likely meant, as JSON.
        meant: Option<String>,
    },
    /// An object has a field that it should not have.
    UnknownField {
        /// Its name.
        field: String,
        /// The fields that the object may have.
        known: &'static [&'static str],
    },
    /// An object has the same field twice.
    DuplicateField {
        /// Its name.
        field: String,
    },
    /// An object lacks a field that it must have.
    MissingField {
        /// Its name.
        field: &'static str,
        /// A value for it that can be pasted.
        example: &'static str,
    },
    /// A text is none of the values that its field knows.
    UnknownValue {
        /// The text.
        value: String,
        /// The values that the field knows.
        known: &'static [&'static str],
    },
    /// A number is none of the values that its field knows.
    UnknownNumber {
        /// The values that the field knows.
        known: &'static [u64],
    },
    /// A number is out of its range.
    OutOfRange {
        /// The least permitted value.
        least: u64,
        /// The greatest permitted value.
        most: u64,
        /// What the number counts.
        unit: &'static str,
    },
    /// A text is no duration.
    InvalidDuration {
        /// The text.
        text: String,
    },
    /// A text is no origin pattern.
    InvalidOrigin {
        /// The text.
        text: String,
        /// Why.
        error: PatternError,
        /// What was most likely meant, where that is a pattern.
        meant: Option<String>,
    },
    /// A text is no regular expression that can be used.
    InvalidRegex {
        /// The text.
        regex: String,
        /// Why.
        reason: String,
    },
    /// A policy has more regular expressions than a request should wait for.
    TooManyRegexes {
        /// The most that it may have.
        most: usize,
    },
    /// `*` stands beside other origins.
    AnyOriginMixed,
    /// Something dangerous stands there without having been named in `dangerouslyAllow`.
    Dangerous {
        /// What it is.
        danger: Danger,
        /// The pattern that is dangerous.
        origin: String,
    },
    /// A text is no method.
    InvalidMethod {
        /// The text.
        method: String,
    },
    /// A method that no page can use.
    ForbiddenMethod {
        /// The method.
        method: String,
    },
    /// A text is no header name.
    InvalidHeaderName {
        /// The text.
        name: String,
    },
    /// A request header that no page can set.
    ForbiddenRequestHeader {
        /// Its name.
        name: String,
    },
    /// A response header that no page can read.
    ForbiddenResponseHeader {
        /// Its name.
        name: String,
    },
    /// `exposeHeaders: ["*"]` with credentials, where `*` is a header's name.
    ExposeAnyWithCredentials,
    /// A name that no policy can have.
    InvalidPolicyName {
        /// The name.
        name: String,
    },
    /// A reference to a policy that is not there.
    UnknownPolicy {
        /// The name.
        name: String,
        /// The policies that are there.
        known: Vec<String>,
    },
    /// A text is no host pattern of a route.
    InvalidRouteHost {
        /// The text.
        host: String,
        /// What was most likely meant.
        meant: Option<String>,
    },
    /// A text is no path of a route.
    InvalidRoutePath {
        /// The text.
        path: String,
    },
    /// The configuration can be used, but a part of it does not do what it seems to say.
    Warning(WarningAbout),
}

/// What a warning is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarningAbout {
    /// An origin is matched by another pattern already.
    OriginCovered {
        /// The pattern that is not needed.
        origin: String,
        /// The pattern that matches it too.
        by: String,
    },
    /// A policy allows no origin.
    NoOrigins,
    /// A method is allowed whether it is listed or not.
    MethodAlwaysAllowed {
        /// The method.
        method: String,
    },
    /// A method is spelled as no browser sends it.
    MethodCase {
        /// The method.
        method: String,
        /// What browsers send, or what was most likely meant.
        meant: String,
    },
    /// A list says the same twice, in itself or because of `*`.
    Redundant {
        /// The member that is not needed.
        member: String,
        /// The member that says it already.
        by: String,
    },
    /// A header is safelisted anyway.
    HeaderSafelisted {
        /// Its name.
        name: String,
        /// Whether it is a response header.
        response: bool,
    },
    /// `maxAge` is above what browsers honour.
    MaxAgeCapped {
        /// Seconds.
        seconds: u64,
    },
    /// Something is named in `dangerouslyAllow` that the policy does not do.
    DangerUnused {
        /// What is named.
        danger: Danger,
    },
    /// A field does nothing as long as another one says what it says.
    NoEffect {
        /// The field.
        field: &'static str,
        /// Why it does nothing.
        because: &'static str,
    },
    /// A path has a `*` in it, which is a character like any other.
    PathWildcard {
        /// The path.
        path: String,
        /// The prefix that was most likely meant.
        meant: String,
    },
    /// An earlier route has the same host and path.
    RouteUnreachable {
        /// The JSON Pointer of the earlier route.
        by: String,
    },
    /// No route and no default names a policy.
    PolicyUnused {
        /// Its name.
        name: String,
    },
}

/// What a policy does only when it is named in `dangerouslyAllow`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Danger {
    /// Every origin, or every origin of a scheme, with credentials.
    AnyOriginWithCredentials,
    /// `http://` origins with credentials.
    InsecureOrigins,
    /// Every name under a public suffix, such as `https://*.github.io`, with credentials.
    PublicSuffixSubdomains,
    /// The opaque origin `null`.
    NullOrigin,
    /// Patterns that are regular expressions.
    RegexOrigins,
}

impl Danger {
    /// Every danger, in the order of the documentation.
    pub const ALL: [Self; 5] = [
        Self::AnyOriginWithCredentials,
        Self::InsecureOrigins,
        Self::PublicSuffixSubdomains,
        Self::NullOrigin,
        Self::RegexOrigins,
    ];

    /// The names of [`Danger::ALL`], as `dangerouslyAllow` spells them.
    pub const NAMES: &'static [&'static str] = Self::CODES;

    /// Its name in `dangerouslyAllow`, which is also the code of the error.
    pub fn name(self) -> &'static str {
        self.code_in_table()
    }
}

/// The codes of a type's variants: `code_in_table` and the list of all codes from one table, so
/// that no code can be missing from the list.
macro_rules! codes {
    ($type:ident: $($variant:pat => $code:literal),+ $(; $($nested:pat => $its_code:expr),+)?) => {
        impl $type {
            const CODES: &'static [&'static str] = &[$($code),+];

            fn code_in_table(&self) -> &'static str {
                match self {
                    $($variant => $code,)+
                    $($($nested => $its_code,)+)?
                }
            }
        }
    };
}

impl ProblemKind {
    /// The stable name of the kind of problem.
    pub fn code(&self) -> &'static str {
        self.code_in_table()
    }

    /// Every code that a problem can have, with its severity.
    pub fn codes() -> impl Iterator<Item = (&'static str, Severity)> {
        let errors = [Self::CODES, PatternError::CODES, Danger::CODES].into_iter().flatten();
        let warnings = WarningAbout::CODES.iter();
        errors.map(|code| (*code, Severity::Error)).chain(warnings.map(|code| (*code, Severity::Warning)))
    }

    /// Whether a configuration with this problem can be used.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Warning(_) => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

codes! {
    ProblemKind:
    Self::Syntax { .. } => "json-syntax",
    Self::EmptyDocument => "empty-document",
    Self::WrongType { .. } => "wrong-type",
    Self::UnknownField { .. } => "unknown-field",
    Self::DuplicateField { .. } => "duplicate-field",
    Self::MissingField { .. } => "missing-field",
    Self::UnknownValue { .. } | Self::UnknownNumber { .. } => "unknown-value",
    Self::OutOfRange { .. } => "out-of-range",
    Self::InvalidDuration { .. } => "invalid-duration",
    Self::InvalidRegex { .. } => "invalid-regex",
    Self::TooManyRegexes { .. } => "too-many-regexes",
    Self::AnyOriginMixed => "any-origin-mixed",
    Self::InvalidMethod { .. } => "invalid-method",
    Self::ForbiddenMethod { .. } => "forbidden-method",
    Self::InvalidHeaderName { .. } => "invalid-header-name",
    Self::ForbiddenRequestHeader { .. } => "forbidden-request-header",
    Self::ForbiddenResponseHeader { .. } => "forbidden-response-header",
    Self::ExposeAnyWithCredentials => "expose-any-with-credentials",
    Self::InvalidPolicyName { .. } => "invalid-policy-name",
    Self::UnknownPolicy { .. } => "unknown-policy",
    Self::InvalidRouteHost { .. } => "invalid-route-host",
    Self::InvalidRoutePath { .. } => "invalid-route-path";
    Self::InvalidOrigin { error, .. } => error.code_in_table(),
    Self::Dangerous { danger, .. } => danger.name(),
    Self::Warning(about) => about.code_in_table()
}

codes! {
    PatternError:
    Self::Empty => "origin-empty",
    Self::WhiteSpace => "origin-white-space",
    Self::MissingScheme => "origin-missing-scheme",
    Self::InvalidScheme => "origin-invalid-scheme",
    Self::UpperCase => "origin-upper-case",
    Self::Unicode => "origin-unicode",
    Self::Path => "origin-path",
    Self::Userinfo => "origin-userinfo",
    Self::DefaultPort => "origin-default-port",
    Self::InvalidPort => "origin-invalid-port",
    Self::TrailingDot => "origin-trailing-dot",
    Self::InvalidHost => "origin-invalid-host",
    Self::MisplacedWildcard => "origin-misplaced-wildcard",
    Self::InvalidPlaceholder => "origin-invalid-placeholder"
}

codes! {
    Danger:
    Self::AnyOriginWithCredentials => "any-origin-with-credentials",
    Self::InsecureOrigins => "insecure-origins",
    Self::PublicSuffixSubdomains => "public-suffix-subdomains",
    Self::NullOrigin => "null-origin",
    Self::RegexOrigins => "regex-origins"
}

codes! {
    WarningAbout:
    Self::OriginCovered { .. } => "origin-covered",
    Self::NoOrigins => "no-origins",
    Self::MethodAlwaysAllowed { .. } => "method-always-allowed",
    Self::MethodCase { .. } => "method-case",
    Self::Redundant { .. } => "redundant",
    Self::HeaderSafelisted { .. } => "header-safelisted",
    Self::MaxAgeCapped { .. } => "max-age-capped",
    Self::DangerUnused { .. } => "danger-unused",
    Self::NoEffect { .. } => "no-effect",
    Self::PathWildcard { .. } => "path-wildcard",
    Self::RouteUnreachable { .. } => "route-unreachable",
    Self::PolicyUnused { .. } => "policy-unused"
}
