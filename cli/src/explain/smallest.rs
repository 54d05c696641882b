//! The smallest configuration under which pages get what they need.

use std::collections::{BTreeMap, BTreeSet};

use edge_cors::PolicySet;
use edge_cors::browser::{Call, Network, Response, Url, Verdict, fetch, is_safelisted_response_header};
use serde_json::{Map, Value, json};

use super::needs::Needs;
use crate::output::object;
use crate::policy_name;

/// A call that has to succeed, and the headers of the response that the page reads, in lower case.
pub(crate) struct Wanted {
    pub(crate) call: Call,
    pub(crate) reads: Vec<String>,
}

/// A configuration, and what it leaves out.
pub(crate) struct Smallest {
    /// The configuration, unless nothing is left to allow. Every call that is not left out succeeds under it: this
    /// was tried.
    pub(crate) configuration: Option<Value>,
    /// Origins that no configuration should allow, each with the reason.
    pub(crate) left_out: BTreeMap<String, &'static str>,
}

const OPAQUE: &str = "it is opaque: files, sandboxed frames, and requests after a redirect to another server have it, \
                      whoever wrote the page";
const INSECURE: &str = "its pages send credentials from http, where anyone on the network can change them: serve them \
                        over https";
const METHOD: &str = "its pages use a method that browsers do not send";
const OTHER: &str = "edge-cors does not accept it together with the others";

/// The union of what calls to one server need.
#[derive(Default, PartialEq, Eq)]
struct Union {
    origins: BTreeSet<String>,
    methods: BTreeSet<String>,
    headers: BTreeSet<String>,
    exposed: BTreeSet<String>,
    credentials: bool,
}

impl Smallest {
    pub(crate) fn of(wanted: &[Wanted]) -> Self {
        let mut left_out = BTreeMap::new();
        // In the order of the hosts.
        let mut by_host: Vec<(String, Vec<&Wanted>)> = Vec::new();
        for wanted in wanted {
            let host = host(&wanted.call.url);
            match (refused(&wanted.call), by_host.binary_search_by(|(known, _)| known.cmp(&host))) {
                (Some(why), _) => drop(left_out.insert(wanted.call.origin.clone(), why)),
                (None, Ok(at)) => by_host.iter_mut().skip(at).take(1).for_each(|(_, known)| known.push(wanted)),
                (None, Err(at)) => by_host.insert(at, (host, vec![wanted])),
            }
        }
        // What is refused together is left out one by one.
        for (_, wanted) in &mut by_host {
            wanted.retain(|wanted| {
                let alone = document(&[(host(&wanted.call.url), Union::of(&[wanted]))]);
                let works = succeeds(&alone, std::slice::from_ref(wanted));
                if !works {
                    left_out.insert(wanted.call.origin.clone(), OTHER);
                }
                works
            });
        }
        by_host.retain(|(_, wanted)| !wanted.is_empty());
        let unions: Vec<(String, Union)> =
            by_host.iter().map(|(host, wanted)| (host.clone(), Union::of(wanted))).collect();
        let configuration = document(&unions);
        let all: Vec<&Wanted> = by_host.into_iter().flat_map(|(_, wanted)| wanted).collect();
        let configuration = (!all.is_empty() && succeeds(&configuration, &all)).then_some(configuration);
        Self { configuration, left_out }
    }
}

/// Why no configuration should allow this call.
fn refused(call: &Call) -> Option<&'static str> {
    let loopback = ["localhost", "127.0.0.1", "[::1]"];
    let page = Url::parse(&call.origin).ok();
    let is_local = page.as_ref().and_then(Url::host_str).is_some_and(|host| loopback.contains(&host));
    match &page {
        _ if call.origin == "null" => Some(OPAQUE),
        Some(page) if page.scheme() == "http" && call.credentials && !is_local => Some(INSECURE),
        _ if ["CONNECT", "TRACE", "TRACK"].iter().any(|method| call.method.eq_ignore_ascii_case(method)) => {
            Some(METHOD)
        }
        _ => None,
    }
}

/// The host as a route has it: without a port.
fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

impl Union {
    fn of(wanted: &[&Wanted]) -> Self {
        let mut union = Self::default();
        for wanted in wanted {
            let needs = Needs::of(&wanted.call, &wanted.reads);
            union.origins.insert(needs.origin);
            union.methods.extend(needs.method);
            union.headers.extend(needs.headers);
            let exposed = |name: &String| !is_safelisted_response_header(name) && !name.starts_with("set-cookie");
            union.exposed.extend(needs.reads.into_iter().filter(exposed));
            union.credentials |= needs.credentials;
        }
        union
    }

    fn policy(&self) -> Value {
        let mut policy = Map::new();
        policy.insert("allowOrigins".to_owned(), json!(self.origins));
        for (field, list) in
            [("allowMethods", &self.methods), ("allowHeaders", &self.headers), ("exposeHeaders", &self.exposed)]
        {
            if !list.is_empty() {
                policy.insert(field.to_owned(), json!(list));
            }
        }
        if self.credentials {
            policy.insert("allowCredentials".to_owned(), Value::Bool(true));
        }
        Value::Object(policy)
    }
}

/// One policy in the short form, or a policy and a route for each host; hosts with equal policies share one.
fn document(unions: &[(String, Union)]) -> Value {
    let mut different: Vec<(&Union, Vec<&str>)> = Vec::new();
    for (host, union) in unions {
        match different.iter_mut().find(|(known, _)| *known == union) {
            Some((_, hosts)) => hosts.push(host),
            None => different.push((union, vec![host])),
        }
    }
    if let [(union, _)] = different.as_slice() {
        return union.policy();
    }
    let mut names: Vec<String> = Vec::new();
    for (_, hosts) in &different {
        names.push(policy_name::unused(hosts.first().copied().unwrap_or_default(), &names));
    }
    let policies = object(names.iter().zip(&different).map(|(name, (union, _))| (name.clone(), union.policy())));
    let routes: Vec<Value> = names
        .iter()
        .zip(&different)
        .flat_map(|(name, (_, hosts))| hosts.iter().map(move |host| json!({ "host": host, "policy": name })))
        .collect();
    json!({ "policies": policies, "routes": routes, "default": null })
}

/// Whether the edge accepts the configuration, and every page gets what it needs under it.
fn succeeds(configuration: &Value, wanted: &[&Wanted]) -> bool {
    let Ok((policies, _)) = PolicySet::from_json(&configuration.to_string()) else {
        return false;
    };
    wanted.iter().all(|Wanted { call, reads }| {
        let headers = reads.iter().map(|name| (name.clone(), "x".to_owned())).collect();
        let network = Network {
            origin_server: Response { status: 200, headers },
            local_network_granted: true,
            ..Network::new(&policies)
        };
        let outcome = fetch(call, &network);
        let readable = outcome.readable_headers(call.credentials);
        let reads = reads.iter().filter(|name| !name.starts_with("set-cookie"));
        matches!(outcome.verdict, Verdict::Readable | Verdict::SameOrigin)
            && reads.into_iter().all(|name| readable.contains(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(origin: &str, method: &str, url: &str, credentials: bool, headers: &[&str], reads: &[&str]) -> Wanted {
        let headers = headers.iter().map(|name| ((*name).to_owned(), "1".to_owned())).collect();
        let call = Call { method: method.to_owned(), headers, credentials, ..Call::new(origin, url.parse().unwrap()) };
        Wanted { call, reads: reads.iter().map(|name| (*name).to_owned()).collect() }
    }

    #[test]
    fn one_server_has_one_policy_and_nothing_that_is_not_needed() {
        let url = "https://api.example.com/a";
        let smallest = Smallest::of(&[
            wanted("https://app.example.com", "GET", url, false, &[], &[]),
            wanted("https://www.example.com", "put", url, true, &["X-A", "accept"], &["x-total", "content-type"]),
        ]);
        let expected = json!({
            "allowOrigins": ["https://app.example.com", "https://www.example.com"],
            "allowMethods": ["PUT"],
            "allowHeaders": ["x-a"],
            "exposeHeaders": ["x-total"],
            "allowCredentials": true,
        });
        assert_eq!(smallest.configuration, Some(expected));
        assert!(smallest.left_out.is_empty());
    }

    #[test]
    fn several_servers_have_routes_and_equal_policies_are_one() {
        let origin = "https://app.example.com";
        let smallest = Smallest::of(&[
            wanted(origin, "GET", "https://a.example.com/", false, &[], &[]),
            wanted(origin, "GET", "https://b.example.com:8443/", false, &[], &[]),
            wanted(origin, "DELETE", "http://[::1]:3000/", false, &[], &[]),
        ]);
        let expected = json!({
            "policies": {
                "1": { "allowOrigins": [origin], "allowMethods": ["DELETE"] },
                "a-example-com": { "allowOrigins": [origin] },
            },
            "routes": [
                { "host": "[::1]", "policy": "1" },
                { "host": "a.example.com", "policy": "a-example-com" },
                { "host": "b.example.com", "policy": "a-example-com" },
            ],
            "default": null,
        });
        assert_eq!(smallest.configuration, Some(expected));
    }

    #[test]
    fn hosts_that_are_long_or_spelt_alike_have_policies_of_their_own() {
        let origin = "https://app.example.com";
        let long = format!("{}.example.com", "a".repeat(60));
        let smallest = Smallest::of(&[
            wanted(origin, "GET", "https://a-b.example/", false, &[], &[]),
            wanted(origin, "PUT", "https://a.b.example/", false, &[], &[]),
            wanted(origin, "DELETE", &format!("https://{long}/"), false, &[], &[]),
        ]);
        let expected = json!({
            "policies": {
                "a-b-example": { "allowOrigins": [origin] },
                "a-b-example-2": { "allowOrigins": [origin], "allowMethods": ["PUT"] },
                "a".repeat(60): { "allowOrigins": [origin], "allowMethods": ["DELETE"] },
            },
            "routes": [
                { "host": "a-b.example", "policy": "a-b-example" },
                { "host": "a.b.example", "policy": "a-b-example-2" },
                { "host": long, "policy": "a".repeat(60) },
            ],
            "default": null,
        });
        assert_eq!(smallest.configuration, Some(expected));
    }

    #[test]
    fn what_no_configuration_should_allow_is_left_out() {
        let url = "https://api.example.com/";
        let smallest = Smallest::of(&[
            wanted("null", "GET", url, false, &[], &[]),
            wanted("http://app.example.com", "GET", url, true, &[], &[]),
            wanted("http://localhost:3000", "GET", url, true, &[], &[]),
            wanted("https://App.example.com", "GET", url, true, &[], &[]),
        ]);
        let left_out: Vec<(&str, &str)> =
            smallest.left_out.iter().map(|(origin, why)| (origin.as_str(), *why)).collect();
        assert_eq!(
            left_out,
            [("http://app.example.com", INSECURE), ("https://App.example.com", OTHER), ("null", OPAQUE)]
        );
        let expected = json!({ "allowOrigins": ["http://localhost:3000"], "allowCredentials": true });
        assert_eq!(smallest.configuration, Some(expected));
        assert_eq!(Smallest::of(&[]).configuration, None);
    }
}
