//! The files that keep requests without `Origin` out of the filter. All answers are those of the files without
//! this arrangement, and the filter counts only requests with an `Origin`.

use serde_json::{Value, json};

use super::envoy_files::{Copies, PASSWORD, ask, expect, protected, served};
use super::{text, yaml};
use crate::Test;
use crate::bed::Bed;
use crate::envoy::Envoy;
use crate::envoy::bootstrap::routes_of;
use test_support::case::RequestEntry;

pub(super) fn tests() -> Vec<(String, Test)> {
    let named = |name: &str, test: fn(&Bed) -> Result<(), String>| (name.to_owned(), Box::new(test) as Test);
    vec![
        named("envoy/two-routes.yaml answers like envoy/envoy.yaml", |bed| bed.runtime().block_on(equal())),
        named("envoy/istio/two-routes-*.yaml in the chain of envoy/ecds", |bed| bed.runtime().block_on(of_istio())),
    ]
}

/// The requests without `Origin` that the filter has counted.
async fn counted(envoy: &Envoy) -> u64 {
    envoy.statistics("not-cors").await.values().chain(envoy.statistics("no-policy").await.values()).sum()
}

async fn equal() -> Result<(), String> {
    let (one, two) = (Copies::new("one-route"), Copies::new("two-routes"));
    let one = Envoy::run("one-route", &one.copy("envoy/envoy.yaml")).await;
    let two = Envoy::run("two-routes", &two.copy("envoy/two-routes.yaml")).await;
    served(&two).await?;
    let paths = ["/", "/v1/users", "/open", "/open/data", "/opened", "/internal", "/internal/x", "/internals"];
    for path in paths {
        for method in ["GET", "OPTIONS"] {
            let request = RequestEntry::new(method, path, &[]);
            let expected = ask(&one, &request).await.expectation();
            let problem = ask(&two, &request).await.check(&expected);
            problem.map_err(|problem| format!("{method} {path} without Origin: {problem}"))?;
        }
    }
    let (without, with) = (counted(&two).await, counted(&one).await);
    let sent = 2 * u64::try_from(paths.len()).unwrap();
    // `served` sends one request with an `Origin` to a path without a policy.
    if (without, with) == (1, sent) { Ok(()) } else { Err(format!("counted: {without}, and {with} of {sent}")) }
}

/// Istio's routes and patch, put into a bootstrap as Istio puts them into its own.
async fn of_istio() -> Result<(), String> {
    let copies = Copies::new("two-routes-of-istio");
    copies.copy("envoy/ecds/edge-cors.yaml");
    let mut bootstrap = yaml(&copies.text("envoy/ecds/envoy.yaml"));
    let service = yaml(&text("envoy/istio/two-routes-virtual-service.yaml"));
    let patch = yaml(&text("envoy/istio/two-routes-envoy-filter.yaml"));
    let patch = &patch["spec"]["configPatches"][0];
    let mut routes: Vec<Value> = service["spec"]["http"].as_array().unwrap().iter().map(route).collect();
    for route in &mut routes {
        if route["name"] == patch["match"]["routeConfiguration"]["vhost"]["route"]["name"] {
            let merged = patch["patch"]["value"].as_object().unwrap().clone();
            route.as_object_mut().unwrap().extend(merged);
        }
    }
    let listener = bootstrap.pointer_mut("/static_resources/listeners/0").unwrap();
    *routes_of(listener) = routes;
    let envoy = Envoy::start("two-routes-of-istio", &bootstrap).await;
    protected(&envoy).await?;
    let vary = [("vary", "Accept-Encoding, Origin")];
    expect(&envoy, &RequestEntry::new("GET", "/v1/users", &[PASSWORD]), 200, &vary).await?;
    // The password filter's own answer.
    expect(&envoy, &RequestEntry::new("GET", "/v1/users", &[]), 401, &[("vary", "Origin")]).await?;
    let allowed: u64 = envoy.statistics("actual.allowed").await.values().sum();
    // Those of `protected`, which have an `Origin`.
    if (counted(&envoy).await, allowed) == (0, 2) { Ok(()) } else { Err("other requests were counted".to_owned()) }
}

/// A route of a VirtualService, as Istio translates it.
fn route(http: &Value) -> Value {
    let mut route = json!({
        "name": http["name"],
        "match": { "prefix": "/" },
        "route": { "cluster": "origin-server" },
    });
    if let Some(headers) = http["match"][0]["headers"].as_object() {
        let present = headers.keys().map(|name| json!({ "name": name, "present_match": true }));
        route["match"]["headers"] = present.collect();
    }
    let response = &http["headers"]["response"];
    if let Some(add) = response["add"].as_object() {
        let header = |(name, value)| json!({ "header": { "key": name, "value": value } });
        route["response_headers_to_add"] = add.iter().map(header).collect();
        route["response_headers_to_remove"] = response["remove"].clone();
    }
    route
}
