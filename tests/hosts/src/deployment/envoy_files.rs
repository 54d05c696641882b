//! The files that Envoy reads, each started as it is but for its ports and the folder of what it
//! watches.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::{text, yaml};
use crate::bed::Bed;
use crate::envoy::{Envoy, filter};
use crate::{Test, client};
use test_support::address;
use test_support::case::{Expectation, Observed, RequestEntry};

pub(super) fn tests() -> Vec<(String, Test)> {
    let named = |name: &str, test: fn(&Bed) -> Result<(), String>| (name.to_owned(), Box::new(test) as Test);
    vec![
        named("envoy/envoy.yaml", |bed| bed.runtime().block_on(static_file())),
        named("envoy/lds, and a changed policy", |bed| bed.runtime().block_on(lds())),
        named("envoy/ecds, and a changed policy", |bed| bed.runtime().block_on(ecds())),
        named("envoy/ecds, started on a policy with an error", |bed| bed.runtime().block_on(ecds_on_an_error())),
        named("behind the password of envoy/ecds, preflights fail", |bed| bed.runtime().block_on(last())),
        named("envoy/istio/envoy-filter.yaml in the chain of envoy/ecds", |bed| bed.runtime().block_on(envoy_filter())),
    ]
}

/// Copies of the files, on ports that are free.
pub(super) struct Copies {
    folder: PathBuf,
    ports: Vec<(u16, u16)>,
}

impl Copies {
    pub(super) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let ports = (10000..10003).map(|port| (port, address::unused().port())).chain([(9901, 0)]).collect();
        Self { folder, ports }
    }

    /// A file with the ports and the folder of these copies.
    pub(super) fn text(&self, path: &str) -> String {
        let folder = Path::new(path).parent().unwrap();
        let mut text =
            text(path).replace(&format!("path: {}/", folder.display()), &format!("path: {}/", self.folder.display()));
        for (from, to) in &self.ports {
            text = text.replace(&format!("port_value: {from} "), &format!("port_value: {to} "));
        }
        text
    }

    /// What is printed about a file, with the ports of its copy.
    pub(super) fn with_ports(&self, printed: &str) -> String {
        let at = |from: u16| format!("127.0.0.1:{from}");
        self.ports.iter().fold(printed.to_owned(), |text, (from, to)| text.replace(&at(*from), &at(*to)))
    }

    /// Moves a text into the place of a file, where Envoy notices it.
    fn publish(&self, path: &str, text: &str) -> PathBuf {
        let file = self.folder.join(Path::new(path).file_name().unwrap());
        let new = file.with_extension("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(&new, &file).unwrap();
        file
    }

    pub(super) fn copy(&self, path: &str) -> PathBuf {
        self.publish(path, &self.text(path))
    }
}

const APP: &str = "https://app.example.com";
/// What the origin server sends by itself.
const PASSED: [(&str, &str); 2] = [("access-control-allow-origin", "*"), ("vary", "Accept-Encoding")];
/// demo, demo.
pub(super) const PASSWORD: (&str, &str) = ("authorization", "Basic ZGVtbzpkZW1v");

fn preflight(origin: &str) -> RequestEntry {
    let asked = [
        ("origin", origin),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "content-type"),
    ];
    RequestEntry::new("OPTIONS", "/v1/users", &asked)
}

pub(super) async fn ask(envoy: &Envoy, request: &RequestEntry) -> Observed {
    let response = client::send(envoy.listener("edge"), request, &[]).await;
    Observed::response(response.status().as_u16(), false, client::lines(&response))
}

/// The reply has this status and these CORS headers, and no other.
pub(super) async fn expect(
    envoy: &Envoy,
    request: &RequestEntry,
    status: u16,
    headers: &[(&str, &str)],
) -> Result<(), String> {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let expectation = Expectation { status, forwarded: false, headers, ..Expectation::default() };
    let what = format!("{} {} {:?}", request.method, request.path, request.headers);
    ask(envoy, request).await.check(&expectation).map_err(|difference| format!("{what}: {difference}"))
}

const PREFLIGHT_VARY: (&str, &str) = ("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");

async fn static_file() -> Result<(), String> {
    let copies = Copies::new("static");
    let envoy = Envoy::run("static", &copies.copy("envoy/envoy.yaml")).await;
    served(&envoy).await?;
    let page = client::get(envoy.listener("page"), "/").await.map_err(|error| error.to_string())?;
    if page == text("envoy/page.html") { Ok(()) } else { Err(format!("the page is {page:?}")) }
}

/// Each policy of `envoy/envoy.yaml` has its effect.
pub(super) async fn served(envoy: &Envoy) -> Result<(), String> {
    let granted = [
        ("access-control-allow-origin", APP),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "PUT, DELETE"),
        ("access-control-allow-headers", "content-type, authorization"),
        ("access-control-expose-headers", "x-request-id"),
        ("access-control-max-age", "600"),
        PREFLIGHT_VARY,
    ];
    expect(envoy, &preflight(APP), 204, &granted).await?;
    expect(envoy, &preflight("https://evil.example"), 403, &[PREFLIGHT_VARY]).await?;
    let shared = [
        ("access-control-allow-origin", APP),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "x-request-id"),
        ("vary", "Accept-Encoding, Origin"),
    ];
    expect(envoy, &RequestEntry::new("GET", "/v1/users", &[("origin", APP)]), 200, &shared).await?;
    let any = [("access-control-allow-origin", "*"), ("vary", "Accept-Encoding")];
    expect(envoy, &RequestEntry::new("GET", "/open/data", &[("origin", "https://any.example")]), 200, &any).await?;
    // No policy: the origin server's own headers pass.
    expect(envoy, &RequestEntry::new("GET", "/internal/data", &[("origin", APP)]), 200, &any).await
}

async fn lds() -> Result<(), String> {
    let copies = Copies::new("lds");
    copies.copy("envoy/lds/listeners.yaml");
    let envoy = Envoy::run("lds", &copies.copy("envoy/lds/envoy.yaml")).await;
    let shared = [("access-control-allow-origin", APP), ("vary", "Accept-Encoding, Origin")];
    expect(&envoy, &RequestEntry::new("GET", "/v1/users", &[("origin", APP)]), 200, &shared).await?;
    changed(&copies, "envoy/lds/listeners.yaml", &envoy, &[]).await
}

async fn ecds() -> Result<(), String> {
    let copies = Copies::new("ecds");
    copies.copy("envoy/ecds/edge-cors.yaml");
    let envoy = Envoy::run("ecds", &copies.copy("envoy/ecds/envoy.yaml")).await;
    protected(&envoy).await?;
    changed(&copies, "envoy/ecds/edge-cors.yaml", &envoy, &[("access-control-allow-credentials", "true")]).await
}

/// The filter is before the password: preflights pass without one, and a page can read the 401.
pub(super) async fn protected(envoy: &Envoy) -> Result<(), String> {
    let granted = [("access-control-allow-origin", APP), ("access-control-allow-credentials", "true")];
    let unauthorised = granted.into_iter().chain([("vary", "Origin")]).collect::<Vec<_>>();
    let authorised = granted.into_iter().chain([("vary", "Accept-Encoding, Origin")]).collect::<Vec<_>>();
    expect(envoy, &RequestEntry::new("GET", "/v1/users", &[("origin", APP)]), 401, &unauthorised).await?;
    expect(envoy, &RequestEntry::new("GET", "/v1/users", &[("origin", APP), PASSWORD]), 200, &authorised).await?;
    let preflight = ask(envoy, &preflight(APP)).await;
    if preflight.status == 204 { Ok(()) } else { Err(format!("the preflight gets {}", preflight.status)) }
}

/// Nothing is shared and other traffic flows, until a policy without an error takes the file's place.
async fn ecds_on_an_error() -> Result<(), String> {
    let copies = Copies::new("ecds-on-an-error");
    let policy = copies.text("envoy/ecds/edge-cors.yaml");
    copies.publish("edge-cors.yaml", &policy.replace("maxAge", "maxage"));
    let envoy = Envoy::run("ecds-on-an-error", &copies.copy("envoy/ecds/envoy.yaml")).await;
    // The default leaves everything alone: the password filter answers, and the origin server.
    expect(&envoy, &preflight(APP), 401, &[]).await?;
    let get = RequestEntry::new("GET", "/v1/users", &[("origin", APP), PASSWORD]);
    expect(&envoy, &get, 200, &PASSED).await?;
    copies.publish("edge-cors.yaml", &policy);
    until_granted(&envoy, APP).await?;
    protected(&envoy).await
}

/// Why the filter is the first: behind the password, a preflight gets the password's 401, and the
/// page cannot read the 401 of its request.
async fn last() -> Result<(), String> {
    let copies = Copies::new("last");
    copies.copy("envoy/ecds/edge-cors.yaml");
    let mut bootstrap = yaml(&copies.text("envoy/ecds/envoy.yaml"));
    filters(&mut bootstrap).swap(0, 1);
    let envoy = Envoy::start("last", &bootstrap).await;
    expect(&envoy, &preflight(APP), 401, &[]).await?;
    expect(&envoy, &RequestEntry::new("GET", "/v1/users", &[("origin", APP)]), 401, &[]).await
}

/// The HTTP filters of the edge.
pub(super) fn filters(bootstrap: &mut Value) -> &mut Vec<Value> {
    let filters = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config/http_filters";
    bootstrap.pointer_mut(filters).unwrap().as_array_mut().unwrap()
}

/// A preflight of the sample's origin is granted, until one with another takes the file's place.
pub(super) async fn changed(copies: &Copies, path: &str, envoy: &Envoy, extra: &[(&str, &str)]) -> Result<(), String> {
    const NEW: &str = "https://new.example.com";
    let granted = |origin| {
        let headers = if extra.is_empty() { "content-type" } else { "authorization, content-type" };
        let lists = [
            ("access-control-allow-origin", origin),
            ("access-control-allow-methods", "PUT, DELETE"),
            ("access-control-allow-headers", headers),
            ("access-control-max-age", "600"),
            PREFLIGHT_VARY,
        ];
        lists.into_iter().chain(extra.iter().copied()).collect::<Vec<_>>()
    };
    expect(envoy, &preflight(APP), 204, &granted(APP)).await?;
    expect(envoy, &preflight(NEW), 403, &[PREFLIGHT_VARY]).await?;
    copies.publish(path, &copies.text(path).replace(APP, NEW));
    until_granted(envoy, NEW).await?;
    expect(envoy, &preflight(NEW), 204, &granted(NEW)).await?;
    expect(envoy, &preflight(APP), 403, &[PREFLIGHT_VARY]).await
}

pub(super) async fn until_granted(envoy: &Envoy, origin: &str) -> Result<(), String> {
    for _ in 0..1500 {
        if ask(envoy, &preflight(origin)).await.status == 204 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(format!("preflights of {origin} were never granted"))
}

/// Istio's patches, put into a bootstrap as Istio puts them into its own. The agent's part, fetching
/// the image, and the control plane's, serving the extension, are those of files here. It starts on
/// a policy with an error, which must stop nothing.
async fn envoy_filter() -> Result<(), String> {
    let copies = Copies::new("envoy-filter");
    let mut bootstrap = yaml(&copies.text("envoy/ecds/envoy.yaml"));
    let resource = yaml(&copies.text("envoy/istio/envoy-filter.yaml"));
    let patches = &resource["spec"]["configPatches"];
    let [mut extension, mut inserted] = [0, 1].map(|index| patches[index]["patch"]["value"].clone());

    let discovery = copies.folder.join("extension.json");
    extension["@type"] = json!("type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig");
    extension["typed_config"]["config"]["vm_config"]["code"] = json!({ "local": { "filename": filter() } });
    let extension = json!({ "resources": [extension] }).to_string();
    copies.publish("extension.json", &extension.replace("maxAge", "maxage"));
    let source = inserted["config_discovery"]["config_source"].as_object_mut().unwrap();
    source.remove("ads");
    source.insert("path_config_source".to_owned(), json!({ "path": discovery }));

    filters(&mut bootstrap)[0] = inserted;
    let envoy = Envoy::start("envoy-filter", &bootstrap).await;
    // whenInvalid: close. No origin is allowed, and all other traffic flows.
    expect(&envoy, &preflight(APP), 403, &[PREFLIGHT_VARY]).await?;
    let get = RequestEntry::new("GET", "/v1/users", &[("origin", APP), PASSWORD]);
    expect(&envoy, &get, 200, &[("vary", "Accept-Encoding, Origin")]).await?;
    copies.publish("extension.json", &extension);
    until_granted(&envoy, APP).await?;
    protected(&envoy).await
}
