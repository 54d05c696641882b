//! What is compared in Envoy: filters with the same policy, and what they are measured against.
//!
//! To add one, add it to [`all`].

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use test_support::project;
use test_support::two_routes::{self, Response};

/// The policy of all that have one.
pub const POLICY: &str = include_str!("../contenders/policy.json");
/// What is measured without any filter.
pub const NONE: &str = "no filter";
/// The contender that the others are compared with: Envoy's own.
pub const NATIVE: &str = "native cors";
/// The filter that does nothing.
pub const EMPTY: &str = "empty wasm filter";
/// The filter as it is shipped.
pub const OURS: &str = "edge-cors, wasm";
/// The dynamic module as it is shipped.
pub const MODULE: &str = "edge-cors, dynamic module";

/// Something that is put in front of the router.
pub struct Contender {
    /// What tables call it.
    pub name: String,
    /// The file that it is made of. Without it, it cannot run.
    pub file: Option<PathBuf>,
    /// The HTTP filter, made of the file and a configuration.
    filter: fn(&Path, &str) -> Value,
    /// How its routes are written.
    routes: Routes,
    /// Whether it answers as the policy says.
    pub has_policy: bool,
}

enum Routes {
    One,
    /// One that has Envoy's own CORS policy.
    Native,
    /// The second one is for requests without `Origin`, and keeps these out of the filter.
    Two,
}

/// Every contender whose file is there, in the order of the tables.
///
/// `others` are further builds of the filter, by what tables are to call them.
pub fn all(others: &[(String, PathBuf)]) -> Vec<Contender> {
    let contender = |name: &str, file: Option<&Path>, filter, routes, has_policy| Contender {
        name: name.to_owned(),
        file: file.map(Path::to_owned),
        filter,
        routes,
        has_policy,
    };
    let nothing = nothing();
    let ours = project().join("dist/edge_cors_filter.wasm");
    let module = project().join("dist/libedge_cors.so");
    let mut all = vec![
        contender(NONE, None, |_, _| Value::Null, Routes::One, false),
        contender(NATIVE, None, |_, _| native(), Routes::Native, true),
        contender(EMPTY, Some(&nothing), wasm, Routes::One, false),
        contender("Lua", None, |_, _| lua(), Routes::One, true),
        contender(OURS, Some(&ours), wasm, Routes::One, true),
        contender("edge-cors, wasm, mode off", Some(&ours), off, Routes::One, false),
        contender("edge-cors, wasm, mode report", Some(&ours), report, Routes::One, false),
        contender("edge-cors, wasm, two routes", Some(&ours), wasm, Routes::Two, true),
        contender(MODULE, Some(&module), dynamic_module, Routes::One, true),
    ];
    all.extend(others.iter().map(|(name, file)| contender(name, Some(file), wasm, Routes::One, true)));
    all.retain(|contender| contender.file.as_ref().is_none_or(|file| file.exists()));
    all
}

/// The filter that does nothing, in the binary form.
fn nothing() -> PathBuf {
    let bytes = wat::parse_str(include_str!("../contenders/nothing.wat")).unwrap();
    let file = project().join("target/bench/nothing.wasm");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, bytes).unwrap();
    file
}

fn native() -> Value {
    json!({ "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors" })
}

fn lua() -> Value {
    json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
        "default_source_code": { "inline_string": include_str!("../contenders/cors.lua") },
    })
}

fn wasm(file: &Path, configuration: &str) -> Value {
    json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
        "config": {
            "name": "edge-cors",
            "failure_policy": "FAIL_RELOAD",
            "configuration": text(configuration),
            "vm_config": {
                // One VM for each file.
                "vm_id": file,
                "runtime": "envoy.wasm.runtime.v8",
                "code": { "local": { "filename": file } },
            },
        },
    })
}

/// Ours, which looks at `Origin`, counts, and leaves everything alone.
fn off(file: &Path, configuration: &str) -> Value {
    wasm(file, &in_mode("off", configuration))
}

/// Ours, which decides, counts and tells the access log, and changes nothing.
fn report(file: &Path, configuration: &str) -> Value {
    wasm(file, &in_mode("report", configuration))
}

fn in_mode(mode: &str, configuration: &str) -> String {
    let mut policy: Value = serde_json::from_str(configuration).unwrap();
    policy["mode"] = mode.into();
    policy.to_string()
}

/// Envoy finds the file by its name, in the folder that [`envoy::start`](crate::envoy::start) names.
fn dynamic_module(_: &Path, configuration: &str) -> Value {
    json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter",
        "dynamic_module_config": { "name": "edge_cors", "do_not_close": true },
        "filter_name": "edge-cors",
        "filter_config": text(configuration),
    })
}

fn text(configuration: &str) -> Value {
    json!({ "@type": "type.googleapis.com/google.protobuf.StringValue", "value": configuration })
}

/// The policy in the words of `envoy.filters.http.cors`.
fn native_policy() -> Value {
    let policy: Value = serde_json::from_str(POLICY).unwrap();
    let joined = |field: &str| {
        let names = policy[field].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        names.collect::<Vec<_>>().join(", ")
    };
    let origins = policy["allowOrigins"].as_array().unwrap().iter().map(|origin| json!({ "exact": origin }));
    json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
        "allow_origin_string_match": origins.collect::<Vec<_>>(),
        "allow_methods": joined("allowMethods"),
        "allow_headers": joined("allowHeaders"),
        "expose_headers": joined("exposeHeaders"),
        "allow_credentials": policy["allowCredentials"],
        "max_age": policy["maxAge"].to_string(),
    })
}

impl Contender {
    /// What is in front of the router, with a configuration.
    pub fn filters(&self, configuration: &str) -> Vec<Value> {
        let filter = (self.filter)(self.file.as_deref().unwrap_or(Path::new("")), configuration);
        let named = json!({ "name": "edge-cors", "typed_config": filter });
        if named["typed_config"].is_null() { Vec::new() } else { vec![named] }
    }

    /// The routes to the origin server.
    pub fn routes(&self) -> Value {
        let route = json!({ "match": { "prefix": "/" }, "route": { "cluster": "origin-server" } });
        match self.routes {
            Routes::One => json!([route]),
            Routes::Native => {
                let mut route = route;
                route["typed_per_filter_config"] = json!({ "edge-cors": native_policy() });
                json!([route])
            }
            Routes::Two => {
                let response = Response::of(&serde_json::from_str(POLICY).unwrap()).unwrap();
                two_routes::around(&route, "edge-cors", &response).into()
            }
        }
    }
}
