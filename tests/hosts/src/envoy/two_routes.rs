//! The arrangement of `envoy/two-routes.yaml` with every case: each route twice, so that requests without `Origin`
//! never enter the filter. The case itself gets what it expects, and without its `Origin` it gets what the filter
//! alone gives it. `tests/data/two-routes.json` names what the arrangement cannot do, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};
use test_support::case::{Case, Observed, RequestEntry};
use test_support::two_routes::{Response, around};

use super::bootstrap::routes_of;
use crate::Test;
use crate::bed::{Bed, Reply};

/// The request header that selects the arrangement, on the listener of a configuration.
pub const SELECT: &str = "x-two-routes";

/// What the arrangement cannot do.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    #[serde(rename = "about")]
    _about: String,
    /// What a response without `Origin` differs in, and the cases where it does.
    differs: BTreeMap<String, Vec<String>>,
}

/// Puts both routes in front of each route of a listener, if the configuration fits.
pub fn add(listener: &mut Value, configuration: &Value) {
    let Ok(response) = Response::of(configuration) else { return };
    let routes = routes_of(listener);
    let arranged: Vec<Value> = routes
        .iter()
        .filter_map(|route| {
            let mut route = route.clone();
            route["match"].get("prefix")?;
            let headers = route["match"].as_object_mut().unwrap().entry("headers").or_insert_with(|| json!([]));
            headers.as_array_mut().unwrap().push(json!({ "name": SELECT, "present_match": true }));
            Some(around(&route, "edge-cors", &response))
        })
        .flatten()
        .collect();
    routes.splice(0..0, arranged);
}

pub fn tests(cases: &[Case]) -> Vec<(String, Test)> {
    let limits: Limits = serde_json::from_str(include_str!("../../../data/two-routes.json")).unwrap();
    let differing: BTreeSet<String> = limits.differs.into_values().flatten().collect();
    let on_envoy = cases.iter().enumerate().filter(|(_, case)| case.runs_on("envoy") && !case.tells());
    let (fitting, others): (Vec<_>, Vec<_>) = on_envoy.partition(|(_, case)| Response::of(&case.configuration).is_ok());
    let (fits, does_not_fit) = (fitting.len(), others.len());
    let unknown: Vec<String> =
        differing.iter().filter(|id| fitting.iter().all(|(_, case)| case.id != **id)).cloned().collect();
    let tests = fitting.into_iter().map(|(index, case)| {
        let differs = differing.contains(&case.id);
        let test = move |bed: &Bed| check(bed, &bed.cases()[index], differs);
        (format!("two-routes/{}", case.id), Box::new(test) as Test)
    });
    let most = move |_: &Bed| {
        if !unknown.is_empty() {
            return Err(format!("tests/data/two-routes.json names what is no case that fits: {unknown:?}"));
        }
        if fits > 3 * does_not_fit { Ok(()) } else { Err(format!("{fits} cases fit, {does_not_fit} do not")) }
    };
    let most = ("two-routes: most cases fit".to_owned(), Box::new(most) as Test);
    tests.chain([most]).map(|(name, test)| (format!("envoy::{name}"), test)).collect()
}

fn check(bed: &Bed, case: &Case, differs: bool) -> Result<(), String> {
    let listener = case.configuration.to_string();
    let select = |request: &RequestEntry| {
        let mut request = request.clone();
        request.headers.push((SELECT.to_owned(), "1".to_owned()));
        request
    };
    let has_origin = case.request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("origin"));
    if has_origin {
        let observed = observed(bed.ask_envoy_as(&listener, case, &select(&case.request)));
        observed.check(case.expect("envoy")).map_err(|problem| format!("with Origin: {problem}"))?;
    }
    let mut without = case.request.clone();
    without.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("origin"));
    let alone = observed(bed.ask_envoy_as(&listener, case, &without));
    let arranged = observed(bed.ask_envoy_as(&listener, case, &select(&without)));
    let same = arranged.check(&alone.expectation());
    match same {
        Ok(()) if differs => Err("without Origin: equal, and listed as different".to_owned()),
        Err(problem) if !differs => Err(format!("without Origin, beside the filter alone: {problem}")),
        _ => Ok(()),
    }
}

fn observed(reply: Reply) -> Observed {
    Observed::response(reply.status, reply.forwarded, reply.headers)
}
