//! The answer to a question.

use serde_json::{Value, json};

use crate::question::{Invalid, Question};

/// What `edge-cors explain --format json` prints, with the text of the configuration after each change.
pub(crate) fn explain(question: &str) -> Result<Value, Invalid> {
    let question = Question::parse(question)?;
    let situation = question.situation()?;
    let explanation =
        edge_cors_cli::explain(&situation, &question.configuration).map_err(|error| Invalid::configuration(&error))?;
    let mut json = explanation.to_json(&situation);
    let changed = explanation.configurations();
    add(&mut json, "causes", changed.iter().map(Some));
    add(&mut json, "advice", explanation.advised().iter().map(Option::as_ref));
    let is_solved = json.get("solved") == Some(&Value::Bool(true));
    let fixed = changed.last().filter(|_| is_solved);
    if let Some(members) = json.as_object_mut() {
        members.insert("fixed".to_owned(), json!(fixed));
    }
    Ok(json)
}

/// Gives each remedy of a list the configuration that it leads to.
fn add<'t>(json: &mut Value, list: &str, texts: impl Iterator<Item = Option<&'t String>>) {
    let causes = json.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
    for (cause, text) in causes.zip(texts.chain(std::iter::repeat(None))) {
        if let Some(remedy) = cause.get_mut("remedy").and_then(Value::as_object_mut) {
            remedy.insert("configuration".to_owned(), json!(text));
        }
    }
}
