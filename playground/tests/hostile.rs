//! Whatever is typed or pasted, the answer is JSON.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use edge_cors_playground::{check, completions, explain, export_as, formats, recognise};
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::Config;
use serde_json::{Value, json};

const SEEDS: [&str; 8] = [
    include_str!("../../tests/data/allocations.json"),
    include_str!("../../cli/tests/check/wrangler.toml"),
    include_str!("../../cli/tests/check/wasm-plugin.yaml"),
    include_str!("../../cli/tests/import/nginx/if-origin.conf"),
    include_str!("../../cli/tests/har/chromium.har"),
    "curl 'https://api.example.com/x?y' -X PUT -H 'origin: https://a.example' --data-raw $'{\"a\"}' --compressed -sSL",
    "Access to fetch at 'https://api.example.com/' from origin 'null' has been blocked by CORS policy: No \
     'Access-Control-Allow-Origin' header is present on the requested resource.",
    r#"{"policies": {"app": {"allowOrigins": ["https://é.example"], "maxAge": 600}}, "default": "app"}"#,
];

/// A text that looks like one of those that people bring, with damage.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just(""),
        Just("\""),
        Just("\\"),
        Just("{"),
        Just("]"),
        Just(": "),
        Just("\n"),
        Just("'"),
        Just("\u{1f600}"),
        Just("\u{feff}"),
        Just("null"),
        Just("*"),
        Just("^\""),
        Just("://"),
        Just("?"),
        Just("@"),
        Just("- "),
        Just("#"),
    ];
    let damage = (any::<proptest::sample::Index>(), 0..20_usize, pieces);
    let damaged = (0..SEEDS.len(), proptest::collection::vec(damage, 0..6)).prop_map(|(seed, damages)| {
        let mut text = SEEDS[seed].to_owned();
        for (at, length, piece) in damages {
            let start = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.floor_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, piece);
        }
        text
    });
    prop_oneof![damaged, any::<String>()]
}

fn parsed(answer: &str) -> Value {
    serde_json::from_str(answer).unwrap()
}

/// Asks everything of one text.
fn ask(text: &str, position: usize) {
    let problems = parsed(&check(text));
    let length = text.encode_utf16().count();
    for problem in problems["problems"].as_array().unwrap() {
        assert!(problem["start"].as_u64() <= problem["end"].as_u64(), "{problem}");
        assert!(problem["end"].as_u64().unwrap() <= length as u64, "{problem}");
    }
    let completed = parsed(&completions(text, position));
    assert!(completed["to"].as_u64().unwrap() <= length as u64, "{completed}");
    assert!(completed["from"].as_u64() <= completed["to"].as_u64(), "{completed}");
    for format in parsed(&formats()).as_array().unwrap().iter().chain([&json!({ "name": text })]) {
        parsed(&export_as(text, format["name"].as_str().unwrap()));
    }
    let recognised = parsed(&recognise(text));
    assert!(recognised["kind"].is_string());
    parsed(&explain(text));
    for field in ["configuration", "origin", "url", "method", "via"] {
        let mut question = json!({
            "configuration": "{\"allowOrigins\": []}", "origin": "https://a.example", "url": "https://b.example/",
        });
        question[field] = json!(text);
        parsed(&explain(&question.to_string()));
    }
    let question = json!({
        "configuration": "{\"allowOrigins\": []}", "origin": "https://a.example", "url": "https://b.example/",
        "headers": [[text, text]], "reads": [text], "originServer": { "status": 200, "headers": [["x", text]] },
    });
    parsed(&explain(&question.to_string()));
}

proptest! {
    #![proptest_config(Config { cases: 300, ..Config::default() })]

    #[test]
    fn no_text_ends_in_a_panic(text in text(), position in 0..3000_usize) {
        ask(&text, position);
    }
}

#[test]
fn deep_nests_are_no_danger() {
    for nest in ["[", "{\"a\":", "- ", "(", "\"", "{{", "\t"] {
        ask(&nest.repeat(20_000), 10_000);
    }
}
