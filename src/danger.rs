//! What a policy may do only if it says so.

/// Defines the dangers, their names and the lists of both in one place.
macro_rules! dangers {
    ($($(#[doc = $docs:literal])* $variant:ident = $name:literal,)+) => {
        /// What a policy may do only if `dangerouslyAllow` names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Danger {
            $($(#[doc = $docs])* $variant,)+
        }

        impl Danger {
            /// Every danger, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The names of [`Danger::ALL`], as `dangerouslyAllow` spells them.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// Its name in `dangerouslyAllow`, which is also the code of the error.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

dangers! {
    /// Every origin, or every origin of `http` or `https`, with credentials.
    AnyOriginWithCredentials = "any-origin-with-credentials",
    /// Every app or extension of a scheme such as `moz-extension`, with credentials.
    AnyAppWithCredentials = "any-app-with-credentials",
    /// `http://` origins with credentials.
    InsecureOrigins = "insecure-origins",
    /// Every name under a public suffix, such as `https://*.github.io`, with credentials.
    PublicSuffixSubdomains = "public-suffix-subdomains",
    /// The opaque origin `null`.
    NullOrigin = "null-origin",
    /// Patterns that are regular expressions.
    RegexOrigins = "regex-origins",
}
