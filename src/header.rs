//! Header names: those of the CORS protocol, and those in the lists of the Fetch standard.

pub(crate) mod requested;
pub(crate) mod set;

pub(crate) const ORIGIN: &str = "origin";
pub(crate) const UPGRADE: &str = "upgrade";
/// [Fetch Metadata](https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header): how the
/// page's origin relates to the request's. No page can set it.
pub(crate) const FETCH_SITE: &str = "sec-fetch-site";
pub(crate) const VARY: &str = "vary";

pub(crate) const REQUEST_METHOD: &str = "access-control-request-method";
pub(crate) const REQUEST_HEADERS: &str = "access-control-request-headers";
pub(crate) const REQUEST_PRIVATE_NETWORK: &str = "access-control-request-private-network";

pub(crate) const ALLOW_ORIGIN: &str = "access-control-allow-origin";
pub(crate) const ALLOW_CREDENTIALS: &str = "access-control-allow-credentials";
pub(crate) const ALLOW_METHODS: &str = "access-control-allow-methods";
pub(crate) const ALLOW_HEADERS: &str = "access-control-allow-headers";
pub(crate) const EXPOSE_HEADERS: &str = "access-control-expose-headers";
pub(crate) const MAX_AGE: &str = "access-control-max-age";
pub(crate) const ALLOW_PRIVATE_NETWORK: &str = "access-control-allow-private-network";
pub(crate) const TIMING_ALLOW_ORIGIN: &str = "timing-allow-origin";
pub(crate) const CROSS_ORIGIN_RESOURCE_POLICY: &str = "cross-origin-resource-policy";
/// The reason of the verdict, from a policy with `debug`.
pub(crate) const REASON: &str = "edge-cors-reason";

/// The only [CORS non-wildcard request-header name]: `*` never covers it.
///
/// [CORS non-wildcard request-header name]: https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
pub(crate) const AUTHORIZATION: &str = "authorization";

/// The request header without which a decision looks at no other, and the request is forwarded without a line in
/// the log.
pub const READ_FIRST: &str = ORIGIN;

/// The names of the request headers that decisions look at, [`READ_FIRST`] among them.
pub const READ_FROM_REQUESTS: &[&str] =
    &[ORIGIN, UPGRADE, FETCH_SITE, REQUEST_METHOD, REQUEST_HEADERS, REQUEST_PRIVATE_NETWORK];

/// The names of the response headers that decorations look at.
pub const READ_FROM_RESPONSES: &[&str] = &[
    ALLOW_ORIGIN,
    ALLOW_CREDENTIALS,
    EXPOSE_HEADERS,
    ALLOW_METHODS,
    ALLOW_HEADERS,
    MAX_AGE,
    ALLOW_PRIVATE_NETWORK,
    TIMING_ALLOW_ORIGIN,
    VARY,
];

/// The names of the response headers that policies set or remove. No other header of a response is ever
/// changed.
pub const GOVERNED_IN_RESPONSES: &[&str] = &[
    ALLOW_ORIGIN,
    ALLOW_CREDENTIALS,
    EXPOSE_HEADERS,
    ALLOW_METHODS,
    ALLOW_HEADERS,
    MAX_AGE,
    ALLOW_PRIVATE_NETWORK,
    TIMING_ALLOW_ORIGIN,
    CROSS_ORIGIN_RESOURCE_POLICY,
    VARY,
    REASON,
];

/// [Forbidden request-header names](https://fetch.spec.whatwg.org/#forbidden-request-header):
/// pages cannot set them, so preflights never name them.
const FORBIDDEN_REQUEST: [&str; 22] = [
    "accept-charset",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Names that start with one of these are forbidden too.
const FORBIDDEN_REQUEST_PREFIXES: [&str; 2] = ["proxy-", "sec-"];

/// Request headers that are safelisted for almost every value: only its length and bytes matter.
/// `content-type` and `range` are not among them, because preflights often name them.
const SAFELISTED_REQUEST: [&str; 3] = ["accept", "accept-language", "content-language"];

/// [CORS-safelisted response-header names](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name):
/// pages can read them even if they are not exposed.
const SAFELISTED_RESPONSE: [&str; 7] =
    ["cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"];

/// [Forbidden response-header names](https://fetch.spec.whatwg.org/#forbidden-response-header-name):
/// pages cannot read them even if they are exposed.
const FORBIDDEN_RESPONSE: [&str; 2] = ["set-cookie", "set-cookie2"];

/// Whether `name` is a token: RFC 9110, section 5.6.2.
pub(crate) fn is_token(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|b| is_token_byte(*b))
}

pub(crate) fn is_token_byte(byte: u8) -> bool {
    is_list_byte(byte) & (byte != b',')
}

/// Whether a byte occurs in lists of tokens without white space: in a token, or as the comma between two.
///
/// Without a branch, so that the compiler can look at many bytes at a time: clients send long lists.
pub(crate) fn is_list_byte(byte: u8) -> bool {
    let within = |first: u8, last: u8| byte.wrapping_sub(first) <= last - first;
    let letter_or_digit = within(b'0', b'9') | within(b'A', b'Z') | within(b'^', b'z');
    let sign = within(b'#', b'\'') | within(b'*', b'.');
    letter_or_digit | sign | (byte == b'!') | (byte == b'|') | (byte == b'~')
}

pub(crate) fn is_forbidden_request(lower: &str) -> bool {
    FORBIDDEN_REQUEST.contains(&lower) || FORBIDDEN_REQUEST_PREFIXES.iter().any(|p| lower.starts_with(p))
}

pub(crate) fn is_safelisted_request(lower: &str) -> bool {
    SAFELISTED_REQUEST.contains(&lower)
}

pub(crate) fn is_safelisted_response(lower: &str) -> bool {
    SAFELISTED_RESPONSE.contains(&lower)
}

pub(crate) fn is_forbidden_response(lower: &str) -> bool {
    FORBIDDEN_RESPONSE.contains(&lower)
}

/// The members of a list field: separated by commas, without the optional white space around them,
/// and without empty members (RFC 9110, section 5.6.1).
pub(crate) fn list_members(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let members = value.split(|b| *b == b',').map(trim_white_space);
    members.filter(|member| !member.is_empty())
}

/// Removes spaces and tabs at both ends: RFC 9110's optional white space.
pub(crate) fn trim_white_space(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens() {
        for token in ["a", "X-Api-Key", "!#$%&'*+-.^_`|~09azAZ"] {
            assert!(is_token(token.as_bytes()), "{token}");
        }
        for other in ["", "a b", "a,b", "a:b", "a\"b", "a\tb", "ä", "a\0"] {
            assert!(!is_token(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn bytes_of_tokens() {
        let signs: String = (0..=u8::MAX).filter(|byte| is_token_byte(*byte)).map(char::from).collect();
        assert_eq!(signs, "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~");
        assert!(is_list_byte(b',') && !is_list_byte(b' '));
    }

    #[test]
    fn list_members_without_white_space_or_empties() {
        let members: Vec<&[u8]> = list_members(b" ,a,\tb , ,c d,").collect();
        assert_eq!(members, [b"a".as_slice(), b"b", b"c d"]);
    }
}
