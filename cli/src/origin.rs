//! Origins on the command line.

use edge_cors::{Origin, respell};

/// Schemes of URLs whose pages have an opaque origin.
const OPAQUE: [&str; 4] = ["about", "data", "file", "javascript"];

/// An origin that a browser can send.
///
/// # Errors
/// Why browsers do not send this, as a sentence without its capital and its full stop.
pub fn parse(text: &str) -> Result<String, String> {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_opaque = scheme.is_some_and(|scheme| OPAQUE.contains(&scheme.as_str()));
    if is_opaque {
        return Err("the origin of such a page is opaque, and browsers send \"null\" for it".to_owned());
    }
    if Origin::parse(text.as_bytes()).is_some() {
        return Ok(text.to_owned());
    }
    let inner = text.strip_prefix("blob:").unwrap_or(text);
    Err(match respell(inner) {
        Some(meant) if Origin::parse(meant.as_bytes()).is_some() => {
            format!("browsers do not send this as an origin; they send {meant:?}")
        }
        Some(_) => "this is a pattern for several origins, and a page has only one".to_owned(),
        None => "this is not an origin: write what location.origin shows in the console of the page, such as \
                 https://app.example.com"
            .to_owned(),
    })
}
