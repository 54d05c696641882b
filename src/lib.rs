//! **edge-cors**: one CORS policy engine for the edge.
//!
//! The engine decides according to the [CORS protocol] of the Fetch standard. It does no I/O, uses no
//! clock, logs nothing, never panics and, once a configuration is compiled, allocates nothing.
//! Two thin hosts use it: a proxy-wasm HTTP filter for Envoy and Istio, and a Cloudflare Worker.
//!
//! ```
//! use edge_cors::{PolicySet, Reason, RequestHead};
//!
//! let (policies, _warnings) = PolicySet::from_json(
//!     r#"{ "allowOrigins": ["https://*.example.com"], "allowMethods": ["PUT"], "maxAge": 600 }"#,
//! )?;
//!
//! struct Preflight;
//! impl RequestHead for Preflight {
//!     type Value = &'static str;
//!     fn method(&self) -> Option<&'static str> {
//!         Some("OPTIONS")
//!     }
//!     fn scheme(&self) -> Option<&'static str> {
//!         Some("https")
//!     }
//!     fn authority(&self) -> Option<&'static str> {
//!         Some("api.example.com")
//!     }
//!     fn path(&self) -> Option<&'static str> {
//!         Some("/v1/users")
//!     }
//!     fn combined(&self, name: &'static str) -> Option<&'static str> {
//!         match name {
//!             "origin" => Some("https://app.example.com"),
//!             "access-control-request-method" => Some("PUT"),
//!             _ => None,
//!         }
//!     }
//!     fn policy_name(&self) -> Option<&'static str> {
//!         None
//!     }
//! }
//!
//! let exchange = policies.decide(&Preflight);
//! assert_eq!(exchange.verdict().reason(), Reason::Allowed);
//! let answer = exchange.answer().unwrap();
//! assert_eq!(answer.status(), 204);
//! assert!(answer.headers().any(|h| h == ("access-control-allow-origin", "https://app.example.com")));
//! # Ok::<(), edge_cors::ConfigError>(())
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `http` | decisions on the requests of the crate `http`: for axum, tower and hyper |
//! | `browser` | a model of a browser, for tools that explain what a page gets |
//! | `schema` | the JSON Schema of the configuration, and its normal form |
//!
//! None is on by default.
//!
//! # Minimum supported Rust version
//!
//! Rust 1.91. A higher one is a new minor version, never a patch.
//!
//! [CORS protocol]: https://fetch.spec.whatwg.org/#http-cors-protocol

#![cfg_attr(docsrs, feature(doc_cfg))]

// The configuration: from text to policies, with every problem at once.
mod config;
mod danger;
mod policy;
mod policy_set;
mod problem;
mod route;

// The nouns of the standard.
mod header;
mod method;
mod origin;
mod vary;

// One request and its response.
mod exchange;
mod request;
mod response;
mod shadow;
mod verdict;

// The look-ups behind all of it.
mod hash;
mod table;

// What is told about it.
mod counter;
mod fingerprint;
mod record;

// The engine on the types of other crates.
#[cfg(feature = "http")]
pub mod http;

// The other side, for tools.
#[cfg(feature = "browser")]
pub mod browser;
#[cfg(feature = "schema")]
pub use config::schema::{json_schema, normal_form};

/// The date of the built-in [public suffix list](https://publicsuffix.org).
pub const PUBLIC_SUFFIX_LIST_DATE: &str = env!("PUBLIC_SUFFIX_LIST_DATE");

pub use config::{
    DisallowedRequests, Mode, RefusedPreflights, ResourcePolicy, UnmatchedPreflights, UpstreamHeaders, WebSockets,
    WhenInvalid,
};
pub use counter::COUNTER_PREFIX;
pub use danger::Danger;
pub use exchange::Exchange;
pub use fingerprint::Fingerprint;
pub use header::{GOVERNED_IN_RESPONSES, READ_FIRST, READ_FROM_REQUESTS, READ_FROM_RESPONSES};
pub use method::SAFELISTED as SAFELISTED_METHODS;
pub use origin::pattern::TuplePattern;
pub use origin::pattern_error::PatternError;
pub use origin::respell::respell;
pub use origin::{Origin, OriginPattern, OriginSet, RegexPattern, TupleOrigin};
pub use policy::Policy;
pub use policy_set::PolicySet;
pub use problem::{ConfigError, Problem, ProblemKind, Severity, WarningAbout, Warnings};
pub use record::{LogLimit, Omitted, Outcome, Record};
pub use request::RequestHead;
pub use response::{Answer, Edit, Edits, ResponseHead};
pub use shadow::Change;
pub use verdict::{OriginVerdict, PreflightVerdict, Reason, RequestClass, Verdict};
