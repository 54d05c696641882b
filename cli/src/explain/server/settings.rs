//! What to write in a server's own settings, so that a page gets what it needs.

use std::fmt::Write as _;

use edge_cors::browser::Response;

use super::super::needs::Needs;
use super::Software;

/// What the page needs, as lists that a setting can have: what the server lists today, and what is missing.
struct Wanted<'a> {
    origin: &'a str,
    /// `None` where nothing is missing.
    methods: Option<Vec<String>>,
    headers: Option<Vec<String>>,
    exposed: Option<Vec<String>>,
    credentials: bool,
}

/// The settings of a server, as they are written in its files.
///
/// `responses` are what it sent: what they allow is kept, so that no other page loses it.
pub(crate) fn settings(software: Software, needs: &Needs, responses: &[&Response]) -> String {
    let listed = |name: &str| {
        let values = responses.iter().filter_map(|response| response.get(name));
        let mut unique = Vec::new();
        for member in values.flat_map(|value| members(&value)) {
            if !unique.contains(&member) {
                unique.push(member);
            }
        }
        unique
    };
    let more = |name: &str, needed: &[String], same: fn(&str, &str) -> bool| {
        let mut list = listed(name);
        let missing: Vec<&String> = needed.iter().filter(|name| !list.iter().any(|known| same(known, name))).collect();
        let missing: Vec<String> = missing.into_iter().cloned().collect();
        list.retain(|name| name != "*");
        list.extend(missing.iter().cloned());
        (!missing.is_empty()).then_some(list)
    };
    let any_case = |known: &str, name: &str| known.eq_ignore_ascii_case(name);
    let exactly = |known: &str, name: &str| known == name;
    let methods: Vec<String> = needs.method.iter().cloned().collect();
    let wanted = Wanted {
        origin: &needs.origin,
        methods: more("access-control-allow-methods", &methods, exactly),
        headers: more("access-control-allow-headers", &needs.headers, any_case),
        exposed: more("access-control-expose-headers", &needs.reads, any_case),
        credentials: needs.credentials,
    };
    match software {
        Software::Express => express(&wanted),
        Software::FlaskCors => flask(&wanted),
        Software::DjangoCorsHeaders => django(&wanted),
        Software::Spring => spring(&wanted),
        Software::S3 => s3(&wanted, needs),
        Software::Cloudflare => cloudflare(&wanted),
        Software::Envoy => envoy(&wanted),
        Software::Nginx => nginx(&wanted, needs),
    }
}

/// The names in the value of a list header.
fn members(value: &str) -> Vec<String> {
    let names = value.split(',').map(str::trim);
    let is_name =
        |name: &&str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_*".contains(&b));
    names.filter(is_name).map(str::to_owned).collect()
}

fn quoted(names: &[String], quote: char) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{quote}{name}{quote}")).collect();
    names.join(", ")
}

/// The fields that are needed, one a line: name, what is between it and the value, and the value.
fn fields(lines: &[(&str, Option<String>)], between: &str, indent: &str, end: &str) -> String {
    let mut out = String::new();
    for (name, value) in lines {
        if let Some(value) = value {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{indent}{name}{between}{value}{end}");
        }
    }
    out
}

fn express(wanted: &Wanted<'_>) -> String {
    let list = |names: &Option<Vec<String>>| names.as_ref().map(|names| format!("[{}]", quoted(names, '"')));
    let fields = fields(
        &[
            ("origin", Some(format!("[\"{}\"]", wanted.origin))),
            ("methods", list(&wanted.methods)),
            ("allowedHeaders", list(&wanted.headers)),
            ("exposedHeaders", list(&wanted.exposed)),
            ("credentials", wanted.credentials.then(|| "true".to_owned())),
        ],
        ": ",
        "  ",
        ",",
    );
    format!("// Before all routes and the authentication.\napp.use(cors({{\n{fields}}}));\n")
}

fn flask(wanted: &Wanted<'_>) -> String {
    let list = |names: &Option<Vec<String>>| names.as_ref().map(|names| format!("[{}]", quoted(names, '"')));
    let fields = fields(
        &[
            ("origins", Some(format!("[\"{}\"]", wanted.origin))),
            ("methods", list(&wanted.methods)),
            ("allow_headers", list(&wanted.headers)),
            ("expose_headers", list(&wanted.exposed)),
            ("supports_credentials", wanted.credentials.then(|| "True".to_owned())),
        ],
        "=",
        "    ",
        ",",
    );
    format!("CORS(\n    app,\n{fields})\n")
}

fn django(wanted: &Wanted<'_>) -> String {
    let list = |names: &Option<Vec<String>>| names.as_ref().map(|names| format!("[{}]", quoted(names, '"')));
    let fields = fields(
        &[
            ("CORS_ALLOWED_ORIGINS", Some(format!("[\"{}\"]", wanted.origin))),
            ("CORS_ALLOW_METHODS", list(&wanted.methods)),
            ("CORS_ALLOW_HEADERS", list(&wanted.headers)),
            ("CORS_EXPOSE_HEADERS", list(&wanted.exposed)),
            ("CORS_ALLOW_CREDENTIALS", wanted.credentials.then(|| "True".to_owned())),
        ],
        " = ",
        "",
        "",
    );
    format!("# settings.py. In MIDDLEWARE, corsheaders.middleware.CorsMiddleware comes first.\n{fields}")
}

fn spring(wanted: &Wanted<'_>) -> String {
    let list = |names: &Option<Vec<String>>| names.as_ref().map(|names| format!("({})", quoted(names, '"')));
    let fields = fields(
        &[
            (".allowedOrigins", Some(format!("(\"{}\")", wanted.origin))),
            (".allowedMethods", list(&wanted.methods)),
            (".allowedHeaders", list(&wanted.headers)),
            (".exposedHeaders", list(&wanted.exposed)),
            (".allowCredentials", wanted.credentials.then(|| "(true)".to_owned())),
        ],
        "",
        "    ",
        "",
    );
    format!(
        "// In WebMvcConfigurer.addCorsMappings. With Spring Security, http.cors(withDefaults()) too.\n\
         registry.addMapping(\"/**\")\n{};\n",
        fields.trim_end()
    )
}

fn s3(wanted: &Wanted<'_>, needs: &Needs) -> String {
    let mut methods = wanted.methods.clone().unwrap_or_default();
    if methods.is_empty() {
        methods = needs.method.clone().map_or_else(|| vec!["GET".to_owned(), "HEAD".to_owned()], |method| vec![method]);
    }
    let mut rule = format!(
        "    \"AllowedOrigins\": [\"{}\"],\n    \"AllowedMethods\": [{}]",
        wanted.origin,
        quoted(&methods, '"')
    );
    for (name, list) in [("AllowedHeaders", &wanted.headers), ("ExposeHeaders", &wanted.exposed)] {
        if let Some(list) = list {
            let _ = write!(rule, ",\n    \"{name}\": [{}]", quoted(list, '"'));
        }
    }
    format!("[\n  {{\n{rule}\n  }}\n]\n")
}

fn cloudflare(wanted: &Wanted<'_>) -> String {
    format!(
        "Cloudflare sets no CORS headers of its own: the server behind it does, a Worker, or a Transform Rule that\n\
         modifies response headers. A rule with the one value {} is right for one\n\
         origin only. Responses in the cache need Vary: Origin, and are purged after a change.\n",
        wanted.origin
    )
}

fn envoy(wanted: &Wanted<'_>) -> String {
    let list = |names: &Option<Vec<String>>| names.as_ref().map(|names| format!("\"{}\"", names.join(", ")));
    let fields = fields(
        &[
            ("allow_methods", list(&wanted.methods)),
            ("allow_headers", list(&wanted.headers)),
            ("expose_headers", list(&wanted.exposed)),
            ("allow_credentials", wanted.credentials.then(|| "true".to_owned())),
        ],
        ": ",
        "    ",
        "",
    );
    format!(
        "typed_per_filter_config:\n  envoy.filters.http.cors:\n    \
         \"@type\": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy\n    \
         allow_origin_string_match:\n    - exact: \"{}\"\n{fields}",
        wanted.origin
    )
}

fn nginx(wanted: &Wanted<'_>, needs: &Needs) -> String {
    let mut out = format!(
        "# Outside of server: only listed origins get a value, and an empty one is not sent.\n\
         map $http_origin $cors_origin {{\n    \"{}\" $http_origin;\n}}\n\
         # In the location. \"always\" is for error responses.\n\
         add_header Access-Control-Allow-Origin $cors_origin always;\n\
         add_header Vary Origin always;\n",
        wanted.origin
    );
    let mut header = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(out, "add_header {name} \"{value}\" always;");
        }
    };
    let list = |names: &Option<Vec<String>>| names.as_ref().map(|names| names.join(", "));
    header("Access-Control-Allow-Credentials", wanted.credentials.then(|| "true".to_owned()));
    header("Access-Control-Expose-Headers", list(&wanted.exposed));
    header("Access-Control-Allow-Methods", list(&wanted.methods));
    header("Access-Control-Allow-Headers", list(&wanted.headers));
    if needs.method.is_some() || !needs.headers.is_empty() {
        out.push_str("if ($request_method = OPTIONS) {\n    return 204;\n}\n");
    }
    out
}
