//! The address of a Worker's origin server.

use url::Url;

/// The variable with the address.
pub(super) const VARIABLE: &str = "UPSTREAM";

/// What to write instead of an address that the Worker refuses.
pub(super) fn correction(address: &str) -> Option<String> {
    match Url::parse(address) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            let is_plain = url.query().is_none() && url.fragment().is_none();
            let is_anonymous = url.username().is_empty() && url.password().is_none();
            (!is_plain || !is_anonymous)
                .then(|| format!("write only the scheme, the host and the path: \"{}\".", without_extras(&url)))
        }
        _ => {
            let rest = address.rsplit_once("://").map_or(address, |(_, rest)| rest);
            let meant = Url::parse(&format!("https://{rest}")).ok();
            let example = meant.map_or("https://api.internal.example.com".to_owned(), |url| without_extras(&url));
            Some(format!("write a URL with http or https, such as \"{example}\"."))
        }
    }
}

fn without_extras(url: &Url) -> String {
    url.origin().ascii_serialization() + url.path().trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_needs_none() {
        for (address, written) in [
            ("https://api.example.com", None),
            ("http://10.0.0.1:3000/prod/", None),
            ("api.example.com", Some("https://api.example.com")),
            ("localhost:3000/v1/", Some("https://localhost:3000/v1")),
            ("ftp://a.example.com", Some("https://a.example.com")),
            ("", Some("https://api.internal.example.com")),
            ("https://b.example.com/prod?stage=1", Some("https://b.example.com/prod")),
            ("https://c.example.com/?", Some("https://c.example.com")),
            ("https://d.example.com/#top", Some("https://d.example.com")),
            ("https://user:secret@e.example.com", Some("https://e.example.com")),
        ] {
            let correction = correction(address);
            assert_eq!(correction.is_none(), written.is_none(), "{address}: {correction:?}");
            if let Some(written) = written {
                assert!(correction.is_some_and(|text| text.contains(&format!("\"{written}\""))), "{address}");
                assert_eq!(super::correction(written), None, "{written}");
            }
        }
    }
}
