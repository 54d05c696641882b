//! The values of an argument, for programs that offer them.

use clap::ValueEnum;

/// The value with this name, such as `envoy-gateway`.
pub(crate) fn named<T: ValueEnum>(name: &str) -> Option<T> {
    T::from_str(name, false).ok()
}

/// Every value: its name, and what it is in a few words.
pub(crate) fn all<T: ValueEnum + 'static>() -> impl Iterator<Item = (String, String)> {
    let values = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    values.map(|value| (value.get_name().to_owned(), value.get_help().map(ToString::to_string).unwrap_or_default()))
}
