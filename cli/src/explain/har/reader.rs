//! A HAR file, entry by entry.

use std::fmt;
use std::io::{BufReader, Read};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::clipped::Clipped;
use super::entry::{Creator, Entry, Page, capped};
use super::traffic::Traffic;

/// Reads a HAR file from its start to its end, in bounded memory.
///
/// # Errors
///
/// A sentence, if it is not a HAR file or is not complete.
pub(crate) fn read(input: impl Read) -> Result<Traffic, String> {
    let clipped = BufReader::with_capacity(64 * 1024, Clipped::new(input));
    entries(serde_json::Deserializer::from_reader(clipped))
}

/// The same for a file that is in memory.
pub(super) fn read_text(text: &str) -> Result<Traffic, String> {
    entries(serde_json::Deserializer::from_str(text))
}

fn entries<'de, R: serde_json::de::Read<'de>>(mut json: serde_json::Deserializer<R>) -> Result<Traffic, String> {
    let mut traffic = Traffic::default();
    let read = Object { field: "log", then: Log(&mut traffic) }.deserialize(&mut json).and_then(|found| {
        if !found {
            return Err(serde_json::Error::custom("it has no field \"log\""));
        }
        json.end()
    });
    match read {
        Ok(()) => Ok(traffic),
        Err(error) if error.is_eof() && traffic.entries == 0 => {
            Err("this is not a HAR file, or its end is missing: it has no complete request. Save it again from the network \
                 tab of the browser"
                .to_owned())
        }
        Err(error) if error.is_eof() => Err(format!(
            "the file is cut: it ends after {} complete requests. Save it again from the network tab of the browser",
            traffic.entries
        )),
        Err(error) if error.is_io() => Err(error.to_string()),
        Err(error) => {
            // The places in the message are those of what is left of the file, so they would mislead.
            let text = error.to_string();
            let reason = text.split(" at line ").next().unwrap_or_default();
            Err(match traffic.entries {
                0 => format!("this is not a HAR file: {reason}"),
                entries => format!("this is not a HAR file behind its first {entries} requests: {reason}"),
            })
        }
    }
}

/// An object of which one field counts, in which something else reads on. Whether there is that field.
struct Object<S> {
    field: &'static str,
    then: S,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Object<S> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Object<S> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with a field {:?}", self.field)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut then = Some(self.then);
        while let Some(key) = map.next_key::<String>()? {
            match then.take_if(|_| key == self.field) {
                Some(then) => drop(map.next_value_seed(then)?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(then.is_none())
    }
}

/// The log: who has written it, the pages, and the entries.
struct Log<'t>(&'t mut Traffic);

impl<'de> DeserializeSeed<'de> for Log<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Log<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the log of a HAR file")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "creator" => self.0.creator = map.next_value::<Creator>()?.name,
                "pages" => self.0.set_pages(map.next_value::<Pages>()?.0),
                "entries" => map.next_value_seed(Entries(self.0))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct Pages(Vec<Page>);

impl<'de> serde::Deserialize<'de> for Pages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        capped(deserializer).map(Self)
    }
}

struct Entries<'t>(&'t mut Traffic);

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(entry) = sequence.next_element::<Entry>()? {
            self.0.add(entry);
        }
        Ok(())
    }
}
