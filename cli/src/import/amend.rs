//! Asks the engine about a configuration, and mends what it says: names dangers, and removes what it refuses or what
//! has no effect.

use edge_cors::{Danger, PolicySet, Problem, Severity};

use super::configuration::Configuration;
use super::loss::Losses;
use super::rules::Placed;

/// How often the engine is asked: it reports up to a hundred problems each time.
const MAX_ROUNDS: usize = 200;

/// Warnings about entries without effect.
const WITHOUT_EFFECT: [&str; 4] = ["method-always-allowed", "origin-covered", "redundant", "header-safelisted"];

/// Makes the engine accept the configuration. `Err` is what it says against it in the end.
pub(super) fn amend(configuration: &mut Configuration, losses: &mut Losses) -> Result<(), String> {
    for _ in 0..MAX_ROUNDS {
        let text = configuration.to_json();
        let problems: Vec<Problem> = match PolicySet::from_json(&text) {
            Ok((_, warnings)) => warnings.iter().cloned().collect(),
            Err(error) => error.problems().cloned().collect(),
        };
        let is_error = |problem: &Problem| problem.severity() == Severity::Error;
        let is_wrong = problems.iter().any(is_error);
        let mut changed = false;
        // From the end, so that what is in front of a removed entry keeps its place.
        for problem in problems.iter().rev().filter(|problem| !is_wrong || is_error(problem)) {
            changed |= mend(configuration, problem, losses);
        }
        match changed {
            true => {}
            false if is_wrong => return Err(problems.first().map(Problem::message).unwrap_or_default()),
            false => return Ok(()),
        }
    }
    Err("it has too many problems".to_owned())
}

/// Whether something was changed.
fn mend(configuration: &mut Configuration, problem: &Problem, losses: &mut Losses) -> bool {
    let pointer: Vec<&str> = problem.pointer().split('/').skip(1).collect();
    match pointer.as_slice() {
        ["policies", name, field, index] => {
            let policy = configuration.policies.iter().position(|policy| policy.name == *name);
            policy.is_some_and(|policy| mend_policy(configuration, policy, (field, index), problem, losses))
        }
        [field, index] if *field != "routes" => mend_policy(configuration, 0, (field, index), problem, losses),
        ["routes", index, ..] => {
            let Some(index) = index.parse().ok().filter(|index| *index < configuration.routes.len()) else {
                return false;
            };
            if problem.severity() == Severity::Warning && problem.code() != "route-unreachable" {
                return false;
            }
            let route = configuration.routes.remove(index);
            if problem.severity() == Severity::Error {
                let message = format!("The route of these requests cannot be carried over. {}", problem.message());
                losses.different(route.offset, message, "write a route for them by hand.");
            }
            true
        }
        _ => false,
    }
}

fn mend_policy(
    configuration: &mut Configuration,
    policy: usize,
    (field, index): (&str, &str),
    problem: &Problem,
    losses: &mut Losses,
) -> bool {
    let Some(policy) = configuration.policies.get_mut(policy) else { return false };
    let code = problem.code();
    if let Some(danger) = Danger::NAMES.iter().find(|name| **name == code) {
        if policy.dangers.iter().any(|known| known == danger) {
            return false;
        }
        let place = index.parse().ok().and_then(|index: usize| policy.origins.get(index));
        let offset = place.map_or(policy.offset, |origin| origin.offset);
        let is_known = |name: &&&str| name == &danger || policy.dangers.iter().any(|known| known == *name);
        policy.dangers = Danger::NAMES.iter().filter(is_known).map(|name| (*name).to_owned()).collect();
        if *danger != "regex-origins" {
            let message = format!("This is dangerous today, and is carried over as it is. {}", problem.message());
            let fix = format!("if it is not meant, remove the origin, and {danger:?} from dangerouslyAllow.");
            losses.note(offset, message, &fix);
        }
        return true;
    }
    let is_wrong = problem.severity() == Severity::Error;
    // A browser asks for a safelisted header by name if its value is not safelisted.
    let has_no_effect = WITHOUT_EFFECT.contains(&code) && (field, code) != ("allowHeaders", "header-safelisted");
    if !is_wrong && !has_no_effect {
        return false;
    }
    let removed = match field {
        "allowOrigins" => remove(&mut policy.origins, index).map(|origin| origin.offset),
        "allowMethods" => remove(&mut policy.methods, index).map(|name| name.offset),
        "allowHeaders" => remove(&mut policy.headers, index).map(|name| name.offset),
        "exposeHeaders" => remove(&mut policy.exposed, index).map(|name| name.offset),
        _ => None,
    };
    let Some(offset) = removed else { return false };
    let has_effect = is_wrong && !code.starts_with("forbidden-");
    match field {
        "allowOrigins" if has_effect => {
            let message = format!("An origin cannot be carried over. {}", problem.message());
            losses.narrower(offset, message, "list its origins as patterns.");
        }
        _ if has_effect => {
            let message = format!("This entry is left out: no browser compares with it. {}", problem.message());
            losses.note(offset, message, "if names that start alike are meant, list each of them.");
        }
        _ => {}
    }
    true
}

fn remove<T>(list: &mut Vec<Placed<T>>, index: &str) -> Option<Placed<T>> {
    let index = index.parse().ok().filter(|index| *index < list.len())?;
    Some(list.remove(index))
}
