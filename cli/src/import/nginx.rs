//! nginx: the `Access-Control-*` lines of `add_header`, in the servers and locations that they are in.

mod answer;
mod by_origin;
mod headers;
mod syntax;
mod variables;

use super::loss::Losses;
use super::native;
use super::rules::{
    IN_ANY_CASE, Model, OriginMatch, PathMatch, Placed, Rank, Route, Rules, Site, in_order, list, searched,
};
use answer::Answer;
use headers::{Found, Header, State};
use syntax::Directive;
use variables::Variables;

/// Reads a configuration, or a part of one. `Err` is where it is not nginx's syntax, and why.
pub(super) fn read(text: &str, losses: &mut Losses) -> Result<Model, (usize, String)> {
    let directives = syntax::parse(text)?;
    let mut variables = Variables::default();
    add_maps(&directives, &mut variables);
    let mut reader = Reader { model: Model::default(), variables, losses };
    let mut servers = Vec::new();
    collect_servers(&directives, &[], &mut servers);
    let answering = servers.iter().filter(|(server, _)| !only_redirects(server));
    let answered: Vec<&str> = answering.flat_map(|(server, _)| names(server)).collect();
    // What redirects to https is no other server of the host.
    servers.retain(|(server, _)| {
        let mut names = names(server).peekable();
        !only_redirects(server) || names.peek().is_none() || names.any(|name| !answered.contains(&name))
    });
    if servers.is_empty() {
        reader.server(&directives, &[], true);
    }
    let has_default = servers.iter().any(|(server, _)| is_default(server));
    for (number, (server, inherited)) in servers.iter().enumerate() {
        let default = if has_default { is_default(server) } else { number == 0 };
        reader.server(&server.block, inherited, default);
    }
    if !reader.model.policies.is_empty() {
        report_includes(&directives, reader.losses);
    }
    Ok(reader.model)
}

/// The names of files that nginx has for other things than headers of responses end like this.
const OF_NO_HEADERS: [&str; 5] = ["mime.types", "_params", "fastcgi.conf", "options-ssl-nginx.conf", "modules/*.conf"];

fn report_includes(level: &[Directive], losses: &mut Losses) {
    for directive in level {
        report_includes(&directive.block, losses);
        let file = directive.argument(0).filter(|_| directive.name == "include");
        if let Some(file) = file.filter(|file| !OF_NO_HEADERS.iter().any(|end| file.ends_with(end))) {
            let message = format!("What {file} includes is not read, so its headers and conditions do not count here.");
            losses.different(directive.offset, message, "write what the file contains in its place, and import that.");
        }
    }
}

fn names(server: &Directive) -> impl Iterator<Item = &str> {
    server_names(&server.block).map(|name| name.value.as_str()).filter(|name| !["_", ""].contains(name))
}

/// The words of `server_name`.
fn server_names(block: &[Directive]) -> impl Iterator<Item = &Placed<String>> {
    block.iter().filter(|directive| directive.name == "server_name").flat_map(|directive| &directive.arguments)
}

/// Whether a server answers with other URLs, all but what some locations are for, and adds no CORS headers.
fn only_redirects(server: &Directive) -> bool {
    let is_return = |inner: &&Directive| inner.name == "return";
    let redirects = |inner: &Directive| inner.argument(0).is_some_and(|code| code.starts_with('3'));
    let of_all = server.block.iter().filter(|inner| inner.name == "location" && inner.argument(0) == Some("/"));
    let ends = of_all.flat_map(|location| &location.block).chain(&server.block).any(|inner| is_return(&inner));
    let inner = server.block.iter().flat_map(|directive| &directive.block);
    ends && server.block.iter().chain(inner).filter(is_return).any(redirects) && !headers::mentions(&server.block)
}

/// Whether a text is a configuration of nginx that adds CORS headers.
pub(super) fn is_one(text: &str) -> bool {
    let adds = |line: &str| {
        let line = line.to_ascii_lowercase();
        let starts = |name: &str| {
            let before = line.split(name).next().filter(|before| before.len() < line.len()).map(str::trim);
            before.is_some_and(|before| before.is_empty() || before.ends_with(['{', ';', '}']))
        };
        line.contains("access-control-") && (starts("add_header") || starts("more_set_headers"))
    };
    text.lines().any(adds)
}

/// The servers, each with what is added around it.
fn collect_servers<'d>(
    level: &'d [Directive],
    around: &[&'d Directive],
    servers: &mut Vec<(&'d Directive, Vec<&'d Directive>)>,
) {
    let mut around = around.to_vec();
    around.extend(level.iter().filter(|directive| is_header(directive)));
    for directive in level {
        match directive.name.as_str() {
            "server" if !directive.block.is_empty() => servers.push((directive, around.clone())),
            "http" => collect_servers(&directive.block, &around, servers),
            _ => {}
        }
    }
}

fn is_default(server: &Directive) -> bool {
    let listens = server.block.iter().filter(|directive| directive.name == "listen");
    listens.flat_map(|listen| &listen.arguments).any(|word| word.value == "default_server")
}

fn add_maps(level: &[Directive], variables: &mut Variables) {
    for directive in level {
        variables.define(directive);
        if directive.name == "http" {
            add_maps(&directive.block, variables);
        }
    }
}

/// What preflights meet, and what all other requests meet.
type States = [State; 2];

struct Reader<'l> {
    model: Model,
    variables: Variables,
    losses: &'l mut Losses,
}

impl Reader<'_> {
    fn server(&mut self, block: &[Directive], around: &[&Directive], is_default: bool) {
        let names = server_names(block);
        let mut hosts: Vec<Placed<String>> = Vec::new();
        for name in names.filter(|name| !["_", ""].contains(&name.value.as_str())) {
            let host = |value: &str| Placed::new(value.to_owned(), name.offset);
            match name.value.strip_prefix('.') {
                Some(parent) => hosts.extend([host(parent), host(&format!("*.{parent}"))]),
                None => hosts.push(host(&name.value)),
            }
        }
        let offset = block.first().map_or(0, |first| first.offset);
        if is_default || hosts.is_empty() {
            hosts.push(Placed::new("*".to_owned(), offset));
        }
        let name = hosts.first().map(|host| host.value.trim_start_matches("*.")).filter(|host| *host != "*");
        let name = name.unwrap_or("server").to_owned();
        let mut states = [true, false].map(|is_preflight| State::new(is_preflight, self.variables.clone()));
        let mut routes = Vec::new();
        let own = self.policy(block, around, &mut states, &name);
        self.locations(block, around, &states, &mut routes);
        let mut routes = in_order(routes);
        routes.push(Route { path: PathMatch::everything(), condition: None, policy: own, offset });
        self.model.sites.push(Site { hosts, routes });
    }

    /// The locations of a level, also those in others, with what decides about their order. `states` are those of
    /// the server: what a location sets is not known to those in it.
    fn locations(
        &mut self,
        level: &[Directive],
        around: &[&Directive],
        states: &States,
        routes: &mut Vec<(Rank, Route)>,
    ) {
        let own = level.iter().filter(|directive| is_header(directive));
        let inherited: Vec<&Directive> = own.chain(inherited_by(level, around)).collect();
        for location in level.iter().filter(|directive| directive.name == "location") {
            let Some((path, rank)) = of_location(location) else { continue };
            if location.argument(0) == Some("~*") {
                self.losses.narrower(
                    location.offset,
                    IN_ANY_CASE.to_owned(),
                    "add a route for each spelling that pages use.",
                );
            }
            let name = location.arguments.last().map(|path| path.value.clone()).unwrap_or_default();
            let policy = self.policy(&location.block, &inherited, &mut states.clone(), &name);
            routes.push((rank, Route { path, condition: None, policy, offset: location.offset }));
            self.locations(&location.block, &inherited, states, routes);
        }
    }

    /// The policy that the headers of a level make.
    fn policy(
        &mut self,
        level: &[Directive],
        inherited: &[&Directive],
        states: &mut States,
        name: &str,
    ) -> Option<usize> {
        let [preflights, others] = states.each_mut().map(|state| {
            let mut found = state.walk(level, self.losses);
            let inherited = inherited_by(level, inherited);
            found.headers.extend(inherited.flat_map(|directive| state.headers(directive, None)));
            found
        });
        let rules = self.rules([&preflights, &others], states, name)?;
        Some(self.model.add(rules))
    }

    fn rules(&mut self, [preflights, others]: [&Found; 2], states: &States, name: &str) -> Option<Rules> {
        let [before, state] = states;
        let of = |found: &Found, name: &str| -> Vec<Header> {
            let name = format!("access-control-{name}");
            found.headers.iter().filter(|header| header.name == name).cloned().collect()
        };
        // What only preflights get counts where nothing else is said.
        let either = |first: &Found, second: &Found, name: &str| {
            let headers = of(first, name);
            if headers.is_empty() { of(second, name) } else { headers }
        };
        let allowing = either(others, preflights, "allow-origin");
        let first = allowing.first()?.clone();
        let answer = Answer::new(&allowing, state, self.losses);
        let origins = answer.allowed(self.losses);
        if preflights.answers {
            compare_preflights(&of(preflights, "allow-origin"), before, &origins, self.losses);
        }
        let credentials = answer.credentials(&either(others, preflights, "allow-credentials"), self.losses);
        if !first.always {
            let message = "Without \"always\", nginx adds this header to few statuses. Here errors have it too, so pages can \
                           read them.";
            self.losses.wider(first.offset, message.to_owned(), "nothing has to be done if that is wanted.");
        }
        if !preflights.answers {
            let message = "nginx forwards preflights to the service here. The edge answers them itself.";
            self.losses.note(first.offset, message.to_owned(), "nothing has to be done.");
        }
        let mut names = |headers: Vec<Header>| {
            let text = answer.text(&headers, self.losses)?;
            let echoes = text.value.starts_with("$http_access_control_request_");
            let value = if echoes { "*" } else { text.value.as_str() };
            Some((list(value, text.offset), echoes))
        };
        let (methods, echoes_methods) = names(either(preflights, others, "allow-methods")).unwrap_or_default();
        let (allowed, echoes_names) = names(either(preflights, others, "allow-headers")).unwrap_or_default();
        let (exposed, _) = names(either(others, preflights, "expose-headers")).unwrap_or_default();
        let max_age = answer.text(&either(preflights, others, "max-age"), self.losses);
        Some(Rules {
            name: name.to_owned(),
            offset: first.offset,
            origins,
            methods,
            headers: allowed,
            exposed,
            credentials,
            max_age: max_age.and_then(|age| native::max_age(&age.value)),
            sends_any_method: !echoes_methods,
            sends_any_header: !echoes_names,
            ..Rules::default()
        })
    }
}

/// Says if preflights are allowed from other origins than these.
fn compare_preflights(allowing: &[Header], state: &State, origins: &[Placed<OriginMatch>], losses: &mut Losses) {
    let conditional = allowing.iter().find(|header| header.is_conditional);
    let Some(header) = conditional.or(allowing.first()) else { return };
    // What is to be said of the headers themselves is said of other requests.
    let mut unsaid = Losses::default();
    let allowed = Answer::new(allowing, state, &mut unsaid).allowed(&mut unsaid);
    let are_in = |some: &[Placed<OriginMatch>], all: &[Placed<OriginMatch>]| {
        some.iter().all(|origin| all.iter().any(|known| known.value == origin.value))
    };
    if !are_in(&allowed, origins) || !are_in(origins, &allowed) {
        let message = "Preflights are allowed from other origins than the requests behind them. Here both are allowed \
                       from those of the requests.";
        losses.different(header.offset, message.to_owned(), "allow the same origins in both places.");
    }
}

fn is_header(directive: &Directive) -> bool {
    ["add_header", "more_set_headers"].contains(&directive.name.as_str())
}

/// What a level inherits: no `add_header` if it has one of its own, but every `more_set_headers`.
fn inherited_by<'d>(level: &[Directive], around: &[&'d Directive]) -> impl Iterator<Item = &'d Directive> {
    let adds_any = level.iter().any(|directive| directive.name == "add_header");
    around.iter().copied().filter(move |directive| !adds_any || directive.name == "more_set_headers")
}

/// The path of a location, and its rank: an exact path, a prefix with `^~`, expressions in their order, prefixes.
fn of_location(location: &Directive) -> Option<(PathMatch, Rank)> {
    let longest = |path: &str| std::cmp::Reverse(path.len());
    match (location.argument(0)?, location.argument(1)) {
        ("=", Some(path)) => Some((PathMatch::Exact(path.to_owned()), (0, longest("")))),
        ("^~", Some(path)) => Some((PathMatch::Prefix(path.to_owned()), (1, longest(path)))),
        ("~" | "~*", Some(text)) => Some((PathMatch::Expression(searched(text)), (2, longest("")))),
        (path, _) if path.starts_with('/') => Some((PathMatch::Prefix(path.to_owned()), (3, longest(path)))),
        // A named location is reached only from others.
        _ => None,
    }
}
