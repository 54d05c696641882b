//! nginx: the `Access-Control-*` lines of `add_header`, in the servers and locations that they are in.

mod headers;
mod syntax;

use super::loss::Losses;
use super::native;
use super::rules::{IN_ANY_CASE, Model, OriginMatch, PathMatch, Placed, Route, Rules, Site, list, searched};
use headers::{Header, Variables};
use syntax::Directive;

/// Reads a configuration, or a part of one. `Err` is where it is not nginx's syntax, and why.
pub(super) fn read(text: &str, losses: &mut Losses) -> Result<Model, (usize, String)> {
    let directives = syntax::parse(text)?;
    let mut reader = Reader { model: Model::default(), variables: Variables::new(), losses };
    reader.maps(&directives);
    let mut servers = Vec::new();
    collect_servers(&directives, &[], &mut servers);
    if servers.is_empty() {
        reader.server(&directives, &[], true);
    }
    let has_default = servers.iter().any(|(server, _)| is_default(server));
    for (number, (server, inherited)) in servers.iter().enumerate() {
        let default = if has_default { is_default(server) } else { number == 0 };
        reader.server(&server.block, inherited, default);
    }
    Ok(reader.model)
}

/// Whether a text is a configuration of nginx that adds CORS headers.
pub(super) fn is_one(text: &str) -> bool {
    let adds = |line: &str| {
        let line = line.trim_start().to_ascii_lowercase();
        (line.starts_with("add_header") || line.starts_with("more_set_headers")) && line.contains("access-control-")
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
    around.extend(level.iter().filter(|directive| directive.name == "add_header"));
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

struct Reader<'l> {
    model: Model,
    variables: Variables,
    losses: &'l mut Losses,
}

impl Reader<'_> {
    fn maps(&mut self, level: &[Directive]) {
        for directive in level {
            self.variables.extend(headers::map(directive));
            if directive.name == "http" {
                self.maps(&directive.block);
            }
        }
    }

    fn server(&mut self, block: &[Directive], around: &[&Directive], is_default: bool) {
        let names = block.iter().filter(|directive| directive.name == "server_name");
        let names = names.flat_map(|directive| &directive.arguments);
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
        let outside = self.variables.clone();
        headers::set(block, &mut self.variables, self.losses);
        let mut routes = Vec::new();
        let own = self.policy(block, around, &name);
        self.locations(block, block, around, &mut routes);
        routes.sort_by_key(|(rank, _)| *rank);
        let mut routes: Vec<Route> = routes.into_iter().map(|(_, route)| route).collect();
        routes.push(Route { path: PathMatch::everything(), condition: None, policy: own, offset });
        self.model.sites.push(Site { hosts, routes });
        self.variables = outside;
    }

    /// The locations of a level, also those in others, with what decides about their order.
    fn locations(
        &mut self,
        level: &[Directive],
        server: &[Directive],
        around: &[&Directive],
        routes: &mut Vec<((u8, std::cmp::Reverse<usize>), Route)>,
    ) {
        for location in level.iter().filter(|directive| directive.name == "location") {
            let Some((path, rank)) = of_location(location) else { continue };
            if location.argument(0) == Some("~*") {
                self.losses.narrower(
                    location.offset,
                    IN_ANY_CASE.to_owned(),
                    "add a route for each spelling that pages use.",
                );
            }
            let adds = |level: &[Directive]| level.iter().any(|directive| directive.name == "add_header");
            // A level that adds any header inherits none.
            let inherited: Vec<&Directive> = match adds(server) {
                true => server.iter().filter(|directive| directive.name == "add_header").collect(),
                false => around.to_vec(),
            };
            let name = location.arguments.last().map(|path| path.value.clone()).unwrap_or_default();
            let policy = self.policy(&location.block, &inherited, &name);
            routes.push((rank, Route { path, condition: None, policy, offset: location.offset }));
            self.locations(&location.block, &location.block, &inherited, routes);
        }
    }

    /// The policy that the headers of a level make.
    fn policy(&mut self, level: &[Directive], inherited: &[&Directive], name: &str) -> Option<usize> {
        let (mut headers, answers) = headers::of_level(level, &self.variables, self.losses);
        if !adds_any(level) {
            let inherited: Vec<Header> =
                inherited.iter().filter_map(|directive| headers::header(directive, &None)).collect();
            headers.extend(inherited);
        }
        let rules = self.rules(&headers, answers, name)?;
        Some(self.model.add(rules))
    }

    fn rules(&mut self, headers: &[Header], answers: bool, name: &str) -> Option<Rules> {
        let of = |name: &str| headers.iter().find(|header| header.name == format!("access-control-{name}"));
        let first = of("allow-origin")?;
        let mut origins = Vec::new();
        let mut is_literal = false;
        for header in headers.iter().filter(|header| header.name == "access-control-allow-origin") {
            is_literal |= header.value == "*";
            origins.extend(self.origins(header));
        }
        let mut credentials = of("allow-credentials").is_some_and(|header| header.value == "true");
        if credentials && is_literal {
            let message = "Browsers do not accept * with cookies, whatever Access-Control-Allow-Credentials says. So \
                           credentials are not allowed today, and are not allowed here.";
            let fix = "if pages need cookies, list their origins, and set allowCredentials.";
            self.losses.note(first.offset, message.to_owned(), fix);
            credentials = false;
        }
        if !first.always {
            let message = "Without \"always\", nginx adds this header to few statuses. Here errors have it too, so pages can \
                           read them.";
            self.losses.wider(first.offset, message.to_owned(), "nothing has to be done if that is wanted.");
        }
        if !answers {
            let message = "nginx forwards preflights to the service here. The edge answers them itself.";
            self.losses.note(first.offset, message.to_owned(), "nothing has to be done.");
        }
        let names = |name: &str| {
            let header = of(name)?;
            let echoes = header.value.starts_with("$http_access_control_request_");
            let value = if echoes { "*" } else { header.value.as_str() };
            Some((list(value, header.offset), echoes))
        };
        let (methods, echoes_methods) = names("allow-methods").unwrap_or_default();
        let (allowed, echoes_names) = names("allow-headers").unwrap_or_default();
        Some(Rules {
            name: name.to_owned(),
            offset: first.offset,
            origins,
            methods,
            headers: allowed,
            exposed: names("expose-headers").map(|(names, _)| names).unwrap_or_default(),
            credentials,
            max_age: of("max-age").and_then(|header| native::max_age(&header.value)),
            sends_any_method: !echoes_methods,
            sends_any_header: !echoes_names,
            ..Rules::default()
        })
    }

    /// The origins that get this header with their own name, or with `*`.
    fn origins(&mut self, header: &Header) -> Vec<Placed<OriginMatch>> {
        let any = || vec![Placed::new(OriginMatch::Any, header.offset)];
        match header.value.as_str() {
            "*" | "$http_origin" => header.origins.clone().unwrap_or_else(any),
            value if value.starts_with('$') => match self.variables.get(value) {
                Some(origins) => origins.clone(),
                None => {
                    let message = format!("What {value} contains cannot be told, so its origins are not allowed.");
                    self.losses.narrower(header.offset, message, "list the origins in allowOrigins.");
                    Vec::new()
                }
            },
            value => vec![Placed::new(OriginMatch::Exact(value.to_owned()), header.offset)],
        }
    }
}

fn adds_any(level: &[Directive]) -> bool {
    level.iter().any(|directive| directive.name == "add_header")
}

/// The path of a location, and its rank: an exact path, a prefix with `^~`, expressions in their order, prefixes.
fn of_location(location: &Directive) -> Option<(PathMatch, (u8, std::cmp::Reverse<usize>))> {
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
