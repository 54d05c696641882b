//! What the consoles of browsers show, word for word: measured in Chromium 156, Firefox 153 and
//! WebKitGTK 2.50, whose messages are those of Safari.

mod chromium;
mod firefox;
mod safari;

use std::fmt;

use super::{Block, Call};

/// A browser, by the words of its console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Browser {
    /// Chromium, and with it Chrome, Edge and Opera.
    Chromium,
    /// Firefox.
    Firefox,
    /// Safari, and every other browser that uses WebKit, such as all on iOS.
    Safari,
}

impl Browser {
    /// Every browser.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Safari];

    /// Its stable name, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Safari => "safari",
        }
    }
}

/// The name of the browser, as people write it.
impl fmt::Display for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::Safari => "Safari",
        })
    }
}

impl Block {
    /// The messages in the console of the page that called. None if the browser shows none, or if its words
    /// for this block have not been measured.
    ///
    /// ```
    /// use edge_cors::browser::{Block, Browser, Call, Failure};
    ///
    /// let call = Call::new("https://app.example.com", "https://api.example.com/data".parse().unwrap());
    /// let failure = Failure::MissingAllowOrigin;
    /// let block = Block::Cors { failure, preflight: true, status: 403, location: None };
    /// // Safari looks at the status of a preflight's response before anything else.
    /// assert_eq!(
    ///     block.console(Browser::Safari, &call),
    ///     [
    ///         "Preflight response is not successful. Status code: 403",
    ///         "Fetch API cannot load https://api.example.com/data due to access control checks.",
    ///     ]
    /// );
    /// ```
    pub fn console(&self, browser: Browser, call: &Call) -> Vec<String> {
        match browser {
            Browser::Chromium => chromium::message(self, call).into_iter().collect(),
            Browser::Firefox => firefox::messages(self, call),
            Browser::Safari => safari::messages(self, call),
        }
    }
}
