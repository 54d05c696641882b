//! The files for the dynamic module: they answer as those of the filter do, and have policies of routes and virtual hosts.

use super::envoy_files::{Copies, changed, expect, filters, protected, until_granted};
use super::{text, yaml};
use crate::Test;
use crate::bed::Bed;
use crate::envoy::Envoy;
use test_support::case::RequestEntry;

pub(super) fn tests() -> Vec<(String, Test)> {
    let named = |name: &str, test: fn(&Bed) -> Result<(), String>| (name.to_owned(), Box::new(test) as Test);
    vec![
        named("envoy/dynamic-module/envoy.yaml", |bed| bed.runtime().block_on(static_file())),
        named("envoy/dynamic-module/lds, and a changed policy", |bed| bed.runtime().block_on(lds())),
        named("envoy/dynamic-module/ecds, and a changed policy", |bed| bed.runtime().block_on(ecds())),
        named("envoy/dynamic-module/istio/envoy-filter.yaml in the chain of the ECDS file", |bed| {
            bed.runtime().block_on(envoy_filter())
        }),
    ]
}

const APP: &str = "https://app.example.com";
const PARTNER: &str = "https://partner.example.net";
/// What the origin server sends by itself.
const PASSED: [(&str, &str); 2] = [("access-control-allow-origin", "*"), ("vary", "Accept-Encoding")];

async fn static_file() -> Result<(), String> {
    let copies = Copies::new("module-static");
    let envoy = Envoy::run("module-static", &copies.copy("envoy/dynamic-module/envoy.yaml")).await;
    let get = |host: &str, path: &str, origin: &str| RequestEntry {
        host: Some(host.to_owned()),
        ..RequestEntry::new("GET", path, &[("origin", origin)])
    };
    let shared = [
        ("access-control-allow-origin", APP),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "x-request-id"),
        ("vary", "Accept-Encoding, Origin"),
    ];
    expect(&envoy, &get("api.example.com", "/v1/users", APP), 200, &shared).await?;
    // The route names the policy "public", and the next one is without the filter.
    expect(&envoy, &get("api.example.com", "/open/data", PARTNER), 200, &PASSED).await?;
    expect(&envoy, &get("api.example.com", "/internal/data", APP), 200, &PASSED).await?;
    // The virtual host has a policy of its own.
    let vary = ("vary", "Accept-Encoding, Origin");
    let partner = [("access-control-allow-origin", PARTNER), vary];
    expect(&envoy, &get("partners.example.com", "/v1/users", PARTNER), 200, &partner).await?;
    expect(&envoy, &get("partners.example.com", "/v1/users", APP), 200, &[vary]).await?;
    let scraped = envoy.prometheus().await;
    let counted = [
        "edge_cors_app_actual_allowed{} 1",
        r#"edge_cors_per_route{route="partners",policy="default",class="actual",reason="allowed"} 1"#,
    ];
    let missing = counted.iter().find(|line| !scraped.lines().any(|scraped| scraped == **line));
    missing.map_or(Ok(()), |line| Err(format!("{line} is missing:\n{scraped}")))
}

async fn lds() -> Result<(), String> {
    let copies = Copies::new("module-lds");
    copies.copy("envoy/dynamic-module/lds/listeners.yaml");
    let envoy = Envoy::run("module-lds", &copies.copy("envoy/dynamic-module/lds/envoy.yaml")).await;
    changed(&copies, "envoy/dynamic-module/lds/listeners.yaml", &envoy, &[]).await
}

async fn ecds() -> Result<(), String> {
    let copies = Copies::new("module-ecds");
    let file = "envoy/dynamic-module/ecds/edge-cors.yaml";
    copies.copy(file);
    let envoy = Envoy::run("module-ecds", &copies.copy("envoy/dynamic-module/ecds/envoy.yaml")).await;
    protected(&envoy).await?;
    changed(&copies, file, &envoy, &[("access-control-allow-credentials", "true")]).await
}

/// Istio's patch, put into a bootstrap as Istio puts it into its own.
async fn envoy_filter() -> Result<(), String> {
    let copies = Copies::new("module-envoy-filter");
    let mut bootstrap = yaml(&copies.text("envoy/dynamic-module/ecds/envoy.yaml"));
    let resource = yaml(&text("envoy/dynamic-module/istio/envoy-filter.yaml"));
    filters(&mut bootstrap)[0] = resource["spec"]["configPatches"][0]["patch"]["value"].clone();
    let envoy = Envoy::start("module-envoy-filter", &bootstrap).await;
    until_granted(&envoy, APP).await?;
    protected(&envoy).await
}
