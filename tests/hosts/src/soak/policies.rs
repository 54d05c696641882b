//! The configurations that come and go. Each good one has a number, which its responses show.

use std::fmt::Write;

use edge_cors::PolicySet;

/// Allowed by every good configuration.
pub const APP: &str = "https://app.example.com";

/// Those that configurations with an even and with an odd number allow too.
const BY_NUMBER: [&str; 2] = ["https://even.example.com", "https://odd.example.com"];

/// What clients send.
pub const ORIGINS: [&str; 6] =
    [APP, BY_NUMBER[0], BY_NUMBER[1], "https://stranger.example", "https://app.example.com/", "http://api.example.com"];

/// What a good configuration has besides what requests meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Nothing.
    Small,
    /// As many origins as a configuration can have.
    Origins,
    /// As many origins as a Worker has memory for, whatever their names.
    WorkerOrigins,
    /// As many routes and policies as a configuration can have.
    Routes,
}

/// The limits in docs/configuration.md.
const MOST_ORIGINS: usize = 100_000;
/// What docs/cloudflare.md says.
const WORKER_ORIGINS: usize = 60_000;
const MOST_ROUTES: usize = 10_000;
const MOST_POLICIES: usize = 1_000;

/// What every good configuration has, of each.
const ORIGIN_PATTERNS: usize = 3;
const ROUTES: usize = 2;
const POLICIES: usize = 2;

/// A good configuration.
pub fn good(number: usize, size: Size) -> String {
    let origins = match size {
        Size::Small | Size::Routes => 0,
        Size::Origins => MOST_ORIGINS - ORIGIN_PATTERNS,
        Size::WorkerOrigins => WORKER_ORIGINS - ORIGIN_PATTERNS,
    };
    let (routes, policies) =
        if size == Size::Routes { (MOST_ROUTES - ROUTES, MOST_POLICIES - POLICIES) } else { (0, 0) };
    configuration(number, origins, routes, policies)
}

/// A good configuration that needs more memory than the engine has where it is short.
pub fn trapping(number: usize) -> String {
    configuration(number, 20_000, 0, 0)
}

/// One with two errors. The number makes every text another one, so that no host remembers it.
pub fn bad(number: usize) -> String {
    format!(r#"{{ "allowOrigins": ["{APP}/{number}"], "maxAge": "soon" }}"#)
}

/// The policies of a good configuration, without what no request meets.
pub fn compiled(number: usize) -> PolicySet {
    PolicySet::from_json(&good(number, Size::Small)).unwrap_or_else(|problems| panic!("{problems}")).0
}

fn configuration(number: usize, origins: usize, routes: usize, policies: usize) -> String {
    let by_number = BY_NUMBER[number % 2];
    let mut text = format!(r#"{{ "policies": {{ "app": {{ "allowOrigins": ["{APP}", "{by_number}""#);
    for origin in 0..origins {
        write!(text, r#", "https://customer-{origin}.example.net""#).unwrap();
    }
    write!(
        text,
        r#"], "allowMethods": ["PUT", "DELETE"], "allowHeaders": ["content-type", "x-a"],
  "exposeHeaders": ["x-version-{number}"], "allowCredentials": true, "maxAge": {number} }},
  "public": {{ "allowOrigins": ["*"], "exposeHeaders": ["x-version-{number}"], "maxAge": {number} }}"#
    )
    .unwrap();
    for policy in 0..policies {
        write!(text, r#", "p{policy}": {{ "allowOrigins": [] }}"#).unwrap();
    }
    text += r#" }, "routes": [{ "path": "/public/", "policy": "public" }, { "path": "/internal/", "policy": null }"#;
    for route in 0..routes {
        write!(text, r#", {{ "path": "/routes/{route}/", "policy": "app" }}"#).unwrap();
    }
    text + r#"], "default": "app" }"#
}
