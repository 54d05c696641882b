//! Which server answered, judging by what only it sends.

mod settings;

use edge_cors::browser::Response;

pub(crate) use settings::settings;

/// Software whose CORS settings have words of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Software {
    Express,
    FlaskCors,
    DjangoCorsHeaders,
    Spring,
    S3,
    Cloudflare,
    Envoy,
    Nginx,
}

/// The software, and what in its responses is typical of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recognised {
    pub(crate) software: Software,
    pub(crate) because: String,
}

/// A response, with the start of its body.
pub(crate) struct Sample<'a> {
    pub(crate) response: &'a Response,
    pub(crate) body: &'a [u8],
}

impl Software {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Express => "Express with `cors`",
            Self::FlaskCors => "Flask with flask-cors",
            Self::DjangoCorsHeaders => "Django with django-cors-headers",
            Self::Spring => "Spring",
            Self::S3 => "S3",
            Self::Cloudflare => "Cloudflare",
            Self::Envoy => "Envoy",
            Self::Nginx => "nginx",
        }
    }

    /// Whether it is what answers, and not something in front of that.
    fn is_framework(self) -> bool {
        matches!(self, Self::Express | Self::FlaskCors | Self::DjangoCorsHeaders | Self::Spring | Self::S3)
    }
}

/// What a header has to be for a software, and how that is told.
struct Sign {
    software: Software,
    header: &'static str,
    matches: fn(&str) -> bool,
}

/// The frameworks first: what is in front of them puts its own name into the response too.
const SIGNS: [Sign; 15] = [
    Sign { software: Software::Express, header: "x-powered-by", matches: |value| value == "Express" },
    // The default of the package `cors`.
    Sign {
        software: Software::Express,
        header: "access-control-allow-methods",
        matches: |value| value == "GET,HEAD,PUT,PATCH,POST,DELETE",
    },
    Sign { software: Software::FlaskCors, header: "server", matches: |value| value.starts_with("Werkzeug/") },
    // The default of flask-cors: all methods, sorted.
    Sign {
        software: Software::FlaskCors,
        header: "access-control-allow-methods",
        matches: |value| value == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
    },
    Sign { software: Software::DjangoCorsHeaders, header: "server", matches: |value| value.starts_with("WSGIServer/") },
    // The defaults of django-cors-headers.
    Sign {
        software: Software::DjangoCorsHeaders,
        header: "access-control-allow-methods",
        matches: |value| value == "DELETE, GET, OPTIONS, PATCH, POST, PUT",
    },
    Sign {
        software: Software::DjangoCorsHeaders,
        header: "access-control-allow-headers",
        matches: |value| value.contains("x-csrftoken, x-requested-with"),
    },
    Sign { software: Software::S3, header: "server", matches: |value| value == "AmazonS3" },
    Sign { software: Software::S3, header: "x-amz-id-2", matches: |_| true },
    Sign { software: Software::Cloudflare, header: "server", matches: |value| value == "cloudflare" },
    Sign { software: Software::Cloudflare, header: "cf-ray", matches: |_| true },
    Sign { software: Software::Envoy, header: "server", matches: |value| value.ends_with("envoy") },
    Sign { software: Software::Envoy, header: "x-envoy-upstream-service-time", matches: |_| true },
    Sign { software: Software::Nginx, header: "server", matches: |value| value.starts_with("nginx") },
    Sign { software: Software::Nginx, header: "server", matches: |value| value.starts_with("openresty") },
];

/// Recognises the software behind some responses. The first sign counts.
pub(crate) fn recognise(samples: &[Sample<'_>]) -> Option<Recognised> {
    let of_framework = SIGNS.iter().filter(|sign| sign.software.is_framework()).find_map(|sign| sign.found(samples));
    of_framework
        .or_else(|| samples.iter().find_map(spring))
        .or_else(|| samples.iter().find_map(django))
        .or_else(|| SIGNS.iter().find_map(|sign| sign.found(samples)))
}

impl Sign {
    fn found(&self, samples: &[Sample<'_>]) -> Option<Recognised> {
        let mut lines = samples.iter().flat_map(|sample| &sample.response.headers);
        let (name, value) = lines.find(|(name, value)| name == self.header && (self.matches)(value))?;
        let because = format!("a response has \"{name}: {}\"", super::shown::value(name, value));
        Some(Recognised { software: self.software, because })
    }
}

/// Spring refuses with a body of its own, and adds three lines of `Vary`.
fn spring(sample: &Sample<'_>) -> Option<Recognised> {
    let recognised = |because: &str| Recognised { software: Software::Spring, because: because.to_owned() };
    if sample.body.starts_with(b"Invalid CORS request") {
        return Some(recognised("a response has the body \"Invalid CORS request\""));
    }
    let vary: Vec<&str> =
        sample.response.headers.iter().filter(|(name, _)| name == "vary").map(|(_, value)| value.as_str()).collect();
    let all = ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"];
    let because = "a response has three lines of Vary: Origin, and the two Access-Control-Request headers";
    all.iter().all(|member| vary.contains(member)).then(|| recognised(because))
}

/// Django sets these four headers unless it is told not to.
fn django(sample: &Sample<'_>) -> Option<Recognised> {
    let defaults = [
        ("cross-origin-opener-policy", "same-origin"),
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ];
    let has = |(name, value): &(&str, &str)| sample.response.get(name).as_deref() == Some(value);
    let because = "a response has the four security headers that Django sets by default".to_owned();
    defaults.iter().all(has).then_some(Recognised { software: Software::DjangoCorsHeaders, because })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(lines: &[&str], body: &str) -> Option<Software> {
        let line =
            |line: &&str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
        let response = Response { status: 200, headers: lines.iter().map(line).collect() };
        recognise(&[Sample { response: &response, body: body.as_bytes() }]).map(|found| found.software)
    }

    #[test]
    fn servers_by_what_they_send() {
        for (lines, software) in [
            (&["server: nginx/1.26.0", "x-powered-by: Express"][..], Software::Express),
            (&["access-control-allow-methods: GET,HEAD,PUT,PATCH,POST,DELETE"], Software::Express),
            (&["server: Werkzeug/3.1.3 Python/3.12.3"], Software::FlaskCors),
            (
                &["server: gunicorn", "access-control-allow-methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"],
                Software::FlaskCors,
            ),
            (&["server: WSGIServer/0.2 CPython/3.12.3"], Software::DjangoCorsHeaders),
            (
                &[
                    "server: nginx",
                    "x-frame-options: DENY",
                    "x-content-type-options: nosniff",
                    "referrer-policy: same-origin",
                    "cross-origin-opener-policy: same-origin",
                ],
                Software::DjangoCorsHeaders,
            ),
            (
                &["vary: Origin", "vary: Access-Control-Request-Method", "vary: Access-Control-Request-Headers"],
                Software::Spring,
            ),
            (&["server: AmazonS3"], Software::S3),
            (&["server: cloudflare", "cf-ray: 8f0-FRA"], Software::Cloudflare),
            (&["server: istio-envoy"], Software::Envoy),
            (&["x-envoy-upstream-service-time: 3"], Software::Envoy),
            (&["server: nginx"], Software::Nginx),
        ] {
            assert_eq!(recognised(lines, ""), Some(software), "{lines:?}");
        }
        assert_eq!(recognised(&["server: nginx"], "Invalid CORS request"), Some(Software::Spring));
        assert_eq!(recognised(&["server: Apache", "vary: Origin"], "<html>"), None);
    }
}
