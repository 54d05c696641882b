//! Reading nodes into the wire form, and reporting every problem on the way.

use super::source::Node;
use crate::hash::Rolling;
use crate::problem::{Place, ProblemKind, Report, closest};
use crate::table::Table;
use crate::{header, method};

/// A value with the place it was read from.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) place: Place,
    pub(crate) value: T,
}

/// A type that can be read from JSON.
pub(crate) trait Read: Sized {
    /// What this is, with its article, for the message "Expected …, found …".
    const EXPECTED: &'static str;

    /// `None` if the value is wrong, which is then reported.
    fn read(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<Self>;

    /// The entries that were most likely meant by a string in the place of an array of these.
    fn entries(_text: &str) -> Option<Vec<String>> {
        None
    }
}

/// The document that is being read, and its problems so far.
pub(crate) struct Reader<'r, 's> {
    source: &'s str,
    report: &'r mut Report<'s>,
    /// Members of the document that are not fields of the object that it is read into. `$schema` is for editors.
    passed_over: Vec<&'static str>,
}

impl<'r, 's> Reader<'r, 's> {
    pub(crate) fn new(source: &'s str, report: &'r mut Report<'s>) -> Self {
        Self { source, report, passed_over: vec!["$schema"] }
    }

    pub(crate) fn pass_over(&mut self, member: &'static str) {
        self.passed_over.push(member);
    }

    pub(crate) fn problem(&mut self, place: &Place, kind: ProblemKind) {
        self.report.push(place, kind);
    }

    /// Reports that a value does not have the `expected` type; `meant` is a guess at what was meant.
    fn wrong_type(&mut self, node: &Node<'_>, expected: &'static str, meant: Option<String>) {
        let kind = if node.is_unreadable(self.source) {
            ProblemKind::Syntax {
                reason: "a string contains half of a surrogate pair".to_owned(),
                fix: "write both halves, or the character itself",
            }
        } else {
            ProblemKind::WrongType { expected, found: node.type_name(), meant }
        };
        self.problem(&node.place, kind);
    }

    pub(crate) fn string(&mut self, node: &Node<'_>, expected: &'static str) -> Option<String> {
        let value = node.string();
        if value.is_none() {
            self.wrong_type(node, expected, None);
        }
        value
    }

    /// A whole number. Negative and huge numbers are read as `u64::MAX`, which is out of every
    /// field's range.
    pub(crate) fn whole_number(&mut self, node: &Node<'_>, expected: &'static str) -> Option<u64> {
        let value = node.whole_number().or_else(|| node.is_integer().then_some(u64::MAX));
        if value.is_none() {
            let meant = node.string().filter(|text| text.parse::<u16>().is_ok());
            self.wrong_type(node, expected, meant);
        }
        value
    }

    /// Whether this is a string match of Istio or Envoy, and what to write for it where that is certain.
    pub(crate) fn string_match(&self, node: &Node<'_>) -> Option<Option<String>> {
        let matches = ["exact", "prefix", "suffix", "contains", "safe_regex", "safeRegex"];
        let members = node.members(self.source)?;
        let member = members.iter().find(|member| matches.contains(&member.key.as_str()))?;
        let is_exact = member.key == "exact" && member.node.is_string();
        Some(is_exact.then(|| member.node.as_json().to_owned()))
    }

    /// One of a fixed list of strings.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        node: &Node<'_>,
        expected: &'static str,
        known: &'static [&'static str],
        values: &[T],
    ) -> Option<T> {
        let value = self.string(node, expected)?;
        let position = known.iter().position(|name| *name == value);
        if position.is_none() {
            self.problem(&node.place, ProblemKind::UnknownValue { value, known });
        }
        values.get(position?).copied()
    }

    /// The members of an object. A duplicate key is reported, and its later value dropped.
    pub(crate) fn members<'n>(
        &mut self,
        node: &Node<'n>,
        expected: &'static str,
    ) -> Option<Vec<(At<String>, Node<'n>)>> {
        let members = node.members(self.source);
        if members.is_none() {
            self.wrong_type(node, expected, None);
        }
        let mut kept: Table<(At<String>, Node<'_>)> = Table::default();
        let root = node.place.pointer.is_empty();
        let passed_over = self.passed_over.clone();
        let own = |key: &str| !root || !passed_over.contains(&key);
        for member in members?.into_iter().filter(|member| own(&member.key)) {
            let place = Place { offset: member.key_offset, ..member.node.place.clone() };
            let hash = Rolling::new().with(member.key.as_bytes());
            if kept.find(hash, |(key, _)| key.value == member.key).is_some() {
                self.problem(&place, ProblemKind::DuplicateField { field: member.key });
            } else {
                kept.insert(hash, (At { place, value: member.key }, member.node));
            }
        }
        Some(kept.into_entries())
    }

    /// Reports a member whose key is not a field of the object. The field that was most likely
    /// meant is then not missing.
    pub(crate) fn unknown_field(
        &mut self,
        key: At<String>,
        known: &'static [&'static str],
        missing: &mut Vec<(&'static str, &'static str)>,
    ) {
        if !missing.is_empty() {
            let meant = closest(&key.value, known);
            missing.retain(|(field, _)| Some(*field) != meant);
        }
        self.problem(&key.place, ProblemKind::UnknownField { field: key.value, known });
    }

    pub(crate) fn at<T: Read>(&mut self, node: &Node<'_>) -> Option<At<T>> {
        let value = T::read(node, self)?;
        Some(At { place: node.place.clone(), value })
    }
}

/// The longest string that is taken apart into entries, in bytes.
const MAX_ENTRIES: usize = 200;

impl Read for bool {
    const EXPECTED: &'static str = "true or false";

    fn read(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let value = node.bool();
        if value.is_none() {
            let meant = node.string().filter(|text| text == "true" || text == "false");
            reader.wrong_type(node, Self::EXPECTED, meant);
        }
        value
    }
}

impl Read for u64 {
    const EXPECTED: &'static str = "a whole number";

    fn read(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<Self> {
        reader.whole_number(node, Self::EXPECTED)
    }
}

impl Read for String {
    const EXPECTED: &'static str = "a string";

    /// Methods and header names are lists of tokens, origins are not.
    fn entries(text: &str) -> Option<Vec<String>> {
        let entries: Vec<&str> = text.split([',', ' ']).filter(|entry| !entry.is_empty()).collect();
        let possible = |entry: &&str| {
            let lower = entry.to_ascii_lowercase();
            let named = header::is_token(entry.as_bytes()) && (**entry == *"*" || !entry.contains('*'));
            named
                && !method::is_forbidden(entry)
                && !header::is_forbidden_request(&lower)
                && !header::is_forbidden_response(&lower)
        };
        let wanted = !entries.is_empty() && text.len() <= MAX_ENTRIES && entries.iter().all(possible);
        wanted.then(|| entries.into_iter().map(str::to_owned).collect())
    }

    fn read(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<Self> {
        reader.string(node, Self::EXPECTED)
    }
}

impl<T: Read> Read for Vec<At<T>> {
    const EXPECTED: &'static str = "an array";

    fn read(node: &Node<'_>, reader: &mut Reader<'_, '_>) -> Option<Self> {
        let elements = node.elements(reader.source);
        if elements.is_none() {
            let meant = node.string().and_then(|text| T::entries(&text));
            let meant = meant.map(|entries| entries.iter().map(|entry| format!("{entry:?}")).collect::<Vec<_>>());
            reader.wrong_type(node, Self::EXPECTED, meant.map(|entries| format!("[{}]", entries.join(", "))));
        }
        Some(elements?.iter().filter_map(|element| reader.at(element)).collect())
    }
}

/// Defines a struct, how it is read from a JSON object, and the list of its field names, all in
/// one place. A field is `None` if it is absent or invalid. If a required field is absent, its
/// example becomes the fix.
macro_rules! object {
    (
        $(#[doc = $docs:literal])*
        pub(crate) struct $name:ident {
            $(
                $(#[doc = $field_docs:literal])*
                $field:ident: $key:literal => $type:ty $(, required $example:literal)? $(, schema $schema:tt)?;
            )*
        }
    ) => {
        $(#[doc = $docs])*
        #[derive(Debug, Default)]
        #[cfg_attr(feature = "schema", derive(serde::Serialize))]
        pub(crate) struct $name {
            $(
                $(#[doc = $field_docs])*
                #[cfg_attr(feature = "schema", serde(rename = $key, skip_serializing_if = "Option::is_none"))]
                pub(crate) $field: Option<$crate::config::read::At<$type>>,
            )*
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).trim_end_matches("Config").into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let fields = vec![$($crate::config::schema::Field {
                    key: $key,
                    docs: concat!($($field_docs),*),
                    schema: generator.subschema_for::<$type>(),
                    more: serde_json::json!([$($schema)?]),
                    required: <[&str]>::len(&[$($example)?]) == 1,
                },)*];
                $crate::config::schema::object(concat!($($docs),*), fields)
            }
        }

        impl $name {
            pub(crate) const FIELDS: &'static [&'static str] = &[$($key),*];
        }

        impl $crate::config::read::Read for $name {
            const EXPECTED: &'static str = "an object";

            fn read(
                node: &$crate::config::source::Node<'_>,
                reader: &mut $crate::config::read::Reader<'_, '_>,
            ) -> Option<Self> {
                let mut object = Self::default();
                let mut missing: Vec<(&'static str, &'static str)> = vec![$($(($key, $example),)?)*];
                for (key, member) in reader.members(node, Self::EXPECTED)? {
                    missing.retain(|(field, _)| *field != key.value);
                    match key.value.as_str() {
                        $($key => object.$field = reader.at(&member),)*
                        _ => reader.unknown_field(key, Self::FIELDS, &mut missing),
                    }
                }
                for (field, example) in missing {
                    reader.problem(&node.place, $crate::problem::ProblemKind::MissingField { field, example });
                }
                Some(object)
            }
        }
    };
}

/// Defines an enum whose variants are strings in JSON.
macro_rules! choices {
    (
        $(#[doc = $docs:literal])*
        pub enum $name:ident {
            $($(#[doc = $variant_docs:literal])* $variant:ident = $text:literal,)*
        }
    ) => {
        $(#[doc = $docs])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "schema", derive(serde::Serialize))]
        #[non_exhaustive]
        pub enum $name {
            $(
                $(#[doc = $variant_docs])*
                #[cfg_attr(feature = "schema", serde(rename = $text))]
                $variant,
            )*
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let values = [$(($text, concat!($($variant_docs),*)),)*];
                $crate::config::schema::choices(concat!($($docs),*), &values)
            }
        }

        impl $name {
            /// The variant as the configuration spells it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::config::read::Read for $name {
            const EXPECTED: &'static str = $crate::config::read::one_of!($($text),*);

            fn read(
                node: &$crate::config::source::Node<'_>,
                reader: &mut $crate::config::read::Reader<'_, '_>,
            ) -> Option<Self> {
                reader.choice(node, Self::EXPECTED, &[$($text),*], &[$(Self::$variant),*])
            }
        }
    };
}

/// The strings as an expected value.
macro_rules! one_of {
    ($first:literal $(, $more:literal)*) => {
        concat!("one of \"", $first, "\"" $(, ", \"", $more, "\"")*)
    };
}

pub(super) use {choices, object, one_of};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_a_list_in_one_string() {
        let entries = |text: &str| <String as Read>::entries(text).map(|entries| entries.join("|"));
        assert_eq!(entries("PUT").as_deref(), Some("PUT"));
        assert_eq!(entries("PUT, DELETE,PATCH ,").as_deref(), Some("PUT|DELETE|PATCH"));
        for text in ["", " ,", "TRACE", "x-amz-*, y", "a, \"b\"", "cookie", "https://a.example"] {
            assert_eq!(entries(text), None, "{text}");
        }
    }
}
