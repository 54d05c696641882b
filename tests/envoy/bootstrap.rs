//! Bootstraps for tests: a listener for each configuration, with everything behind the filter
//! that gives replies of its own.

use std::net::SocketAddr;

use serde_json::{Value, json};

/// A bootstrap with these listeners in front of the origin servers.
pub fn bootstrap(listeners: &[Value], upstream: SocketAddr, raw: SocketAddr) -> Value {
    // Nothing listens on port 1: connections are refused.
    let dead: SocketAddr = "127.0.0.1:1".parse().unwrap();
    json!({
        "admin": { "address": socket_address(0) },
        "static_resources": {
            "listeners": listeners,
            "clusters": [cluster("upstream", upstream), cluster("raw", raw), cluster("dead", dead)],
        },
    })
}

/// A listener whose filter has this JSON text as its configuration.
pub fn listener(name: &str, configuration: &str) -> Value {
    let text = json!({ "@type": "type.googleapis.com/google.protobuf.StringValue", "value": configuration });
    listener_with(name, &text)
}

/// A listener whose filter has this message as its configuration.
pub fn listener_with(name: &str, configuration: &Value) -> Value {
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "test",
        "max_request_headers_kb": 96,
        "upgrade_configs": [{ "upgrade_type": "websocket" }, { "upgrade_type": "CONNECT" }],
        "http_filters": [
            { "name": "edge-cors", "typed_config": wasm_filter(configuration) },
            { "name": "envoy.filters.http.rbac", "typed_config": deny("/denied") },
            { "name": "envoy.filters.http.router", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" } },
        ],
        "route_config": { "virtual_hosts": [{ "name": "all", "domains": ["*"], "routes": routes() }] },
    });
    json!({
        "name": name,
        "address": socket_address(0),
        "filter_chains": [{ "filters": [
            { "name": "envoy.filters.network.http_connection_manager", "typed_config": manager },
        ] }],
    })
}

fn wasm_filter(configuration: &Value) -> Value {
    json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
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

fn routes() -> Value {
    let metadata = |policy: &Value| json!({ "filter_metadata": { "edge-cors": { "policy": policy } } });
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

fn cluster(name: &str, address: SocketAddr) -> Value {
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
