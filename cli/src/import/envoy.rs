//! Envoy: routes and virtual hosts, and the policies of the filter `envoy.filters.http.cors` on them.

mod matching;
mod policy;

use std::collections::HashMap;

use super::loss::Losses;
use super::native;
use super::rules::{Model, PathMatch, Placed, Route, Site};
use crate::input::{Document, Value};
use policy::Policies;

/// A field of a protobuf message, which JSON may spell in snake case or in camel case.
fn field<'t>(message: &'t Document, name: &str) -> Option<&'t Document> {
    message.get(name).or_else(|| message.get(&camel_case(name)))
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    words.fold(first, |name, word| name + &capital(word))
}

/// The elements of a repeated field.
fn list<'t>(message: &'t Document, name: &str) -> &'t [Document] {
    match field(message, name).map(|list| &list.value) {
        Some(Value::List(elements)) => elements,
        _ => &[],
    }
}

fn text<'t>(message: &'t Document, name: &str) -> Option<&'t str> {
    field(message, name).and_then(Document::text)
}

/// Whether the name of a message's type ends so.
fn is_a(message: &Document, name: &str) -> bool {
    message.get("@type").and_then(Document::text).is_some_and(|given| given.ends_with(name))
}

/// Reads whatever has routes with CORS: a bootstrap, a listener, a route configuration, a virtual host, what
/// `/config_dump` prints; or a CorsPolicy alone.
pub(super) fn read(documents: &[Document], losses: &mut Losses) -> Model {
    let mut reader = Reader { model: Model::default(), known: HashMap::new(), losses };
    for document in documents {
        let is_alone = field(document, "allow_origin_string_match").is_some();
        if is_alone && let Some(rules) = Policies::alone(document).rules(reader.losses) {
            return Model::everywhere(rules);
        }
        reader.visit(document);
    }
    let Reader { model, losses, .. } = reader;
    native::note_forwarding(&model, losses);
    model
}

struct Reader<'l> {
    model: Model,
    /// The policy that messages at these places make together.
    known: HashMap<Vec<usize>, Option<usize>>,
    losses: &'l mut Losses,
}

impl Reader<'_> {
    fn visit(&mut self, tree: &Document) {
        match &tree.value {
            Value::List(elements) => elements.iter().for_each(|element| self.visit(element)),
            Value::Map(_) if field(tree, "virtual_hosts").is_some() => self.route_configuration(tree),
            Value::Map(_) if field(tree, "domains").is_some() && field(tree, "routes").is_some() => {
                self.virtual_host(tree, &Policies::default());
            }
            Value::Map(_) if is_without_filter(tree) => {
                let message = "This chain has no filter envoy.filters.http.cors, so the policies on its routes have no \
                               effect. They are left out.";
                self.losses.note(tree.span.start, message.to_owned(), "nothing has to be done.");
            }
            Value::Map(members) => members.iter().for_each(|member| self.visit(&member.value)),
            _ => {}
        }
    }

    fn route_configuration(&mut self, tree: &Document) {
        let policies = Policies::default().with(tree);
        for host in list(tree, "virtual_hosts") {
            self.virtual_host(host, &policies);
        }
    }

    fn virtual_host(&mut self, tree: &Document, policies: &Policies<'_>) {
        let policies = policies.clone();
        let policies = policies.with(tree);
        if let Some(matcher) = field(tree, "matcher") {
            let message =
                "The matcher tree of this virtual host cannot be read, so its routes are left out.".to_owned();
            self.losses.narrower(matcher.span.start, message, "write a route for each of its paths.");
        }
        let host = |domain: &Document| Some(Placed::new(domain.text()?.to_owned(), domain.span.start));
        let routes = list(tree, "routes").iter().map(|route| self.route(route, &policies));
        let routes = routes.collect();
        self.model.sites.push(Site { hosts: list(tree, "domains").iter().filter_map(host).collect(), routes });
    }

    fn route(&mut self, tree: &Document, policies: &Policies<'_>) -> Route {
        let (path, condition) = match field(tree, "match") {
            Some(matching) => matching::of(matching, self.losses),
            None => (PathMatch::everything(), None),
        };
        // The filter does nothing on routes that Envoy answers itself.
        let action = field(tree, "route");
        let policy = action.and_then(|action| {
            self.name_clusters(action);
            let policies = policies.clone();
            self.policy(&policies.with(tree))
        });
        Route { path, condition, policy, offset: tree.span.start }
    }

    fn policy(&mut self, policies: &Policies<'_>) -> Option<usize> {
        let key = policies.key();
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let policy = policies.rules(self.losses).map(|rules| self.model.add(rules));
        self.known.insert(key, policy);
        policy
    }

    /// Weighted clusters can have policies of their own.
    fn name_clusters(&mut self, action: &Document) {
        let clusters = field(action, "weighted_clusters").map_or(&[][..], |weighted| list(weighted, "clusters"));
        for config in clusters.iter().filter_map(|cluster| field(cluster, "typed_per_filter_config")) {
            let Value::Map(configs) = &config.value else { continue };
            for config in configs.iter().filter(|config| config.key.contains("cors")) {
                let message = "The policy of one of several clusters cannot be carried over: requests get that of the \
                               route.";
                self.losses.different(
                    config.key_offset,
                    message.to_owned(),
                    "give all clusters of the route one policy.",
                );
            }
        }
    }
}

/// Whether this is a connection manager whose routes are in it, without the filter that acts on their policies.
fn is_without_filter(tree: &Document) -> bool {
    let filters = list(tree, "http_filters");
    let is_cors = |filter: &Document| {
        let config = field(filter, "typed_config").is_some_and(|config| is_a(config, ".http.cors.v3.Cors"));
        config || text(filter, "name").is_some_and(|name| name.contains("cors"))
    };
    !filters.is_empty() && field(tree, "route_config").is_some() && !filters.iter().any(is_cors)
}
