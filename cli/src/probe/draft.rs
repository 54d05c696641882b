//! The configuration that a probe writes: what the edge accepts of what a server does.

use edge_cors::{PolicySet, Problem, ProblemKind, WarningAbout};
use serde::Serialize;
use serde_json::json;

/// The most corrections: a server's lists are as long as it likes, and the edge takes 256 entries of each.
const MAX_CORRECTIONS: usize = 2_000;

/// One policy, in the order in which people read its fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyDraft {
    pub(super) allow_origins: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) allow_methods: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) allow_headers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) expose_headers: Vec<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) allow_credentials: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_age: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) preflight_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refused_preflights: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) disallowed_requests: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) dangerously_allow: Vec<&'static str>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_false(value: &bool) -> bool {
    !value
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
        let pretty = |text: serde_json::Result<String>| text.unwrap_or_default();
        if let [policy] = self.policies.as_slice() {
            return compact(&pretty(serde_json::to_string_pretty(policy)));
        }
        // The map of serde_json sorts its keys: the policies are written one by one.
        let names: Vec<String> = (0..self.policies.len()).map(Self::name).collect();
        let mut policies = String::new();
        for (name, policy) in names.iter().zip(&self.policies) {
            let separator = if policies.is_empty() { "" } else { ",\n" };
            let text = compact(&pretty(serde_json::to_string_pretty(policy))).replace('\n', "\n    ");
            policies.push_str(&format!("{separator}    \"{name}\": {text}"));
        }
        let default = json!(names).to_string().replace(',', ", ");
        format!("{{\n  \"policies\": {{\n{policies}\n  }},\n  \"default\": {default}\n}}")
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

/// Lists of strings on one line, as people write them.
fn compact(pretty: &str) -> String {
    let mut out = String::new();
    let mut in_list = false;
    for line in pretty.lines() {
        let text = line.trim_start();
        if in_list {
            in_list = !text.starts_with(']');
            out.push_str(if in_list && text.ends_with(',') { text } else { text.trim_end() });
            if in_list && text.ends_with(',') {
                out.push(' ');
            }
        } else {
            out.push_str(line);
            in_list = text.ends_with('[');
        }
        if !in_list {
            out.push('\n');
        }
    }
    out.trim_end().to_owned()
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
