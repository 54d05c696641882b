//! Bootstraps for tests: a listener for each configuration, with everything behind the filter
//! that gives replies of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Kind;

/// A bootstrap with these listeners in front of the origin servers.
pub fn bootstrap(listeners: &[Value], upstream: SocketAddr, raw: SocketAddr) -> Value {
    // Nothing listens on port 1: connections are refused.
    let dead: SocketAddr = "127.0.0.1:1".parse().unwrap();
    json!({
        // File-based discovery wants a name.
        "node": { "id": "test", "cluster": "test" },
        "admin": { "address": socket_address(0) },
        // What Prometheus scrapes has the same names from the dynamic module as from the filter.
        "layered_runtime": { "layers": [{ "name": "static", "static_layer": {
            "envoy.reloadable_features.dynamic_modules_strip_custom_stat_prefix": true,
        } }] },
        "static_resources": {
            "listeners": listeners,
            "clusters": [cluster("upstream", upstream), cluster("raw", raw), cluster("dead", dead)],
        },
    })
}

/// The request header by which a case picks the route whose metadata names a policy.
pub const POLICY: &str = "x-policy";

/// A listener whose filter has this JSON text as its configuration.
pub fn listener(kind: Kind, name: &str, configuration: &str) -> Value {
    listener_with(kind, name, &text(configuration))
}

/// Adds routes whose metadata names these policies, for requests with the name in [`POLICY`].
pub fn route_by_name<'n>(listener: &mut Value, policies: impl Iterator<Item = &'n str>) {
    let route = |name: &str| {
        json!({
            "match": { "prefix": "/", "headers": [{ "name": POLICY, "string_match": { "exact": name } }] },
            "route": { "cluster": "upstream" },
            "metadata": metadata(&json!(name)),
        })
    };
    routes_of(listener).splice(0..0, policies.map(route));
}

/// The routes of a listener that any host has.
pub fn routes_of(listener: &mut Value) -> &mut Vec<Value> {
    let routes = "/filter_chains/0/filters/0/typed_config/route_config/virtual_hosts/0/routes";
    listener.pointer_mut(routes).unwrap().as_array_mut().unwrap()
}

/// What a listener is called that has this configuration and normalizes paths.
pub fn normalizing_name(configuration: &str) -> String {
    format!("normalizing {configuration}")
}

/// A listener with this configuration that changes paths before the filter sees them, as the files
/// in `envoy/` do.
pub fn normalizing_listener(kind: Kind, configuration: &str) -> Value {
    let mut listener = listener(kind, &normalizing_name(configuration), configuration);
    let manager = &mut listener["filter_chains"][0]["filters"][0]["typed_config"];
    manager["normalize_path"] = json!(true);
    manager["merge_slashes"] = json!(true);
    manager["path_with_escaped_slashes_action"] = json!("UNESCAPE_AND_REDIRECT");
    listener
}

/// Where the requests of a listener are logged: path and verdict.
pub fn access_log(listener: &str) -> PathBuf {
    let name: String = listener.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("access-{name}.log"))
}

/// A JSON text as Envoy wants it.
pub fn text(configuration: &str) -> Value {
    json!({ "@type": "type.googleapis.com/google.protobuf.StringValue", "value": configuration })
}

/// A listener whose filter has this message as its configuration.
pub fn listener_with(kind: Kind, name: &str, configuration: &Value) -> Value {
    listener_of(name, 0, &[json!({ "name": "edge-cors", "typed_config": filter(kind, configuration) })])
}

/// A listener on this port, any if it is 0, with these in front of the other filters.
pub fn listener_of(name: &str, port: u16, ours: &[Value]) -> Value {
    let others = [
        json!({ "name": "envoy.filters.http.rbac", "typed_config": deny("/denied") }),
        json!({ "name": "envoy.filters.http.router", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" } }),
    ];
    let filters = [ours, &others].concat();
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "test",
        "max_request_headers_kb": 96,
        "http2_protocol_options": { "allow_connect": true },
        "access_log": [{ "name": "envoy.access_loggers.file", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": access_log(name),
            "log_format": { "text_format_source": { "inline_string":
                "%REQ(:PATH)% %FILTER_STATE(wasm.edge_cors:PLAIN)% %FILTER_STATE(wasm.edge_cors_configuration:PLAIN)%\n" } },
        } }],
        "upgrade_configs": [{ "upgrade_type": "websocket" }, { "upgrade_type": "CONNECT" }],
        "http_filters": filters,
        "route_config": { "virtual_hosts": [
            { "name": "all", "domains": ["*"], "routes": routes() },
            { "name": "named", "domains": ["named.example.com"], "routes": routes(), "metadata": metadata(&json!("by-metadata")) },
        ] },
    });
    json!({
        "name": name,
        "address": socket_address(port),
        "filter_chains": [{ "filters": [
            { "name": "envoy.filters.network.http_connection_manager", "typed_config": manager },
        ] }],
    })
}

/// Our filter with this message as its configuration.
pub fn filter(kind: Kind, configuration: &Value) -> Value {
    match kind {
        Kind::Wasm => wasm_filter(configuration),
        Kind::Module => json!({
            "@type": kind.type_url(),
            "dynamic_module_config": { "name": "edge_cors" },
            "filter_name": "edge-cors",
            "filter_config": configuration,
        }),
    }
}

fn wasm_filter(configuration: &Value) -> Value {
    json!({
        "@type": Kind::Wasm.type_url(),
        "config": {
            "name": "edge-cors",
            "configuration": configuration,
            "vm_config": {
                "vm_id": "edge-cors",
                "runtime": "envoy.wasm.runtime.v8",
                "code": { "local": { "filename": super::filter() } },
            },
        },
    })
}

/// A filter behind ours that answers 403 itself.
fn deny(prefix: &str) -> Value {
    json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
        "rules": { "action": "DENY", "policies": { "denied": {
            "permissions": [{ "url_path": { "path": { "prefix": prefix } } }],
            "principals": [{ "any": true }],
        } } },
    })
}

/// The metadata by which a route or a virtual host names its policy.
fn metadata(policy: &Value) -> Value {
    json!({ "filter_metadata": { "edge-cors": { "policy": policy } } })
}

fn routes() -> Value {
    let named = |prefix: &str, policy: Value| json!({ "match": { "prefix": prefix }, "route": { "cluster": "upstream" }, "metadata": metadata(&policy) });
    json!([
        { "match": { "connect_matcher": {} }, "route": { "cluster": "upstream" } },
        { "match": { "prefix": "/dead" }, "route": { "cluster": "dead" } },
        { "match": { "prefix": "/raw" }, "route": { "cluster": "raw" } },
        { "match": { "prefix": "/redirect" }, "redirect": { "path_redirect": "/elsewhere" } },
        { "match": { "prefix": "/direct" }, "direct_response": { "status": 418 } },
        named("/metadata/named", json!("by-metadata")),
        named("/metadata/unknown", json!("no-such-policy")),
        named("/metadata/number", json!(7)),
        { "match": { "prefix": "/" }, "route": { "cluster": "upstream" } },
    ])
}

/// A server that routes can name.
pub fn cluster(name: &str, address: SocketAddr) -> Value {
    json!({
        "name": name,
        "connect_timeout": "2s",
        "load_assignment": { "cluster_name": name, "endpoints": [{ "lb_endpoints": [
            { "endpoint": { "address": socket_address(address.port()) } },
        ] }] },
    })
}

fn socket_address(port: u16) -> Value {
    json!({ "socket_address": { "address": "127.0.0.1", "port_value": port } })
}
