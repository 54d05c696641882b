//! JSON with comments and trailing commas, which wrangler reads in its `.json` files too.

use jsonc_parser::ast::{Object, Value as Ast};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::SyntaxError;
use super::tree::{Member, Tree, Value};

/// What wrangler allows besides JSON: nothing of JSON5.
const OPTIONS: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The document of a JSON text; none if it contains only comments.
pub(super) fn parse(text: &str) -> Result<Option<Tree>, SyntaxError> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &OPTIONS).map_err(|error| SyntaxError {
        offset: error.range().start,
        reason: lower_case_first(&error.kind().to_string()),
    })?;
    Ok(parsed.value.map(|value| tree(&value)))
}

fn tree(value: &Ast<'_>) -> Tree {
    let range = value.range();
    let json = match value {
        Ast::StringLit(text) => Value::Text(text.value.to_string()),
        Ast::NumberLit(number) => {
            let parsed = number.value.parse().ok();
            parsed.map_or_else(|| Value::Text(number.value.to_owned()), Value::Number)
        }
        Ast::BooleanLit(value) => Value::Bool(value.value),
        Ast::Object(object) => map(object),
        Ast::Array(array) => Value::List(array.elements.iter().map(tree).collect()),
        Ast::NullKeyword(_) => Value::Null,
    };
    Tree { span: range.start..range.end, value: json }
}

fn map(object: &Object<'_>) -> Value {
    let member = |property: &jsonc_parser::ast::ObjectProp<'_>| Member {
        key: property.name.as_str().to_owned(),
        key_offset: property.range.start,
        value: tree(&property.value),
    };
    Value::Map(object.properties.iter().map(member).collect())
}

/// Converts the library's sentence to a reason that follows a colon.
fn lower_case_first(reason: &str) -> String {
    let mut characters = reason.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}
