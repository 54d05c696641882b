//! What a browser makes of the headers that nginx adds at some place.

use super::by_origin::ByOrigin;
use super::headers::{Header, State};
use super::variables::ORIGIN;
use crate::import::loss::Losses;
use crate::import::rules::{OriginMatch, Placed};

/// Whose pages can read a response.
pub(super) struct Answer {
    offset: usize,
    /// Access-Control-Allow-Origin, for the origins that may read the response.
    origin: ByOrigin<Option<String>>,
}

impl Answer {
    pub(super) fn new(allowing: &[Header], state: &State, losses: &mut Losses) -> Self {
        let offset = allowing.first().map_or(0, |header| header.offset);
        for barrier in &state.barriers {
            let message = "This condition turns requests away, and of which origins cannot be told. So no origin is \
                           allowed behind it.";
            losses.narrower(*barrier, message.to_owned(), "list the origins in allowOrigins.");
        }
        let value = joined(allowing, "its origins are not allowed", "list the origins in allowOrigins.", losses);
        let value = value.filter(|_| state.barriers.is_empty()).unwrap_or_else(|| ByOrigin::always(None));
        let is_special = |text: &str| ["*", ORIGIN].contains(&text);
        for text in value.values().flatten().filter(|text| !is_special(text)) {
            if edge_cors::Origin::parse(text.as_bytes()).is_none() {
                let message = format!("Browsers never send {text:?} as an origin, so this value allows nothing today.");
                losses.note(offset, message, "nothing has to be done; it can be removed.");
            }
        }
        let value = state.admitted.with(&value, &|admitted, value| value.clone().filter(|_| *admitted));
        let origin = value.then(&|value| match value.as_deref() {
            // A browser compares it with the origin of the page.
            Some(text) if !is_special(text) => {
                let is_origin = edge_cors::Origin::parse(text.as_bytes()).is_some();
                let case = (Placed::new(OriginMatch::Exact(text.to_owned()), offset), value.clone());
                ByOrigin::first_of(is_origin.then_some(case).into_iter().collect(), None)
            }
            _ => ByOrigin::always(value.clone()),
        });
        Self { offset, origin }
    }

    /// The origins that are allowed.
    pub(super) fn allowed(&self, losses: &mut Losses) -> Vec<Placed<OriginMatch>> {
        self.origin.map(&Option::is_some).origins(self.offset, losses)
    }

    /// Whether requests with cookies are allowed.
    pub(super) fn credentials(&self, headers: &[Header], losses: &mut Losses) -> bool {
        let fix = "set allowCredentials if pages need cookies.";
        let Some((header, value)) = headers.first().zip(joined(headers, "credentials are not allowed", fix, losses))
        else {
            return false;
        };
        let each = self.origin.with(&value, &|origin, value| {
            let is_star = |origin: &String| origin == "*";
            origin.as_ref().map(|origin| (value.as_deref() == Some("true"), is_star(origin)))
        });
        let has = |wanted: fn(&(bool, bool)) -> bool| each.values().flatten().any(wanted);
        let with_cookies = has(|(credentials, is_star)| *credentials && !is_star);
        let with_star = has(|(credentials, is_star)| *credentials && *is_star);
        if with_cookies && has(|(credentials, is_star)| !credentials || *is_star) {
            let message =
                "Only some of the origins get credentials, which one policy cannot say. So none of them gets them.";
            let fix = "write a policy of its own for the origins that need cookies.";
            losses.narrower(header.offset, message.to_owned(), fix);
            return false;
        }
        if with_star {
            let message = "Browsers do not accept * with cookies, whatever Access-Control-Allow-Credentials says. So \
                           credentials are not allowed today, and are not allowed here.";
            let fix = "if pages need cookies, list their origins, and set allowCredentials.";
            losses.note(self.offset, message.to_owned(), fix);
        }
        with_cookies
    }

    /// What a header says to all origins that are allowed.
    pub(super) fn text(&self, headers: &[Header], losses: &mut Losses) -> Option<Placed<String>> {
        let fix = "write what it contains for the origins that are allowed.";
        let (header, value) = headers.first().zip(joined(headers, "it is left out", fix, losses))?;
        let each = self.origin.with(&value, &|origin, value| origin.as_ref().map(|_| value.clone()));
        let mut texts: Vec<&Option<String>> = each.values().flatten().collect();
        texts.dedup();
        match texts.as_slice() {
            [text] => text.as_ref().map(|text| Placed::new(text.clone(), header.offset)),
            [] => None,
            _ => {
                let message = "This header differs by origin, which one policy cannot say. So it is left out.";
                losses.narrower(
                    header.offset,
                    message.to_owned(),
                    "write a policy of its own for each kind of origins.",
                );
                None
            }
        }
    }
}

/// The value of headers of one name: what is added under a condition replaces what is added anyway. `None` if there
/// is no header whose value is known.
fn joined(headers: &[Header], so: &str, fix: &str, losses: &mut Losses) -> Option<ByOrigin<Option<String>>> {
    for header in headers.iter().filter(|header| !header.value.is_known()) {
        losses.narrower(header.offset, format!("What {} contains cannot be told, so {so}.", header.written), fix);
    }
    let known = |is_conditional| {
        headers.iter().filter(move |header| header.value.is_known() && header.is_conditional == is_conditional)
    };
    let values = known(true).chain(known(false)).map(|header| header.value.clone());
    values.reduce(|joined, value| joined.with(&value, &|first, second| first.clone().or_else(|| second.clone())))
}
