//! Why a string is not an origin pattern.

/// Why a string is not an origin pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatternError {
    /// The string is empty.
    Empty,
    /// White space or a control character.
    WhiteSpace,
    /// No `://`.
    MissingScheme,
    /// The part before `://` is not a scheme.
    InvalidScheme,
    /// Upper-case letters, which browsers never send in the scheme of an origin, nor in a domain.
    UpperCase,
    /// A scheme that no origin has: pages that open a `wss` connection are `https` pages, and
    /// those of `file` or `data` have the origin `null`.
    NeverSent,
    /// Characters outside ASCII, which browsers send as punycode.
    Unicode,
    /// A slash, a path, a query or a fragment.
    Path,
    /// A user name or password.
    Userinfo,
    /// The scheme's default port, which browsers never send.
    DefaultPort,
    /// A port that is neither a number from 1 to 65535 nor `*`.
    InvalidPort,
    /// A dot after the last label.
    TrailingDot,
    /// A host that a URL cannot have.
    InvalidHost,
    /// A `*` that is neither the whole host nor its first label.
    MisplacedWildcard,
    /// Braces without one of the four placeholders, or a placeholder in the last label.
    InvalidPlaceholder,
}

impl std::error::Error for PatternError {}
