//! What is wrong with a server's policy: the kinds of findings, their codes and their severities.

use std::fmt;

use super::relation::Relation;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// Worth knowing.
    Low,
    /// Pages fail, or strangers get in under some conditions.
    Medium,
    /// Strangers can read what only the visitor should see.
    High,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

/// A response whose `Vary` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// An origin that is allowed.
    Allowed,
    /// An origin that is not.
    Denied,
    /// A request without `Origin`.
    NotCors,
}

/// What is wrong, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// `Access-Control-Allow-Origin: *`
    AnyOrigin,
    /// The server sends back whatever origin it gets.
    OriginReflected { credentials: bool },
    /// `*` together with `Access-Control-Allow-Credentials: true`.
    WildcardWithCredentials,
    /// `null` is allowed.
    NullOrigin { credentials: bool },
    /// The comparison of origins is sloppy, and lets these in.
    Sloppy { how: Sloppy, origins: Vec<String>, credentials: bool },
    /// Every subdomain of a host is allowed.
    AnySubdomain { origins: Vec<String>, credentials: bool },
    /// `http` origins are allowed to read what is served over `https`.
    InsecureOrigin { origins: Vec<String>, credentials: bool },
    /// Every port of a host is allowed.
    AnyPort { origins: Vec<String>, credentials: bool },
    /// Sites where anybody can run scripts are allowed.
    PublicSite { origins: Vec<String>, credentials: bool },
    /// Pages on the visitor's own machine are allowed.
    LocalOrigin { origins: Vec<String>, credentials: bool },
    /// Whoever asks, the response names this site of somebody else.
    ThirdParty { origin: String },
    /// The value of `Access-Control-Allow-Origin` is not one that browsers accept.
    InvalidAllowOrigin { value: String },
    /// `Access-Control-Allow-Credentials` is not `true`: browsers ignore it.
    InvalidAllowCredentials { value: String },
    /// A list of methods or names that browsers refuse as a whole.
    InvalidList { name: &'static str, value: String, member: String },
    /// A header is sent more than once.
    DuplicateHeader { name: &'static str, value: String },
    /// Responses differ by origin, and those to these requests do not say so.
    MissingVary { on: Vec<To> },
    /// Preflights need credentials, which browsers never send with them.
    PreflightAuthentication { status: u16 },
    /// Preflights are redirected.
    PreflightRedirect { status: u16, location: String },
    /// Pages may read, but no preflight passes: this is its status.
    PreflightStatus { status: u16 },
    /// Preflights pass, but the response has no CORS headers.
    ResponseWithoutHeaders { origin: String },
    /// The URL redirects.
    Redirect { status: u16, location: String },
    /// An error page has no CORS headers.
    ErrorWithoutHeaders { status: u16 },
    /// Preflights and responses do not agree about credentials.
    CredentialsDiffer { preflight: bool },
    /// `Access-Control-Allow-Headers: *`
    WildcardHeaders,
    /// A refused preflight tells what is allowed.
    RefusedPreflightLeaks { names: Vec<&'static str> },
}

/// How a comparison of origins is sloppy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sloppy {
    /// It looks at the start only.
    Prefix,
    /// It looks at the end only.
    Suffix,
    /// It looks for one in the other.
    Part,
    /// A dot in a regular expression stands for every character.
    Dot,
    /// A character that hosts do not have ends the host.
    Character,
}

impl Sloppy {
    pub(super) fn of(relation: Relation) -> Option<Self> {
        match relation {
            Relation::Appended => Some(Self::Prefix),
            Relation::Prepended => Some(Self::Suffix),
            Relation::Part => Some(Self::Part),
            Relation::Dot => Some(Self::Dot),
            Relation::Special(_) => Some(Self::Character),
            _ => None,
        }
    }
}

/// The code of each variant, and the list of all codes, from one table.
macro_rules! codes {
    ($($variant:pat => $code:literal),+ $(,)?) => {
        /// Every code that a finding can have.
        pub(super) const CODES: &[&str] = &[$($code),+];

        impl Finding {
            /// Its stable name.
            pub(super) fn code(&self) -> &'static str {
                match self {
                    $($variant => $code,)+
                }
            }
        }
    };
}

codes! {
    Finding::AnyOrigin => "any-origin",
    Finding::OriginReflected { .. } => "origin-reflected",
    Finding::WildcardWithCredentials => "wildcard-with-credentials",
    Finding::NullOrigin { .. } => "null-origin",
    Finding::Sloppy { how: Sloppy::Prefix, .. } => "prefix-match",
    Finding::Sloppy { how: Sloppy::Suffix, .. } => "suffix-match",
    Finding::Sloppy { how: Sloppy::Part, .. } => "part-match",
    Finding::Sloppy { how: Sloppy::Dot, .. } => "unescaped-dot",
    Finding::Sloppy { how: Sloppy::Character, .. } => "special-character",
    Finding::AnySubdomain { .. } => "any-subdomain",
    Finding::InsecureOrigin { .. } => "insecure-origin",
    Finding::AnyPort { .. } => "any-port",
    Finding::PublicSite { .. } => "public-site",
    Finding::LocalOrigin { .. } => "local-origin",
    Finding::ThirdParty { .. } => "third-party",
    Finding::InvalidAllowOrigin { .. } => "invalid-allow-origin",
    Finding::InvalidAllowCredentials { .. } => "invalid-allow-credentials",
    Finding::InvalidList { .. } => "invalid-list",
    Finding::DuplicateHeader { .. } => "duplicate-header",
    Finding::MissingVary { .. } => "missing-vary",
    Finding::PreflightAuthentication { .. } => "preflight-authentication",
    Finding::PreflightRedirect { .. } => "preflight-redirect",
    Finding::PreflightStatus { .. } => "preflight-status",
    Finding::ResponseWithoutHeaders { .. } => "response-without-headers",
    Finding::Redirect { .. } => "redirect",
    Finding::ErrorWithoutHeaders { .. } => "error-without-headers",
    Finding::CredentialsDiffer { .. } => "credentials-differ",
    Finding::WildcardHeaders => "wildcard-headers",
    Finding::RefusedPreflightLeaks { .. } => "refused-preflight-leaks",
}

impl Finding {
    /// How much it matters: what is private needs credentials.
    pub(super) fn severity(&self) -> Severity {
        let with = |credentials: bool, severe: Severity, mild: Severity| if credentials { severe } else { mild };
        match self {
            Self::OriginReflected { credentials } => with(*credentials, Severity::High, Severity::Low),
            Self::NullOrigin { credentials }
            | Self::Sloppy { credentials, .. }
            | Self::PublicSite { credentials, .. } => with(*credentials, Severity::High, Severity::Medium),
            Self::AnySubdomain { credentials, .. }
            | Self::InsecureOrigin { credentials, .. }
            | Self::AnyPort { credentials, .. }
            | Self::LocalOrigin { credentials, .. } => with(*credentials, Severity::Medium, Severity::Low),
            Self::WildcardWithCredentials
            | Self::InvalidAllowOrigin { .. }
            | Self::InvalidAllowCredentials { .. }
            | Self::InvalidList { .. }
            | Self::DuplicateHeader { .. }
            | Self::MissingVary { .. }
            | Self::PreflightAuthentication { .. }
            | Self::PreflightRedirect { .. }
            | Self::PreflightStatus { .. }
            | Self::ResponseWithoutHeaders { .. }
            | Self::ErrorWithoutHeaders { .. }
            | Self::CredentialsDiffer { .. } => Severity::Medium,
            Self::AnyOrigin
            | Self::ThirdParty { .. }
            | Self::Redirect { .. }
            | Self::WildcardHeaders
            | Self::RefusedPreflightLeaks { .. } => Severity::Low,
        }
    }

    /// The origins by which it was found, if it is about origins.
    pub(super) fn origins(&self) -> &[String] {
        match self {
            Self::Sloppy { origins, .. }
            | Self::AnySubdomain { origins, .. }
            | Self::InsecureOrigin { origins, .. }
            | Self::AnyPort { origins, .. }
            | Self::PublicSite { origins, .. }
            | Self::LocalOrigin { origins, .. } => origins,
            Self::ThirdParty { origin } | Self::ResponseWithoutHeaders { origin } => std::slice::from_ref(origin),
            _ => &[],
        }
    }
}
