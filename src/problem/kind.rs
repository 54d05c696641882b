//! The kinds of problems, their codes and their severities.

use super::Severity;
use crate::danger::Danger;
use crate::origin::pattern_error::PatternError;

/// What is wrong, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The text is not valid JSON.
    Syntax {
        /// What is wrong, without the position.
        reason: String,
        /// What to do.
        fix: &'static str,
    },
    /// The document is empty.
    EmptyDocument,
    /// There are more of something than a configuration may have.
    TooMany {
        /// What there are too many of, in the plural.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// A value has the wrong JSON type for its field.
    WrongType {
        /// The type of the field, with its article.
        expected: &'static str,
        /// The type of the value, with its article.
        found: &'static str,
        /// What was most likely meant, as JSON.
        meant: Option<String>,
    },
    /// An object has a field that does not exist.
    UnknownField {
        /// Its name.
        field: String,
        /// The fields that the object can have.
        known: &'static [&'static str],
    },
    /// An object has the same field twice.
    DuplicateField {
        /// Its name.
        field: String,
    },
    /// An object lacks a required field.
    MissingField {
        /// Its name.
        field: &'static str,
        /// A value for it that works when it is pasted.
        example: &'static str,
    },
    /// A string is not one of the values of its field.
    UnknownValue {
        /// The string.
        value: String,
        /// The values of the field.
        known: &'static [&'static str],
    },
    /// A number is not one of the values of its field.
    UnknownNumber {
        /// The values of the field.
        known: &'static [u64],
    },
    /// A number is out of its field's range.
    OutOfRange {
        /// The least permitted value.
        least: u64,
        /// The greatest permitted value.
        most: u64,
        /// What the number counts.
        unit: &'static str,
    },
    /// A string is not a duration.
    InvalidDuration {
        /// The string.
        text: String,
    },
    /// A string is not an origin pattern.
    InvalidOrigin {
        /// The string.
        text: String,
        /// Why.
        error: PatternError,
        /// The patterns that were most likely meant; none if that is not clear.
        meant: Vec<String>,
    },
    /// A string is not a regular expression that can be used.
    InvalidRegex {
        /// The expression.
        regex: String,
        /// Why.
        reason: String,
    },
    /// A policy has too many regular expressions: each costs time in a request.
    TooManyRegexes {
        /// The most that it may have.
        most: usize,
    },
    /// `*` is in a list with other origins.
    AnyOriginMixed,
    /// A policy does something dangerous that `dangerouslyAllow` does not name.
    Dangerous {
        /// Which danger it is.
        danger: Danger,
        /// The pattern that is dangerous.
        origin: String,
        /// An origin of a stranger that the pattern matches, where it is not plain to see.
        such_as: Option<String>,
    },
    /// A string is not a method.
    InvalidMethod {
        /// The string.
        method: String,
    },
    /// A method that browsers forbid to pages.
    ForbiddenMethod {
        /// The method.
        method: String,
    },
    /// A string is not a header name.
    InvalidHeaderName {
        /// The string.
        name: String,
    },
    /// A request header that browsers do not let pages set.
    ForbiddenRequestHeader {
        /// Its name.
        name: String,
    },
    /// A response header that browsers do not let pages read.
    ForbiddenResponseHeader {
        /// Its name.
        name: String,
    },
    /// `exposeHeaders: ["*"]` with credentials, where `*` is only a header name.
    ExposeAnyWithCredentials,
    /// A name that a policy cannot have.
    InvalidPolicyName {
        /// The name.
        name: String,
    },
    /// A list of policy names without a member.
    EmptyPolicyList,
    /// A reference to a policy that does not exist.
    UnknownPolicy {
        /// The name.
        name: String,
        /// The policies that exist.
        nearest: Option<String>,
        /// How many policies there are.
        policies: usize,
    },
    /// A string is not a host pattern for a route.
    InvalidRouteHost {
        /// The string.
        host: String,
        /// What was most likely meant.
        meant: Option<String>,
    },
    /// A string is not a path for a route.
    InvalidRoutePath {
        /// The string.
        path: String,
    },
    /// The path of a route is too long.
    RoutePathTooLong {
        /// The most bytes that it may have.
        most: usize,
    },
    /// Two routes have the same host, and paths that are the same, or that some servers take for
    /// the same, but not the same policy.
    RouteConflict {
        /// The JSON Pointer of the earlier route.
        by: String,
    },
    /// The configuration can be used, but part of it does not do what it appears to do.
    Warning(WarningAbout),
}

/// What a warning is about.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarningAbout {
    /// Another pattern already matches the origins of this one.
    OriginCovered {
        /// The pattern that is not needed.
        origin: String,
        /// The pattern that matches its origins too.
        by: String,
    },
    /// A policy allows no origins.
    NoOrigins,
    /// A method is allowed whether it is listed or not.
    MethodAlwaysAllowed {
        /// The method.
        method: String,
    },
    /// A method is in lower case, and so does not match the requests that were most likely meant.
    MethodCase {
        /// The method.
        method: String,
        /// The method that was most likely meant.
        meant: String,
    },
    /// A list contains an entry twice, or an entry that `*` already covers.
    Redundant {
        /// The entry that is not needed.
        member: String,
        /// The entry that makes it unnecessary.
        by: String,
    },
    /// A header is CORS-safelisted.
    HeaderSafelisted {
        /// Its name.
        name: String,
        /// Whether it is a response header.
        response: bool,
    },
    /// `maxAge` is above the limit of a browser.
    MaxAgeCapped {
        /// Seconds.
        seconds: u64,
    },
    /// `dangerouslyAllow` names a danger that the policy does not need.
    DangerUnused {
        /// The danger.
        danger: Danger,
    },
    /// A field has no effect because of another field.
    NoEffect {
        /// The field.
        field: &'static str,
        /// Why it has no effect.
        because: &'static str,
    },
    /// Pages may use credentials, and the origin server decides which pages.
    TrustsOriginServer,
    /// A path contains a `*`, which is an ordinary character there.
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
    /// A policy in a list never decides, because an earlier one allows every origin.
    PolicyUnreachable {
        /// Its name.
        name: String,
        /// The name of the earlier policy.
        by: String,
    },
    /// Neither a route nor `default` names a policy.
    PolicyUnused {
        /// Its name.
        name: String,
    },
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
        let errors = [Self::CODES, PatternError::CODES, Danger::NAMES].into_iter().flatten();
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
    Self::TooMany { .. } => "too-many",
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
    Self::EmptyPolicyList => "empty-policy-list",
    Self::UnknownPolicy { .. } => "unknown-policy",
    Self::InvalidRouteHost { .. } => "invalid-route-host",
    Self::InvalidRoutePath { .. } => "invalid-route-path",
    Self::RoutePathTooLong { .. } => "route-path-too-long",
    Self::RouteConflict { .. } => "route-conflict";
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
    Self::NeverSent => "origin-never-sent",
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
    Self::TrustsOriginServer => "trusts-origin-server",
    Self::PathWildcard { .. } => "path-wildcard",
    Self::RouteUnreachable { .. } => "route-unreachable",
    Self::PolicyUnreachable { .. } => "policy-unreachable",
    Self::PolicyUnused { .. } => "policy-unused"
}
