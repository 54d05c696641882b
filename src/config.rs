//! The configuration as it is written: the wire form, read with the place of every value.
//!
//! Of the engine, only this module reads JSON. Its results can still be inconsistent: compiling the
//! policies finds that.

mod duration;
mod limits;
mod read;
#[cfg(feature = "schema")]
pub(crate) mod schema;
mod source;
mod when_invalid;

pub(crate) use duration::{Duration, MAX_AGE};
pub(crate) use read::{At, Read, Reader};
use read::{choices, object};
use source::{Node, SyntaxError};
use when_invalid::WHEN_INVALID;

use crate::danger::Danger;
use crate::origin::respell::respell_list;
use crate::problem::{Place, ProblemKind, Report, closest};

object! {
    /// The whole configuration: named policies, and routes that choose one for each request.
    pub(crate) struct Document {
        /// The policies by name.
        policies: "policies" => Policies, required "{\"app\": {\"allowOrigins\": [\"https://app.example.com\"]}}";
        /// Which requests get which policy; the most specific route wins.
        routes: "routes" => Vec<At<RouteConfig>>;
        /// The policy for requests that no route matches; if it is `null` or absent, they are left alone.
        default: "default" => PolicyNames;
        /// Whether the host's route metadata can name the policy; it takes precedence over `routes`.
        route_metadata: "routeMetadata" => bool;
        /// What a host does about a configuration with an error if there is no valid one in force.
        when_invalid: "whenInvalid" => WhenInvalid;
        /// Whether the access log also has the fingerprint of the configuration that decided.
        access_log_fingerprint: "accessLogFingerprint" => bool;
    }
}

object! {
    /// A route.
    pub(crate) struct RouteConfig {
        /// An exact host, or `*.` and a parent host.
        host: "host" => String;
        /// A path prefix, or `{"exact": …}`.
        path: "path" => PathConfig;
        /// The name of a policy, or `null` to leave the requests alone.
        policy: "policy" => PolicyNames, required "\"app\"";
    }
}

object! {
    /// The long form of a route's path.
    pub(crate) struct ExactPath {
        /// The whole path.
        exact: "exact" => String, required "\"/v1/users\"";
    }
}

object! {
    /// An origin pattern that is a regular expression.
    pub(crate) struct RegexConfig {
        /// The expression. It must match the whole origin, and runs in linear time.
        regex: "regex" => String, required "\"https://pr-[0-9]+\\\\.example\\\\.com\"";
    }
}

object! {
    /// One policy. The names are those of the Gateway API's `cors` filter where it has them.
    pub(crate) struct PolicyConfig {
        /// Origin patterns.
        allow_origins: "allowOrigins" => Vec<At<OriginConfig>>, required "[\"https://app.example.com\"]";
        /// Methods besides GET, HEAD and POST, which are always allowed; or `*`.
        allow_methods: "allowMethods" => Vec<At<String>>, schema { "items": schema::token(), "examples": [["PUT", "PATCH", "DELETE"]] };
        /// Request-header names, or `*`.
        allow_headers: "allowHeaders" => Vec<At<String>>, schema { "items": schema::token(), "examples": [["content-type", "authorization"]] };
        /// Response-header names that pages may read, or `*`.
        expose_headers: "exposeHeaders" => Vec<At<String>>, schema { "items": schema::token(), "examples": [["x-request-id"]] };
        /// Whether pages may send and receive cookies and other credentials.
        allow_credentials: "allowCredentials" => bool;
        /// How long browsers may cache a preflight's answer: seconds, or a string with units.
        max_age: "maxAge" => Duration;
        /// The status of the answer to a granted preflight: 204 or 200.
        preflight_status: "preflightStatus" => u64, schema { "enum": [204, 200], "default": 204 };
        /// Whether the policy is enforced, only reports, or is off.
        mode: "mode" => Mode, schema { "default": "enforce" };
        /// The name of a candidate policy that judges every request too, without effect.
        shadow: "shadow" => String;
        /// The percentage of origins for which the policy is enforced; for the others it only reports.
        rollout: "rollout" => u64, schema { "maximum": 100, "default": 100 };
        /// What happens to preflights that are not granted.
        unmatched_preflights: "unmatchedPreflights" => UnmatchedPreflights;
        /// Whose CORS headers the response gets: the policy's or the origin server's.
        upstream_headers: "upstreamHeaders" => UpstreamHeaders;
        /// What happens to actual requests from origins that are not allowed.
        disallowed_requests: "disallowedRequests" => DisallowedRequests;
        /// What happens to WebSocket handshakes from origins that are not allowed.
        web_sockets: "webSockets" => WebSockets;
        /// Patterns for the origins that are sent in `Timing-Allow-Origin`.
        timing_allow_origins: "timingAllowOrigins" => Vec<At<PatternText>>, schema { "items": schema::origin_pattern(), "examples": [["https://app.example.com"]] };
        /// The value of `Cross-Origin-Resource-Policy`.
        cross_origin_resource_policy: "crossOriginResourcePolicy" => ResourcePolicy;
        /// Whether to grant `Access-Control-Request-Private-Network`.
        allow_private_network: "allowPrivateNetwork" => bool;
        /// What a page of an allowed origin is told about a refused preflight.
        refused_preflights: "refusedPreflights" => RefusedPreflights;
        /// Whether responses give the reason of the verdict in `edge-cors-reason`.
        debug: "debug" => bool;
        /// The dangers that this policy accepts, by name.
        dangerously_allow: "dangerouslyAllow" => Vec<At<Danger>>, schema { "uniqueItems": true };
    }
}

choices! {
    /// Whether a policy acts.
    pub enum Mode {
        /// Decide, answer and decorate.
        Enforce = "enforce",
        /// Decide, count and log; change nothing.
        Report = "report",
        /// Leave requests alone.
        Off = "off",
    }
}

choices! {
    /// What happens to a preflight that is not granted.
    pub enum UnmatchedPreflights {
        /// Refused at the edge.
        Refuse = "refuse",
        /// Forwarded to the origin server.
        Forward = "forward",
    }
}

choices! {
    /// What a page of an allowed origin is told when its method or a header name is refused.
    pub enum RefusedPreflights {
        /// The methods and names that are allowed, so that the browser's console says which one is not.
        Explain = "explain",
        /// Nothing: 403 without CORS headers, as for every other origin.
        Silent = "silent",
    }
}

choices! {
    /// What a host does about a configuration with an error if there is no valid one in force.
    pub enum WhenInvalid {
        /// The host rejects the configuration; what that means for traffic depends on the host.
        Reject = "reject",
        /// No origin is allowed and preflights are refused; all other traffic flows.
        Close = "close",
    }
}

choices! {
    /// Whose CORS headers a response gets.
    pub enum UpstreamHeaders {
        /// The policy's: those of the origin server are removed.
        Replace = "replace",
        /// The origin server's, if it sent `Access-Control-Allow-Origin`; otherwise the policy's.
        Keep = "keep",
    }
}

choices! {
    /// What happens to an actual request from an origin that is not allowed.
    pub enum DisallowedRequests {
        /// Forwarded to the origin server; the browser hides the response from the page.
        Forward = "forward",
        /// Answered with 403 at the edge.
        Reject = "reject",
    }
}

choices! {
    /// What happens to a WebSocket handshake from an origin that is not allowed.
    pub enum WebSockets {
        /// Nothing, because CORS does not cover WebSockets.
        Ignore = "ignore",
        /// Forwarded to the origin server, and counted.
        Report = "report",
        /// Answered with 403 at the edge.
        Reject = "reject",
    }
}

choices! {
    /// The values of `Cross-Origin-Resource-Policy`.
    pub enum ResourcePolicy {
        /// Pages of the same site.
        SameSite = "same-site",
        /// Pages of the same origin.
        SameOrigin = "same-origin",
        /// Every page.
        CrossOrigin = "cross-origin",
    }
}

/// The policies, in the order of the configuration. In JSON they are an object whose keys are the
/// names.
#[derive(Debug)]
pub(crate) struct Policies(pub(crate) Vec<Named>);

/// A policy with its name.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) name: At<String>,
    pub(crate) policy: At<PolicyConfig>,
}

/// The policies that a route or the default names, in their order; none for `null`.
#[derive(Debug)]
pub(crate) struct PolicyNames(pub(crate) Vec<At<String>>);

/// A member of `allowOrigins`.
#[derive(Debug)]
pub(crate) enum OriginConfig {
    Pattern(String),
    Regex(At<String>),
}

/// A member of `timingAllowOrigins`: a pattern, as it is written.
#[derive(Debug)]
pub(crate) struct PatternText(pub(crate) String);

/// A route's path.
#[derive(Debug)]
pub(crate) enum PathConfig {
    Prefix(String),
    Exact(String),
}

/// The name of the only policy of the short form.
pub(crate) const SHORT_FORM_NAME: &str = "default";

impl Document {
    /// Reads a document: the full form, or a single policy object, which is the short form.
    pub(crate) fn parse<'s>(source: &'s str, report: &mut Report<'s>) -> Option<Self> {
        let document = Self::read_whole(source, report)?;
        (!limits::exceeded(&document, report)).then_some(document)
    }

    fn read_whole<'s>(source: &'s str, report: &mut Report<'s>) -> Option<Self> {
        if source.len() > limits::BYTES {
            let kind = ProblemKind::TooMany { what: "bytes", found: source.len(), most: limits::BYTES };
            report.push(&Place::default(), kind);
            return None;
        }
        if source.trim().is_empty() {
            report.push(&Place::default(), ProblemKind::EmptyDocument);
            return None;
        }
        let root = match Node::root(source) {
            Ok(root) => root,
            Err(SyntaxError { offset, reason, fix }) => {
                let place = Place { pointer: String::new(), offset };
                report.push(&place, ProblemKind::Syntax { reason, fix });
                return None;
            }
        };
        let mut reader = Reader::new(source, report);
        let keys = root.keys(source);
        if keys.as_ref().is_some_and(Vec::is_empty) {
            reader.problem(&root.place, ProblemKind::EmptyDocument);
            return None;
        }
        if keys.is_none_or(|keys| Self::is_full_form(&keys)) {
            return Self::read(&root, &mut reader);
        }
        let mut members = root.members(source).into_iter().flatten();
        let when_invalid = members.find(|member| member.key == WHEN_INVALID);
        let when_invalid = when_invalid.and_then(|member| reader.at(&member.node));
        reader.pass_over(WHEN_INVALID);
        let policy = At { place: root.place.clone(), value: PolicyConfig::read(&root, &mut reader)? };
        let name = |value: &str| At { place: root.place.clone(), value: value.to_owned() };
        let default = At { place: root.place.clone(), value: PolicyNames(vec![name(SHORT_FORM_NAME)]) };
        let policies = Policies(vec![Named { name: name(SHORT_FORM_NAME), policy }]);
        Some(Self {
            policies: Some(At { place: root.place.clone(), value: policies }),
            routes: None,
            default: Some(default),
            route_metadata: None,
            when_invalid,
            access_log_fingerprint: None,
        })
    }
}

impl Document {
    /// True if a key belongs to the full form; or, when no key belongs to a policy, if one looks like
    /// a misspelt key of the full form, and none like one of a policy.
    fn is_full_form(keys: &[String]) -> bool {
        // `whenInvalid` is a field of both forms.
        let own = |key: &&String| key.as_str() != WHEN_INVALID;
        let has = |fields: &[&str]| keys.iter().filter(own).any(|key| fields.contains(&key.as_str()));
        if has(Self::FIELDS) || has(PolicyConfig::FIELDS) {
            return has(Self::FIELDS);
        }
        // If there are more keys than fields, one of the first is misspelt.
        let most = Self::FIELDS.len() + PolicyConfig::FIELDS.len();
        let is_near = |fields: &[&str]| keys.iter().take(most).any(|key| closest(key, fields).is_some());
        is_near(Self::FIELDS) && !is_near(PolicyConfig::FIELDS)
    }
}

impl Read for Policies {
    const EXPECTED: &'static str = "an object with a policy for each name";

    fn read(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let members = reader.members(node, Self::EXPECTED)?;
        if members.is_empty() {
            reader.problem(&node.place, ProblemKind::EmptyDocument);
        }
        let named = members.into_iter().filter_map(|(key, node)| {
            let place = node.place.clone();
            let policy = At { place, value: PolicyConfig::read(&node, reader)? };
            Some(Named { name: key, policy })
        });
        Some(Self(named.collect()))
    }
}

impl Read for PolicyNames {
    const EXPECTED: &'static str = "a policy name, a list of policy names, or null";

    fn read(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<Self> {
        if node.is_null() {
            return Some(Self(Vec::new()));
        }
        if !node.is_array() {
            let value = reader.string(node, Self::EXPECTED)?;
            return Some(Self(vec![At { place: node.place.clone(), value }]));
        }
        let names: Vec<At<String>> = Read::read(node, reader)?;
        if names.is_empty() {
            reader.problem(&node.place, ProblemKind::EmptyPolicyList);
        }
        Some(Self(names))
    }
}

impl Read for OriginConfig {
    const EXPECTED: &'static str = "an origin pattern or an object with \"regex\"";

    fn entries(text: &str) -> Option<Vec<String>> {
        let alone = matches!(text.trim(), "*").then(|| vec!["*".to_owned()]);
        alone.or_else(|| respell_list(text)).filter(|entries| !entries.is_empty())
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<Self> {
        if let Some(meant) = reader.string_match(node) {
            let found = "a string match of Istio or Envoy";
            reader.problem(&node.place, ProblemKind::WrongType { expected: Self::EXPECTED, found, meant });
            return None;
        }
        if node.is_object() {
            return RegexConfig::read(node, reader)?.regex.map(Self::Regex);
        }
        reader.string(node, Self::EXPECTED).map(Self::Pattern)
    }
}

impl Read for PatternText {
    const EXPECTED: &'static str = String::EXPECTED;

    fn entries(text: &str) -> Option<Vec<String>> {
        OriginConfig::entries(text)
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<Self> {
        reader.string(node, Self::EXPECTED).map(Self)
    }
}

impl Read for PathConfig {
    const EXPECTED: &'static str = "a path or an object with \"exact\"";

    fn read(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<Self> {
        if node.is_object() {
            return ExactPath::read(node, reader)?.exact.map(|exact| Self::Exact(exact.value));
        }
        reader.string(node, Self::EXPECTED).map(Self::Prefix)
    }
}

impl Read for Danger {
    const EXPECTED: &'static str = "the name of a danger";

    fn read(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<Self> {
        reader.choice(node, Self::EXPECTED, Self::NAMES, Self::ALL)
    }
}
