//! Configurations at random, with every field: what property tests are about.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

const ORIGINS: [&str; 12] = [
    "https://app.example.com",
    "https://*.example.com",
    "https://*.example.com:*",
    "https://pr-{digits}.example.org",
    "https://{label}.{hex}.example.org:8443",
    "http://localhost:*",
    "http://127.0.0.1:3000",
    "https://[::1]:8443",
    "capacitor://localhost",
    "https://xn--bcher-kva.example",
    "https://*",
    "null",
];

const DANGERS: [&str; 6] = [
    "any-origin-with-credentials",
    "any-app-with-credentials",
    "insecure-origins",
    "public-suffix-subdomains",
    "null-origin",
    "regex-origins",
];

/// One policy: the short form.
pub fn policy() -> impl Strategy<Value = Value> {
    let origins =
        prop_oneof![4 => subsequence(&ORIGINS[..], 0..6).prop_map(|list| json!(list)), 1 => Just(json!(["*"]))];
    let methods = subsequence(vec!["PUT", "PATCH", "DELETE", "QUERY", "*", "GET"], 0..4);
    let headers = subsequence(vec!["content-type", "Authorization", "x-a", "X-B", "*", "accept"], 0..4);
    let exposed = subsequence(vec!["x-request-id", "ETag", "link"], 0..3);
    let max_age =
        prop_oneof![Just(json!(0)), Just(json!(600.0)), Just(json!("10m")), Just(json!("1h30m")), Just(json!(5))];
    let choices = (
        select(vec!["enforce", "report", "off"]),
        select(vec!["refuse", "forward"]),
        select(vec!["replace", "keep"]),
        select(vec!["forward", "reject"]),
        select(vec!["ignore", "report", "reject"]),
        select(vec!["explain", "silent"]),
        select(vec![json!(null), json!("same-site"), json!("same-origin"), json!("cross-origin")]),
        select(vec![204, 200]),
        select(vec!["reject", "close"]),
    );
    let timing = prop_oneof![subsequence(&ORIGINS[..], 0..3).prop_map(|list| json!(list)), Just(json!(["*"]))];
    // Most rollouts are complete: in all others, every response varies by origin.
    let rollout = prop_oneof![2 => Just(100), 1 => Just(0), 2 => 0..=100_u64];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (origins, methods, headers, exposed, max_age, choices, flags, timing, rollout).prop_map(
        |(
            mut origins,
            methods,
            headers,
            exposed,
            max_age,
            choices,
            (credentials, regex, debug, network),
            timing,
            rollout,
        )| {
            if regex && origins != json!(["*"]) {
                origins.as_array_mut().unwrap().push(json!({ "regex": "https://r-[a-c]+\\.example\\.net" }));
            }
            let (mode, unmatched, upstream, disallowed, web_sockets, refused, resource_policy, status, when_invalid) =
                choices;
            let mut policy = json!({
                "allowOrigins": origins, "allowMethods": methods, "allowHeaders": headers, "exposeHeaders": exposed,
                "allowCredentials": credentials, "maxAge": max_age, "preflightStatus": status, "mode": mode,
                "rollout": rollout, "unmatchedPreflights": unmatched, "upstreamHeaders": upstream,
                "disallowedRequests": disallowed, "webSockets": web_sockets, "refusedPreflights": refused,
                "timingAllowOrigins": timing, "allowPrivateNetwork": network, "debug": debug,
                "dangerouslyAllow": DANGERS, "whenInvalid": when_invalid,
            });
            if !resource_policy.is_null() {
                policy["crossOriginResourcePolicy"] = resource_policy;
            }
            policy
        },
    )
}

/// A policy in the short form, or several with routes.
pub fn configuration() -> impl Strategy<Value = Value> {
    let path = prop_oneof![
        Just(json!("/")),
        Just(json!("/v1/")),
        Just(json!("/v1/users")),
        Just(json!({ "exact": "/v1/users" }))
    ];
    let target = prop_oneof![
        3 => select(vec![json!("a"), json!("b"), json!("c")]),
        2 => subsequence(vec!["a", "b", "c"], 1..=3).prop_shuffle().prop_map(|list| json!(list)),
        1 => Just(Value::Null),
    ];
    let host = select(vec![None, Some("api.example.com"), Some("*.example.com"), Some("*.b.example.com")]);
    let route = (path, target.clone(), host).prop_map(|(path, policy, host)| {
        let mut route = Map::from_iter([("path".to_owned(), path), ("policy".to_owned(), policy)]);
        route.extend(host.map(|host| ("host".to_owned(), json!(host))));
        Value::Object(route)
    });
    let candidates = [(); 3].map(|()| select(vec![None, Some("a"), Some("b")]));
    let full = ([policy(), policy(), policy()], candidates, prop::collection::vec(route, 0..5), target, any::<bool>());
    let full = full.prop_map(|(policies, candidates, routes, default, metadata)| {
        let mut document = json!({ "routes": routes, "default": default, "routeMetadata": metadata, "accessLogFingerprint": metadata });
        for (name, (mut policy, candidate)) in ["a", "b", "c"].into_iter().zip(policies.into_iter().zip(candidates)) {
            let fields = policy.as_object_mut().unwrap();
            // A field of the whole document.
            document["whenInvalid"] = fields.remove("whenInvalid").unwrap();
            fields.extend(candidate.map(|candidate| ("shadow".to_owned(), json!(candidate))));
            document["policies"][name] = policy;
        }
        document
    });
    prop_oneof![policy(), full]
}
