//! TOML: what wrangler reads.

use serde_json::Number;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::SyntaxError;
use super::tree::{Member, Tree, Value};

/// The one document of a TOML text.
pub(super) fn parse(text: &str) -> Result<Tree, SyntaxError> {
    let table = DeTable::parse(text).map_err(|error| SyntaxError {
        offset: error.span().map_or(0, |span| span.start),
        reason: error.message().to_owned(),
    })?;
    let span = table.span();
    Ok(Tree { span, value: map(table.get_ref()) })
}

fn tree(value: &Spanned<DeValue<'_>>) -> Tree {
    let json = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(integer) => {
            let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
            number.map_or_else(|| Value::Text(integer.as_str().to_owned()), |number| Value::Number(number.into()))
        }
        DeValue::Float(float) => {
            let number = float.as_str().parse().ok().and_then(Number::from_f64);
            number.map_or_else(|| Value::Text(float.as_str().to_owned()), Value::Number)
        }
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(elements) => Value::List(elements.iter().map(tree).collect()),
        DeValue::Table(table) => map(table),
    };
    Tree { span: value.span(), value: json }
}

/// The members in the order of the text.
fn map(table: &DeTable<'_>) -> Value {
    let member = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| Member {
        key: AsRef::<str>::as_ref(key.get_ref()).to_owned(),
        key_offset: key.span().start,
        value: tree(value),
    };
    let mut members: Vec<Member> = table.iter().map(member).collect();
    members.sort_by_key(|member| member.key_offset);
    Value::Map(members)
}
