//! The files of hosts, which are those in this repository, with another configuration in them.

const ENVOY: &str = include_str!("../../../envoy/envoy.yaml");
const ISTIO: &str = include_str!("../../../envoy/istio/wasm-plugin-gateway.yaml");
const ENVOY_GATEWAY: &str = include_str!("../../../envoy/envoy-gateway/envoy-extension-policy.yaml");
const WRANGLER: &str = include_str!("../../../npm/template/wrangler.toml");

/// The filter, without the rest of Envoy's configuration.
pub(super) fn envoy(json: &str) -> String {
    let lines: Vec<&str> = ENVOY.lines().skip_while(|line| line.trim() != "- name: edge-cors").collect();
    let column = lines.first().map_or(0, |line| indent(line));
    let is_own = |(number, line): &(usize, &&str)| *number == 0 || line.is_empty() || indent(line) > column;
    let own = lines.iter().enumerate().take_while(is_own).map(|(_, line)| line.get(column..).unwrap_or_default());
    let filter: String = own.map(|line| format!("{line}\n")).collect();
    with_value(&filter, "value: |", json)
}

pub(super) fn istio(json: &str) -> String {
    with_value(ISTIO, "pluginConfig:", json)
}

pub(super) fn envoy_gateway(json: &str) -> String {
    with_value(ENVOY_GATEWAY, "config:", json)
}

/// As a string, because TOML has other words for the same values.
pub(super) fn wrangler(json: &str) -> String {
    let start = WRANGLER.find("[vars.CORS_CONFIG]").unwrap_or(WRANGLER.len());
    let (before, table) = WRANGLER.split_at(start);
    let behind = table.split_once("\n\n").map(|(_, behind)| behind).unwrap_or_default();
    let json = json.replace('\'', "\\u0027");
    format!("{}\nCORS_CONFIG = '''\n{json}\n'''\n\n{behind}", before.trim_end())
}

/// Writes another value below the line with a key: lines that are indented further belong to the previous one.
fn with_value(file: &str, key: &str, json: &str) -> String {
    let mut written = String::new();
    let mut lines = file.lines().peekable();
    while let Some(line) = lines.next() {
        written.push_str(line);
        written.push('\n');
        if line.trim() == key {
            let column = indent(line);
            while lines.next_if(|next| next.is_empty() || indent(next) > column).is_some() {}
            let blank = " ".repeat(column + 2);
            written.extend(json.lines().map(|line| format!("{blank}{line}\n")));
        }
    }
    written
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
