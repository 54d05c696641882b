//! Firefox, headless. Its console is read over [WebDriver BiDi](https://w3c.github.io/webdriver-bidi/), which
//! it speaks itself: messages about CORS are log entries without a stack.

use std::process::Command;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::console::Console;
use super::process::{self, profile};
use crate::group::Group;

/// Where Debian has it.
pub const PROGRAM: &str = "/usr/bin/firefox-esr";

type Socket = WebSocketStream<TcpStream>;

/// Pages over http stay there, and nothing is sent that no page has asked for.
const PREFERENCES: &str = r#"
user_pref("dom.security.https_first", false);
user_pref("dom.security.https_first_schemeless", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,");
"#;

pub async fn start(url: &str, console: Console) -> Group {
    let profile = profile("firefox");
    std::fs::write(profile.join("user.js"), PREFERENCES).unwrap();
    let (found, mut address) = mpsc::unbounded_channel();
    let mut command = Command::new(PROGRAM);
    command
        .env("HOME", &profile)
        .args(["--headless", "--no-remote", "--remote-debugging-port=0", "--profile"])
        .arg(&profile);
    let group = process::start(&mut command, move |line| {
        if let Some((_, address)) = line.split_once("WebDriver BiDi listening on ws://") {
            let _ = found.send(address.to_owned());
        }
    });
    let address = address.recv().await.expect("Firefox ended before it listened");
    let stream = TcpStream::connect(&address).await.unwrap();
    let (mut socket, _) = client_async(format!("ws://{address}/session"), stream).await.unwrap();
    let always = json!({ "capabilities": { "alwaysMatch": { "acceptInsecureCerts": true } } });
    send(&mut socket, &console, "session.new", &always).await;
    send(&mut socket, &console, "session.subscribe", &json!({ "events": ["log.entryAdded"] })).await;
    let tab = send(&mut socket, &console, "browsingContext.create", &json!({ "type": "tab" })).await;
    let go = json!({ "context": tab["context"], "url": url, "wait": "none" });
    send(&mut socket, &console, "browsingContext.navigate", &go).await;
    tokio::spawn(async move { while next(&mut socket, &console).await.is_some() {} });
    group
}

/// Sends a command and returns its result.
async fn send(socket: &mut Socket, console: &Console, method: &str, params: &Value) -> Value {
    let command = json!({ "id": 1, "method": method, "params": params });
    socket.send(Message::text(command.to_string())).await.unwrap();
    while let Some(mut answer) = next(socket, console).await {
        if answer["id"] == 1 {
            assert_eq!(answer["type"], "success", "{method}: {answer}");
            return answer["result"].take();
        }
    }
    panic!("Firefox closed the connection at {method}");
}

/// Reads one message, and shows it if it is a log entry.
async fn next(socket: &mut Socket, console: &Console) -> Option<Value> {
    let message: Value = serde_json::from_slice(&socket.next().await?.ok()?.into_data()).unwrap_or_default();
    if let Some(text) = message["params"]["text"].as_str() {
        console.show(text.to_owned());
    }
    Some(message)
}
