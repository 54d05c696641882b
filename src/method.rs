//! Request methods.

/// The [CORS-safelisted methods](https://fetch.spec.whatwg.org/#cors-safelisted-method):
/// always allowed, even if they are not listed.
pub const SAFELISTED: [&str; 3] = ["GET", "HEAD", "POST"];

/// The [forbidden methods](https://fetch.spec.whatwg.org/#forbidden-method): pages cannot use
/// them, so no policy can list them and no wildcard covers them.
const FORBIDDEN: [&str; 3] = ["CONNECT", "TRACE", "TRACK"];

/// The methods that Fetch [normalises](https://fetch.spec.whatwg.org/#concept-method-normalize):
/// browsers send them in upper case, whatever case the page uses.
const NORMALISED: [&str; 6] = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];

/// Whether `name` is a [method](https://fetch.spec.whatwg.org/#concept-method): one token of
/// RFC 9110, section 5.6.2.
pub(crate) fn is_method(name: &[u8]) -> bool {
    crate::header::is_token(name)
}

/// Whether `name` is a forbidden method, in any case.
pub(crate) fn is_forbidden(name: &str) -> bool {
    FORBIDDEN.iter().any(|forbidden| forbidden.eq_ignore_ascii_case(name))
}

/// The method that browsers send if a page writes `name`; `None` if they send `name` itself.
///
/// `patch` is not normalised: browsers send it as the page wrote it, although `PATCH` was meant.
pub(crate) fn normalised(name: &str) -> Option<&'static str> {
    let sent = NORMALISED.iter().find(|sent| sent.eq_ignore_ascii_case(name));
    sent.copied().filter(|sent| *sent != name)
}

/// The methods that a policy allows besides the safelisted ones.
#[derive(Debug, Default)]
pub(crate) struct MethodSet {
    /// `*`
    any: bool,
    listed: Vec<String>,
    /// The list in the configured order, as a header's value. `None` for `*`, which is never sent.
    joined: Option<String>,
}

impl MethodSet {
    /// Compiles a list of methods, or `*`. None of them may be forbidden.
    pub(crate) fn new(names: Vec<String>) -> Self {
        let any = names.iter().any(|name| name == "*");
        let joined = (!any && !names.is_empty()).then(|| names.join(", "));
        Self { any, listed: names, joined }
    }

    pub(crate) fn any(&self) -> bool {
        self.any
    }

    /// The value of `Access-Control-Allow-Methods`, if it does not depend on the request.
    pub(crate) fn joined(&self) -> Option<&str> {
        self.joined.as_deref()
    }

    /// Whether a request with this method is allowed. Case matters.
    pub(crate) fn allows(&self, name: &str) -> bool {
        if self.any {
            // A method named `*` is legal but unused, and would mean the wildcard if it were echoed.
            return name != "*" && !is_forbidden(name);
        }
        SAFELISTED.contains(&name) || self.listed.iter().any(|l| l == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> MethodSet {
        MethodSet::new(names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn safelisted_methods_need_no_listing() {
        for name in SAFELISTED {
            assert!(set(&[]).allows(name));
        }
        assert!(!set(&[]).allows("PUT"));
        assert_eq!(set(&[]).joined(), None);
    }

    #[test]
    fn methods_compare_byte_for_byte() {
        let set = set(&["PATCH", "QUERY"]);
        assert!(set.allows("PATCH") && set.allows("QUERY"));
        assert!(!set.allows("patch") && !set.allows("get") && !set.allows("PATC"));
        assert_eq!(set.joined(), Some("PATCH, QUERY"));
    }

    #[test]
    fn the_wildcard_covers_everything_but_forbidden_methods() {
        let set = set(&["*"]);
        assert!(set.allows("PUT") && set.allows("patch") && set.allows("X-ANY"));
        assert!(!set.allows("*") && !set.allows("TRACE") && !set.allows("connect") && !set.allows("Track"));
        assert_eq!(set.joined(), None);
    }

    #[test]
    fn normalisation_is_that_of_fetch() {
        assert_eq!(normalised("delete"), Some("DELETE"));
        assert_eq!(normalised("DELETE"), None);
        assert_eq!(normalised("patch"), None);
    }
}
