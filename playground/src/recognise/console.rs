//! Messages of consoles.

use edge_cors::browser::unsafe_value;
use edge_cors_cli::{Message, console_messages};
use serde_json::{Map, Value, json};

use super::secrets;

pub(super) fn recognise(text: &str) -> Option<Value> {
    let messages = console_messages(&secrets::without_queries(text));
    let first = messages.first()?;
    Some(json!({ "kind": "console", "messages": messages, "question": question(first) }))
}

/// What the message tells about the call; nothing of what it does not tell.
fn question(message: &Message) -> Value {
    let asked = &message.asked;
    let mut question = Map::new();
    let mut add = |field: &str, value: Option<Value>| {
        question.extend(value.map(|value| (field.to_owned(), value)));
    };
    add("url", asked.url.as_ref().map(|url| json!(url)));
    add("origin", asked.origin.as_ref().map(|origin| json!(origin)));
    add("method", asked.method.as_ref().map(|method| json!(method)));
    add("headers", asked.header.as_ref().map(|name| json!([[name, unsafe_value(name).unwrap_or_default()]])));
    add("credentials", asked.credentials.then_some(json!(true)));
    add("via", asked.xhr.then_some(json!("xhr")));
    Value::Object(question)
}
