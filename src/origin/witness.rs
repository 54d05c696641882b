//! Witnesses: origins of strangers that a regular expression matches.
//!
//! What an expression matches as a whole cannot be told from its text in a few lines. But an
//! origin that it does match, and that a stranger can have, shows a danger beyond doubt.

mod guess;

use std::ops::Range;

use self::guess::{Guess, TOP_LEVEL, guesses};
use super::host::is_loopback;
use super::public_suffix::PublicSuffixes;
use super::regex::RegexPattern;
use super::{Origin, TupleOrigin, is_special};
use crate::danger::Danger;

/// An origin that an expression matches, and what that shows.
pub(crate) struct Witness {
    pub(crate) danger: Danger,
    pub(crate) origin: String,
}

/// Hosts that nobody's expression means.
const UNRELATED: [&str; 5] =
    ["q7zk.invalid", "www.q7zk.invalid", "a-1.b-2.q7zk.invalid:8443", "xn--q7zk.invalid", "203.0.113.7"];

/// The witnesses against an expression. There may be more dangers than they show.
pub(crate) fn of(regex: &RegexPattern, suffixes: &mut PublicSuffixes) -> Vec<Witness> {
    let mut witnesses = Vec::new();
    let witness = |danger, origin: &str| Witness { danger, origin: origin.to_owned() };
    for host in UNRELATED {
        for (scheme, danger) in [
            ("https", Danger::AnyOriginWithCredentials),
            ("http", Danger::AnyOriginWithCredentials),
            ("q7zk", Danger::AnyAppWithCredentials),
        ] {
            let origin = format!("{scheme}://{host}");
            if !regex.matches(&origin) {
                continue;
            }
            witnesses.push(witness(danger, &origin));
            if scheme == "http" {
                witnesses.push(witness(Danger::InsecureOrigins, &origin));
            }
        }
    }
    // Where anyone comes in, so does everyone below a public suffix.
    let matches_any = witnesses.iter().any(|witness| witness.danger == Danger::AnyOriginWithCredentials);
    let is_news = |danger: &Danger| !matches_any || *danger != Danger::PublicSuffixSubdomains;
    for Guess { origin: text, chosen } in guesses(regex.as_str()) {
        let Some(Origin::Tuple(origin)) = Origin::parse(text.as_bytes()).filter(|_| regex.matches(&text)) else {
            continue;
        };
        if let Some(danger) = chosen.and_then(|chosen| shown_by(&origin, chosen, suffixes)).filter(is_news) {
            witnesses.push(witness(danger, &text));
        }
        if origin.scheme() == "http" && !is_loopback(origin.host()) {
            witnesses.push(witness(Danger::InsecureOrigins, &text));
        }
    }
    witnesses
}

/// What it shows that an origin is matched of which a stranger chose a part.
fn shown_by(origin: &TupleOrigin<'_>, chosen: Range<usize>, suffixes: &mut PublicSuffixes) -> Option<Danger> {
    let (host, host_start) = (origin.host(), origin.scheme().len() + "://".len());
    let end = chosen.end.checked_sub(host_start).filter(|end| (1..=host.len()).contains(end))?;
    match host.get(end..)?.split_once('.') {
        None if !is_special(origin.scheme()) => Some(Danger::AnyAppWithCredentials),
        None => {
            let (front, top) = host.split_at_checked(chosen.start.checked_sub(host_start)?)?;
            (front.ends_with('.') && top == TOP_LEVEL).then_some(Danger::PublicSuffixSubdomains)
        }
        Some((_, suffix)) if is_special(origin.scheme()) && suffixes.is_shared(suffix) => {
            Some(Danger::PublicSuffixSubdomains)
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(regex: &str, expected: &[Danger]) {
        let witnesses = of(&RegexPattern::parse(regex).unwrap(), &mut PublicSuffixes::default());
        let mut found: Vec<Danger> = Vec::new();
        for witness in witnesses {
            if !found.contains(&witness.danger) {
                found.push(witness.danger);
            }
        }
        assert_eq!(found, expected, "{regex}");
    }

    #[test]
    fn strangers_that_an_expression_lets_in() {
        use Danger::{
            AnyAppWithCredentials as App, AnyOriginWithCredentials as Any, InsecureOrigins as Insecure,
            PublicSuffixSubdomains as Shared,
        };
        check(".*", &[Any, Insecure, App]);
        check("https://.*", &[Any]);
        check("https?://.+", &[Any, Insecure]);
        check("(http|https)://.*", &[Any, Insecure]);
        check(r"https://.*example\.com", &[Shared]);
        check(r"https://app.example\.com", &[Shared]);
        check("https://app.example.com", &[Shared]);
        check(r"https://example\.com.*", &[Shared]);
        check(r"https://[a-z]+\.com", &[Shared]);
        check(r"https://pr-[0-9]+\.(netlify|vercel)\.app", &[Shared]);
        check(r"https://myapp-[a-z0-9]+-team\.vercel\.app", &[Shared]);
        check(r"https?://pr-[0-9]+\.example\.com", &[Insecure]);
        check(r"http://10\.0\.0\.[0-9]+(:[0-9]+)?", &[Insecure]);
        check("moz-extension://[0-9a-f-]+", &[App]);
    }

    #[test]
    fn strangers_that_come_in_by_one_of_several_openings() {
        use Danger::{AnyAppWithCredentials as App, InsecureOrigins as Insecure, PublicSuffixSubdomains as Shared};
        check(r"https://(.*\.)?example\.com.*", &[Shared]);
        check(r"https://.*\.example\.org.*", &[Shared]);
        check(r"https://[a-z0-9-]+\.example\.com.*", &[Shared]);
        check(r"https://app\.example\.com(:[0-9]+)?.*", &[Shared]);
        check(r"https://([a-z]+\.){0,2}example\.com(/.*)??.*", &[Shared]);
        check(r".*example\.com", &[Shared, Insecure]);
        check(r".*\.example\.com.*", &[Insecure, Shared]);
        check(r"[a-z]+://.*\.example\.com.*", &[App, Insecure, Shared]);
        check(r"(?i:.*https?://(localhost|www\.example\.com).*)", &[App, Shared, Insecure]);
        check(r"https://example\.[a-z]+", &[Shared]);
        check(r"https://(www\.)?example\.[a-z]{2,3}(\.[a-z]{2})?", &[Shared]);
    }

    #[test]
    fn expressions_for_what_is_ones_own() {
        for regex in [
            r"https://pr-[0-9]+\.example\.com",
            r"https://(.*\.)?example\.com",
            r"https://(?:[a-z0-9-]+\.)*example\.co\.uk",
            r"https://example\.com(:[0-9]+)?",
            r"https://(?:[a-z]+\.){1,2}example\.com(?::[0-9]{2,5})?",
            r"https://10\.0\.[0-9]+\.[0-9]+",
            r"http://localhost:[0-9]+",
            r"https://(app|www)\.example\.com",
            r"moz-extension://4c2a6a0e-6b46-4b0b-8f5e-3c6d2b1a9f00",
        ] {
            check(regex, &[]);
        }
    }
}
