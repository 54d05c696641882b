//! The arrangement of `envoy/two-routes.yaml`: each route of Envoy twice, so that requests without `Origin` never
//! enter the filter. What the filter would have done to their responses, the second route does.

use edge_cors::{Edit, PolicySet, READ_FROM_RESPONSES};
use serde_json::{Value, json};

use crate::head::{self, Head};

/// A route twice: for requests with `Origin`, and for the others. `name` is the name of the filter in the chain.
pub fn around(route: &Value, name: &str, response: &Response) -> [Value; 2] {
    let (mut with, mut without) = (route.clone(), route.clone());
    let matched = with["match"].as_object_mut().unwrap();
    let headers = matched.entry("headers").or_insert_with(|| json!([]));
    headers.as_array_mut().unwrap().push(json!({ "name": "origin", "present_match": true }));
    without["typed_per_filter_config"] =
        json!({ name: { "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": true } });
    if !response.removed.is_empty() {
        without["response_headers_to_remove"] = json!(response.removed);
    }
    if !response.added.is_empty() {
        let added = response.added.iter().map(|(name, value)| {
            let is_list = name == "vary";
            let action = if is_list { "APPEND_IF_EXISTS_OR_ADD" } else { "OVERWRITE_IF_EXISTS_OR_ADD" };
            json!({ "header": { "key": name, "value": value }, "append_action": action })
        });
        without["response_headers_to_add"] = added.collect();
    }
    [with, without]
}

/// What a policy does to the responses to requests without `Origin`.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    removed: Vec<String>,
    added: Vec<(String, String)>,
}

impl Response {
    /// What a configuration does to them, if it does the same to all.
    pub fn of(configuration: &Value) -> Result<Self, &'static str> {
        let (policies, _) = PolicySet::from_json(&configuration.to_string()).unwrap();
        let mut all = Vec::new();
        for request in requests(configuration) {
            let response = Self::to(&policies, &request)?;
            if !all.contains(&response) {
                all.push(response);
            }
        }
        let first = all.pop().unwrap();
        if all.is_empty() { Ok(first) } else { Err("its policies differ for requests without Origin") }
    }

    /// What the policies do to the response to a request.
    fn to(policies: &PolicySet, request: &Request) -> Result<Self, &'static str> {
        let head = Head::<&str, &str> {
            authority: Some(request.host.as_bytes()),
            path: Some(request.path.as_bytes()),
            policy_name: request.policy.as_deref().map(str::as_bytes),
            ..Head::default()
        };
        let exchange = policies.decide(&head);
        let decorated = |headers: &[(&'static str, &str)]| -> Vec<_> {
            exchange.decorate(&head::Response { status: 200, headers }).collect()
        };
        let stray: Vec<_> = READ_FROM_RESPONSES.iter().map(|name| (*name, "stray")).collect();
        let (bare, strayed) = (decorated(&[]), decorated(&stray));
        if strayed.is_empty() && !bare.is_empty() {
            return Err("upstreamHeaders: keep depends on the response");
        }
        let removed = strayed.iter().filter_map(|edit| match edit {
            Edit::Remove { name } => Some((*name).to_owned()),
            Edit::Set { .. } | Edit::Append { .. } => None,
        });
        let added = bare.iter().filter_map(|edit| match edit {
            Edit::Set { name, value } => Some(((*name).to_owned(), (*value).to_owned())),
            Edit::Remove { .. } | Edit::Append { .. } => None,
        });
        Ok(Self { removed: removed.collect(), added: added.collect() })
    }
}

/// A request that selects a policy.
struct Request {
    host: String,
    path: String,
    policy: Option<String>,
}

/// Requests that select every policy that routes, the default and the host's own routing can select: each host of
/// the routes, and one that no route has, with each path, in the same way, and with each name.
fn requests(configuration: &Value) -> Vec<Request> {
    let routes = || configuration["routes"].as_array().into_iter().flatten();
    let hosts = routes().filter_map(|route| Some(route["host"].as_str()?.replace("*.", "any.")));
    let hosts: Vec<String> = hosts.chain(["elsewhere.test".to_owned()]).collect();
    let path = |path: &Value| path.as_str().or_else(|| path["exact"].as_str()).map(str::to_owned);
    let paths: Vec<String> = routes().filter_map(|route| path(&route["path"])).chain(["/".to_owned()]).collect();
    let names = configuration["policies"].as_object().into_iter().flatten().map(|(name, _)| Some(name.clone()));
    let names: Vec<Option<String>> = names.filter(|_| configuration["routeMetadata"] == true).chain([None]).collect();
    let mut requests = Vec::new();
    for host in &hosts {
        for path in &paths {
            let named =
                |policy: &Option<String>| Request { host: host.clone(), path: path.clone(), policy: policy.clone() };
            requests.extend(names.iter().map(named));
        }
    }
    requests
}
