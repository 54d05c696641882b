//! The parts of a HAR file that have to do with CORS. Nothing else is kept, least of all secrets.

use std::fmt;
use std::marker::PhantomData;

use edge_cors::browser::Url;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

/// The most elements of a list that are kept.
const MAX_LIST: usize = 300;
/// The most bytes of a value that are kept.
const MAX_VALUE: usize = 2048;

/// The headers whose values are kept: none of them is a secret.
const KEPT: [&str; 23] = [
    "accept",
    "accept-language",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-request-headers",
    "access-control-request-method",
    "age",
    "cf-cache-status",
    "cf-ray",
    "content-language",
    "content-type",
    "origin",
    "range",
    "sec-fetch-mode",
    "server",
    "vary",
    "x-cache",
    "x-envoy-upstream-service-time",
    "x-powered-by",
];

/// A request and its response.
#[derive(Deserialize)]
pub(super) struct Entry {
    pub(super) request: Request,
    #[serde(default)]
    pub(super) response: Response,
    /// The kind of resource, in Chromium's files.
    #[serde(rename = "_resourceType")]
    pub(super) resource_type: Option<String>,
    pub(super) pageref: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    #[serde(default, deserialize_with = "capped")]
    pub(super) headers: Vec<Header>,
    #[serde(default, deserialize_with = "capped")]
    pub(super) cookies: Vec<IgnoredAny>,
}

#[derive(Default, Deserialize)]
pub(super) struct Response {
    /// 0 if the browser shows none. Some files have -1.
    #[serde(default)]
    status: Option<f64>,
    #[serde(default, deserialize_with = "capped")]
    pub(super) headers: Vec<Header>,
    /// Why there is no response: `net::ERR_FAILED` in Chromium, the message of the console in Safari.
    #[serde(rename = "_error")]
    pub(super) error: Option<String>,
    #[serde(rename = "redirectURL")]
    redirect: Option<String>,
}

/// A header: its name in lower case and, if it is one of [`KEPT`], its value.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) value: String,
}

/// A page, by whose title Chromium tells its URL.
#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) id: Option<String>,
    pub(super) title: Option<String>,
}

/// Who has written the file.
#[derive(Deserialize)]
pub(super) struct Creator {
    #[serde(default)]
    pub(super) name: String,
}

impl Response {
    pub(super) fn status(&self) -> Option<u16> {
        // Whatever is no status becomes 0.
        self.status.map(|status| status as u16).filter(|status| (100..1000).contains(status))
    }

    /// Where it redirects to, as far as browsers save it.
    pub(super) fn location(&self) -> Option<&str> {
        self.redirect.as_deref().filter(|location| !location.is_empty())
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Whole {
            #[serde(default)]
            name: String,
            #[serde(default)]
            value: String,
        }
        let Whole { mut name, value } = Whole::deserialize(deserializer)?;
        name.make_ascii_lowercase();
        name.truncate(name.floor_char_boundary(100));
        let mut value = match name.as_str() {
            // Its path and query may be secrets.
            "referer" => Url::parse(&value).map(|url| url.origin().ascii_serialization()).unwrap_or_default(),
            name if KEPT.contains(&name) => value,
            _ => String::new(),
        };
        value.truncate(value.floor_char_boundary(MAX_VALUE));
        Ok(Self { name, value })
    }
}

/// The first elements of a list; `null` counts as an empty one.
pub(super) fn capped<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct Capped<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Capped<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_unit<E>(self) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while list.len() < MAX_LIST {
                match sequence.next_element()? {
                    Some(element) => list.push(element),
                    None => return Ok(list),
                }
            }
            while sequence.next_element::<IgnoredAny>()?.is_some() {}
            Ok(list)
        }
    }
    deserializer.deserialize_any(Capped(PhantomData))
}
