//! The calls of [proxy-wasm](https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1), as Envoy carries
//! them out.

use crate::host::{Headers, combined};
use crate::memory::{Arguments, text};

/// The states that calls return.
const OK: u32 = 0;
const NOT_FOUND: u32 = 1;
const BAD_ARGUMENT: u32 = 2;

const LEVELS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "critical"];

/// Carries out a call and notes it.
pub fn call(name: &str, mut arguments: Arguments<'_, '_>) -> u32 {
    let (noted, state) = match name {
        "proxy_log" => {
            let level = LEVELS[arguments.number(0) as usize];
            (format!("log {level}: {}", arguments.text(1)), OK)
        }
        "proxy_get_buffer_bytes" => {
            let configuration = arguments.caller.data().configuration.clone();
            arguments.give(3, &configuration);
            ("get configuration".to_owned(), OK)
        }
        "proxy_get_header_map_value" => get_header(&mut arguments),
        "proxy_remove_header_map_value" => edit(&mut arguments, "remove"),
        "proxy_replace_header_map_value" => edit(&mut arguments, "set"),
        "proxy_add_header_map_value" => edit(&mut arguments, "add"),
        "proxy_get_property" => get_property(&mut arguments),
        "proxy_set_property" => (format!("set property {}: {}", arguments.text(0), arguments.text(2)), OK),
        "proxy_define_metric" => {
            let name = arguments.text(1);
            let metrics = &mut arguments.caller.data_mut().metrics;
            metrics.push(name.clone());
            let id = u32::try_from(metrics.len()).unwrap() - 1;
            arguments.store(3, &id.to_le_bytes());
            (format!("define {name}"), OK)
        }
        "proxy_increment_metric" => {
            let id = arguments.number(0) as usize;
            (format!("increment {}", arguments.caller.data().metrics[id]), OK)
        }
        "proxy_record_metric" => ("record".to_owned(), OK),
        "proxy_get_shared_data" => {
            let value = arguments.caller.data().shared.get(&arguments.bytes(0)).cloned();
            let state = value.map_or(NOT_FOUND, |value| {
                arguments.give(2, &value);
                arguments.store(4, &1_u32.to_le_bytes());
                OK
            });
            (format!("get shared {}", arguments.text(0)), state)
        }
        "proxy_set_shared_data" => {
            let (key, value) = (arguments.bytes(0), arguments.bytes(2));
            arguments.caller.data_mut().shared.insert(key, value);
            (format!("set shared {}", arguments.text(0)), OK)
        }
        "proxy_get_current_time_nanoseconds" => {
            let nanoseconds = arguments.caller.data().second * 1_000_000_000;
            arguments.store(0, &nanoseconds.to_le_bytes());
            ("get the time".to_owned(), OK)
        }
        "proxy_send_local_response" => answer(&mut arguments),
        other => panic!("no test expects that the filter calls {other}"),
    };
    arguments.caller.data_mut().calls.push(noted);
    state
}

fn get_header(arguments: &mut Arguments<'_, '_>) -> (String, u32) {
    let (map, name) = (arguments.number(0), arguments.text(1));
    let Some((whose, headers)) = arguments.caller.data_mut().headers(map) else {
        return (format!("get {name}, which is not there any more"), BAD_ARGUMENT);
    };
    let value = combined(headers, &name);
    let noted = format!("get {whose} {name}: {}", value.as_ref().map_or("absent".to_owned(), |value| text(value)));
    let state = value.map_or(NOT_FOUND, |value| {
        arguments.give(3, &value);
        OK
    });
    (noted, state)
}

fn edit(arguments: &mut Arguments<'_, '_>, verb: &str) -> (String, u32) {
    let (map, name) = (arguments.number(0), arguments.text(1));
    let value = (verb != "remove").then(|| arguments.bytes(3));
    let Some((whose, headers)) = arguments.caller.data_mut().headers(map) else {
        return (format!("{verb} {name}, which is not there any more"), BAD_ARGUMENT);
    };
    let noted = value.as_ref().map_or_else(String::new, |value| format!(": {}", text(value)));
    if verb != "add" {
        headers.retain(|(line, _)| *line != name);
    }
    headers.extend(value.map(|value| (name.clone(), value)));
    (format!("{verb} {whose} {name}{noted}"), OK)
}

fn get_property(arguments: &mut Arguments<'_, '_>) -> (String, u32) {
    let path = String::from_utf8(arguments.bytes(0)).unwrap();
    let parts: Vec<&str> = path.split_terminator('\0').collect();
    let value = arguments.caller.data().property(&parts);
    let shown = value.as_ref().map_or("absent".to_owned(), |value| text(value));
    let state = value.map_or(NOT_FOUND, |value| {
        arguments.give(2, &value);
        OK
    });
    (format!("get property {}: {shown}", parts.join(".")), state)
}

fn answer(arguments: &mut Arguments<'_, '_>) -> (String, u32) {
    let status = arguments.number(0).to_string();
    let headers = unpack(&arguments.bytes(5));
    let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {}", text(value))).collect();
    let noted = format!("answer {status} [{}]", lines.join(", "));
    let status = [(":status".to_owned(), status.into_bytes())];
    arguments.caller.data_mut().answer = Some(status.into_iter().chain(headers).collect());
    (noted, OK)
}

/// Headers as they are passed: how many, the lengths of all names and values, and these, each with a NUL behind.
fn unpack(packed: &[u8]) -> Headers {
    let number = |at: usize| u32::from_le_bytes(packed[4 * at..4 * at + 4].try_into().unwrap()) as usize;
    let count = number(0);
    let mut start = 4 + 8 * count;
    let mut piece = |length: usize| {
        let piece = packed[start..start + length].to_vec();
        start += length + 1;
        piece
    };
    let mut headers = Headers::new();
    for at in 0..count {
        let (name, value) = (piece(number(1 + 2 * at)), piece(number(2 + 2 * at)));
        headers.push((String::from_utf8(name).unwrap(), value));
    }
    headers
}
