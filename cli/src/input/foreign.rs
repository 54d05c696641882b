//! Other sources of CORS headers: the own CORS settings of hosts, which edge-cors does not read.

use super::notice::Notice;
use super::tree::{Member, Tree, Value};

/// An owner of CORS headers, for people, and what `edge-cors import` calls it; nothing if it cannot.
type Owner = (&'static str, Option<&'static str>);

/// Fields of resources: the resource's kind, the field's name, and its owner.
const FIELDS: [(&str, &str, Owner); 4] = [
    ("VirtualService", "corsPolicy", ("Istio's own corsPolicy", Some("istio"))),
    ("HTTPProxy", "corsPolicy", ("Contour's own corsPolicy", None)),
    ("SecurityPolicy", "cors", ("the cors of Envoy Gateway's SecurityPolicy", Some("envoy-gateway"))),
    ("HTTPRoute", "cors", ("the CORS filter of the Gateway API", Some("gateway-api"))),
];

/// Annotations of Ingresses: the start of the name, and its owner.
const ANNOTATIONS: [(&str, Owner); 4] = [
    ("nginx.ingress.kubernetes.io/cors-", ("CORS of ingress-nginx, in annotations", Some("ingress-nginx"))),
    ("nginx.ingress.kubernetes.io/enable-cors", ("CORS of ingress-nginx, in annotations", Some("ingress-nginx"))),
    ("higress.io/cors-", ("CORS of Higress, in annotations", Some("higress"))),
    ("higress.io/enable-cors", ("CORS of Higress, in annotations", Some("higress"))),
];

/// Envoy's messages: the end of the name, and its owner.
const MESSAGES: [(&str, Owner); 2] = [
    (".filters.http.cors.v3.CorsPolicy", POLICY),
    (".filters.http.cors.v3.Cors", ("Envoy's own CORS filter", Some("envoy"))),
];

const POLICY: Owner = ("Envoy's own CorsPolicy", Some("envoy"));

/// Adds a notice for every other owner of CORS headers in a document, each once.
pub(super) fn name(document: &Tree, notices: &mut Vec<Notice>) {
    let mut owners = Vec::new();
    visit(document, "", &mut owners);
    for (i, ((owner, import), offset)) in owners.iter().enumerate() {
        if owners.iter().take(i).any(|((other, _), _)| other == owner) {
            continue;
        }
        let how = match import {
            Some(source) => format!("make a policy of it with `edge-cors import {source} FILE`"),
            None => "write its values in a policy, under the names that docs/configuration.md lists in \"Names from \
                     elsewhere\""
                .to_owned(),
        };
        notices.push(Notice::warning(
            "foreign-cors",
            *offset,
            format!("This is {owner}, not a configuration of edge-cors: it was not checked."),
            &format!(
                "to use edge-cors instead, {how}, and remove it here, because two owners of the CORS headers contradict \
                 each other. To keep it, pass --allow foreign-cors."
            ),
        ));
    }
}

/// Searches a value in a resource of this kind.
fn visit(tree: &Tree, kind: &str, owners: &mut Vec<(Owner, usize)>) {
    match &tree.value {
        Value::List(elements) => elements.iter().for_each(|element| visit(element, kind, owners)),
        Value::Map(members) => {
            let kind = tree.get("kind").and_then(Tree::text).unwrap_or(kind);
            let message = tree.get("@type").and_then(Tree::text).unwrap_or_default();
            let known = MESSAGES.iter().find(|(end, _)| message.ends_with(end));
            owners.extend(known.map(|(_, owner)| (*owner, tree.span.start)));
            for member in members {
                owners.extend(owner(member, kind).map(|owner| (owner, member.key_offset)));
                visit(&member.value, kind, owners);
            }
        }
        _ => {}
    }
}

fn owner(member: &Member, kind: &str) -> Option<Owner> {
    let Member { key, value, .. } = member;
    let field =
        FIELDS.iter().find(|(of, field, _)| kind == *of && key == field && matches!(value.value, Value::Map(_)));
    let annotation = || ANNOTATIONS.iter().find(|(start, _)| key.starts_with(start)).map(|(_, owner)| *owner);
    // Before Envoy 1.27, a route's CORS had a field of its own.
    let is_policy = |field: &str| value.get(field).is_some();
    let route = || {
        let fields = ["allow_origin_string_match", "allowOriginStringMatch"];
        (key == "cors" && fields.into_iter().any(is_policy)).then_some(POLICY)
    };
    field.map(|(_, _, owner)| *owner).or_else(annotation).or_else(route)
}
