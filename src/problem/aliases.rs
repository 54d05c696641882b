//! What other libraries and servers call the fields.

/// A field, or advice where another name is not all the difference, and the names for it.
pub(super) struct Alias {
    /// The field that is meant.
    pub(super) field: &'static str,
    /// What to do, if it is more than to write the field's name.
    pub(super) advice: &'static str,
    /// The names, folded as [`fold`] does, with spaces between them.
    names: &'static str,
}

/// Of Express, FastAPI and Starlette, Django, Flask, Laravel, Spring, Go's rs/cors, S3, Cloud
/// Storage, Istio, Envoy, Traefik and ingress-nginx.
const ALIASES: &[Alias] = &[
    Alias {
        field: "allowOrigins",
        advice: "",
        names: "origin origins allowedorigin allowedorigins allowedoriginpatterns alloworiginlist alloworiginstringmatch originwhitelist",
    },
    Alias {
        field: "allowOrigins",
        advice: "write each as {\"regex\": …} in \"allowOrigins\", or better as a pattern such as \"https://pr-{digits}.example.com\".",
        names: "alloworiginregex alloworiginlistregex allowedoriginregex allowedoriginregexes allowedoriginspatterns originregexwhitelist",
    },
    Alias {
        field: "allowOrigins",
        advice: "write \"allowOrigins\": [\"*\"], or better the origins that need it.",
        names: "allowallorigins allowanyorigin originallowall",
    },
    Alias {
        field: "allowOrigins",
        advice: "remove it, and write its fields here.",
        names: "cors corsconfiguration corsconfigurations corspolicy corsrules",
    },
    Alias { field: "allowMethods", advice: "", names: "method methods allowedmethod allowedmethods" },
    Alias { field: "allowHeaders", advice: "", names: "header headers allowedheader allowedheaders requestheaders" },
    Alias { field: "exposeHeaders", advice: "", names: "exposedheader exposedheaders responseheader responseheaders" },
    Alias {
        field: "allowCredentials",
        advice: "",
        names: "credentials supportcredentials supportscredentials withcredentials",
    },
    Alias { field: "maxAge", advice: "", names: "maxagesec maxageseconds preflightmaxage" },
    Alias { field: "preflightStatus", advice: "", names: "optionssuccessstatus" },
    Alias { field: "allowPrivateNetwork", advice: "", names: "privatenetwork allowprivatenetworkaccess" },
    Alias {
        field: "unmatchedPreflights",
        advice: "write \"unmatchedPreflights\": \"forward\" to let the origin server answer what is not granted.",
        names: "optionspassthrough preflightcontinue",
    },
    Alias {
        field: "routes",
        advice: "write the policy under \"policies\", by a name, and the paths as \"routes\".",
        names: "mappings paths resources urlsregex",
    },
    Alias {
        field: "mode",
        advice: "remove it; \"mode\": \"off\" switches a policy off.",
        names: "enable enablecors enabled",
    },
    Alias {
        field: "",
        advice: "remove it: this is always done.",
        names: "addvaryheader alwayssend automaticoptions vary varyheader",
    },
];

/// The alias that a name is, in any of its spellings.
pub(super) fn find(name: &str) -> Option<&'static Alias> {
    let (whole, folded) = (fold_case(name), fold(name));
    ALIASES.iter().find(|alias| alias.names.split(' ').any(|name| name == whole || name == folded))
}

/// The name without case, separators and what says that CORS is meant: `Access-Control-Max-Age`,
/// `CORS_MAX_AGE` and `nginx.ingress.kubernetes.io/cors-max-age` are all `maxage`.
pub(super) fn fold(name: &str) -> String {
    let name = fold_case(name);
    let name = name.strip_prefix("accesscontrol").unwrap_or(&name);
    name.strip_prefix("cors").unwrap_or(name).to_owned()
}

/// The last segment of the name, without case and separators.
fn fold_case(name: &str) -> String {
    let start = name.rfind(['/', '.']).map_or(0, |separator| separator + 1);
    let segment = name.get(start..).unwrap_or(name);
    segment.to_ascii_lowercase().replace(['-', '_'], "")
}
