//! The configuration that a probe writes: what the edge accepts of what a server does.

use edge_cors::{PolicySet, Problem, ProblemKind, WarningAbout};
use serde_json::{Value, json};

use crate::pretty::{self, Members, Node};

/// The most corrections: a server's lists are as long as it likes, and the edge takes 256 entries of each.
const MAX_CORRECTIONS: usize = 2_000;

/// One policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PolicyDraft {
    pub(super) allow_origins: Vec<String>,
    pub(super) allow_methods: Vec<String>,
    pub(super) allow_headers: Vec<String>,
    pub(super) expose_headers: Vec<String>,
    pub(super) allow_credentials: bool,
    pub(super) max_age: Option<u64>,
    pub(super) preflight_status: Option<u16>,
    pub(super) refused_preflights: Option<&'static str>,
    pub(super) disallowed_requests: Option<&'static str>,
    pub(super) dangerously_allow: Vec<&'static str>,
}

impl PolicyDraft {
    /// In the order in which people read the fields.
    fn members(&self) -> Members {
        fn list<T: AsRef<str>>(entries: &[T]) -> Node {
            Node::List(entries.iter().map(|entry| Node::Value(json!(entry.as_ref()))).collect())
        }
        let some = |entries: &[String]| (!entries.is_empty()).then(|| list(entries));
        let dangers = &self.dangerously_allow;
        let value = |value: Option<Value>| value.map(Node::Value);
        let all = [
            ("allowOrigins", Some(list(&self.allow_origins))),
            ("allowMethods", some(&self.allow_methods)),
            ("allowHeaders", some(&self.allow_headers)),
            ("exposeHeaders", some(&self.expose_headers)),
            ("allowCredentials", value(self.allow_credentials.then_some(json!(true)))),
            ("maxAge", value(self.max_age.map(|seconds| json!(seconds)))),
            ("preflightStatus", value(self.preflight_status.map(|status| json!(status)))),
            ("refusedPreflights", value(self.refused_preflights.map(|word| json!(word)))),
            ("disallowedRequests", value(self.disallowed_requests.map(|word| json!(word)))),
            ("dangerouslyAllow", (!dangers.is_empty()).then(|| list(dangers))),
        ];
        all.into_iter().filter_map(|(name, node)| Some((name.to_owned(), node?))).collect()
    }
}

/// The whole configuration: the first policy that allows an origin decides about it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draft {
    pub(super) policies: Vec<PolicyDraft>,
}

/// Something that a server allows and the edge does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LeftOut {
    pub(super) pointer: String,
    pub(super) value: String,
    pub(super) why: String,
}

impl Draft {
    /// The name of a policy, if there are several.
    pub(super) fn name(index: usize) -> String {
        format!("pages-{}", index + 1)
    }

    /// The JSON Pointer of a policy.
    pub(super) fn pointer(&self, index: usize) -> String {
        if self.policies.len() == 1 { String::new() } else { format!("/policies/{}", Self::name(index)) }
    }

    /// The text of the configuration.
    pub(super) fn text(&self) -> String {
        if let [policy] = self.policies.as_slice() {
            return pretty::text(&Node::Object(policy.members()));
        }
        let names: Vec<String> = (0..self.policies.len()).map(Self::name).collect();
        let policies = names.iter().zip(&self.policies);
        let policies = policies.map(|(name, policy)| (name.clone(), Node::Object(policy.members())));
        let default = names.iter().map(|name| Node::Value(json!(name))).collect();
        pretty::text(&Node::Object(vec![
            ("policies".to_owned(), Node::Object(policies.collect())),
            ("default".to_owned(), Node::List(default)),
        ]))
    }

    /// Names the dangers that the policies need, and removes what the edge does not take and what it does not need.
    pub(super) fn settle(&mut self) -> Vec<LeftOut> {
        let mut left_out = Vec::new();
        for _ in 0..MAX_CORRECTIONS {
            let correction = match PolicySet::from_json(&self.text()) {
                Err(error) => error.errors().first().cloned(),
                Ok((_, warnings)) => warnings.iter().find(|problem| is_needless(problem)).cloned(),
            };
            let Some(problem) = correction else { break };
            if !self.correct(&problem, &mut left_out) {
                break;
            }
        }
        left_out
    }

    /// Whether there was something to correct.
    fn correct(&mut self, problem: &Problem, left_out: &mut Vec<LeftOut>) -> bool {
        let pointer = problem.pointer();
        let index = (0..self.policies.len()).find(|index| {
            let own = self.pointer(*index);
            pointer.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        let Some((index, own)) = index.map(|index| (index, self.pointer(index))) else { return false };
        let Some(policy) = self.policies.get_mut(index) else { return false };
        if let ProblemKind::Dangerous { danger, .. } = problem.kind() {
            let is_new = !policy.dangerously_allow.contains(&danger.name());
            policy.dangerously_allow.push(danger.name());
            return is_new;
        }
        let mut segments = pointer.get(own.len()..).unwrap_or_default().split('/').skip(1);
        let list = match segments.next() {
            Some("allowMethods") => &mut policy.allow_methods,
            Some("allowHeaders") => &mut policy.allow_headers,
            Some("exposeHeaders") => &mut policy.expose_headers,
            Some("allowOrigins") => &mut policy.allow_origins,
            _ => return false,
        };
        // A list that is too long has a problem as a whole.
        let at = segments.next().and_then(|at| at.parse().ok()).unwrap_or(list.len().saturating_sub(1));
        if at >= list.len() {
            return false;
        }
        let value = list.remove(at);
        if !is_needless(problem) {
            let pointer =
                pointer.rsplit_once('/').filter(|_| pointer.len() > own.len()).map_or(pointer, |(list, _)| list);
            left_out.push(LeftOut { pointer: pointer.to_owned(), value, why: problem.message() });
        }
        true
    }
}

/// Whether the configuration means the same without the entry.
fn is_needless(problem: &Problem) -> bool {
    matches!(
        problem.kind(),
        ProblemKind::Warning(
            WarningAbout::OriginCovered { .. }
                | WarningAbout::MethodAlwaysAllowed { .. }
                | WarningAbout::Redundant { .. }
                | WarningAbout::HeaderSafelisted { response: true, .. }
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> Vec<String> {
        entries.iter().map(|entry| (*entry).to_owned()).collect()
    }

    #[test]
    fn a_draft_is_corrected_until_the_edge_accepts_it() {
        let policy = PolicyDraft {
            allow_origins: list(&["https://*.github.io", "https://a.github.io"]),
            allow_methods: list(&["GET", "PUT", "TRACE"]),
            allow_headers: list(&["x-a", "cookie", "X-A"]),
            expose_headers: list(&["etag", "content-type"]),
            allow_credentials: true,
            ..PolicyDraft::default()
        };
        let mut draft = Draft { policies: vec![policy] };
        let left_out = draft.settle();
        assert_eq!(
            draft.text(),
            r#"{
  "allowOrigins": ["https://*.github.io"],
  "allowMethods": ["PUT"],
  "allowHeaders": ["x-a"],
  "exposeHeaders": ["etag"],
  "allowCredentials": true,
  "dangerouslyAllow": ["public-suffix-subdomains"]
}"#
        );
        let left_out: Vec<(&str, &str)> =
            left_out.iter().map(|entry| (entry.pointer.as_str(), entry.value.as_str())).collect();
        assert_eq!(left_out, [("/allowMethods", "TRACE"), ("/allowHeaders", "cookie")]);
        draft.policies.push(PolicyDraft { allow_origins: list(&["*"]), ..PolicyDraft::default() });
        let (policies, _) = PolicySet::from_json(&draft.text()).unwrap();
        assert_eq!(policies.policies().len(), 2);
    }
}
