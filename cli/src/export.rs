//! `edge-cors export`: a configuration in the file that a host reads.

mod plain;
mod template;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use edge_cors::{ConfigError, PolicySet};

use crate::output::print;
use crate::{Exit, choices, chosen};

/// Write a configuration into the file that a host reads
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// What the file is for
    #[arg(value_enum, value_name = "HOST")]
    target: Target,

    /// The file with the configuration, in any form that `check` reads; `-` is the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// If the file contains several configurations: part of the place of the one to use
    #[arg(long, value_name = "PLACE")]
    at: Option<String>,
}

const AFTER_HELP: &str = "Examples:
  edge-cors export istio cors.json > wasm-plugin.yaml
  edge-cors import envoy envoy.yaml | edge-cors export wrangler - > wrangler.toml

The configuration is in the file as it was written. What else to change there is on the standard error.

Exit codes: 0 the file is written, 1 the configuration has an error, 2 it could not be read.";

/// A host, or what it is deployed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// The configuration itself, as JSON
    Json,
    /// The filter in Envoy's `http_filters`
    Envoy,
    /// Istio: a WasmPlugin
    Istio,
    /// Envoy Gateway: an EnvoyExtensionPolicy
    EnvoyGateway,
    /// Cloudflare: the wrangler.toml of a Worker
    Wrangler,
}

/// A file with a configuration in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// What is in the file.
    pub text: String,
    /// What the file is called.
    pub file: &'static str,
    /// What to do with it.
    pub note: &'static str,
}

impl Target {
    /// The target with this name, such as `envoy-gateway`.
    pub fn named(name: &str) -> Option<Self> {
        choices::named(name)
    }

    /// Every target: its name, and what it is in a few words.
    pub fn all() -> impl Iterator<Item = (String, String)> {
        choices::all::<Self>()
    }

    fn file(self) -> &'static str {
        match self {
            Self::Json => "cors.json",
            Self::Envoy => "http-filter.yaml",
            Self::Istio => "wasm-plugin.yaml",
            Self::EnvoyGateway => "envoy-extension-policy.yaml",
            Self::Wrangler => "wrangler.toml",
        }
    }

    fn note(self) -> &'static str {
        match self {
            Self::Json => {
                "Check it with `edge-cors check cors.json`. A Worker reads it from KV, every other host as part of its own \
                 file."
            }
            Self::Envoy => {
                "Put it first in the http_filters of Envoy's HttpConnectionManager, and write where your \
                 edge_cors_filter.wasm is: docs/envoy.md."
            }
            Self::Istio => {
                "Write the namespace and the name of your gateway, and the image in your registry; then kubectl apply -f \
                 wasm-plugin.yaml: docs/istio.md."
            }
            Self::EnvoyGateway => {
                "Write the namespace and the name of your Gateway, and the image in your registry; then kubectl apply -f \
                 envoy-extension-policy.yaml: docs/envoy-gateway.md."
            }
            Self::Wrangler => {
                "Write the server that requests are forwarded to, or a route; then npm install edge-cors wrangler, and npx \
                 wrangler deploy: docs/cloudflare.md."
            }
        }
    }
}

/// Writes a configuration into the file that a host reads. There, it is written as it was.
///
/// # Errors
/// The problems of the configuration, if the edge rejects it.
///
/// ```
/// use edge_cors_cli::{Target, export};
///
/// let exported = export(Target::Istio, r#"{ "allowOrigins": ["https://app.example.com"] }"#)?;
/// assert_eq!(exported.file, "wasm-plugin.yaml");
/// assert!(exported.text.ends_with("  pluginConfig:\n    { \"allowOrigins\": [\"https://app.example.com\"] }\n"));
/// # Ok::<(), edge_cors::ConfigError>(())
/// ```
pub fn export(target: Target, configuration: &str) -> Result<Exported, ConfigError> {
    PolicySet::from_json(configuration)?;
    let json = plain::json(configuration);
    let text = match target {
        Target::Json => json + "\n",
        Target::Envoy => template::envoy(&json),
        Target::Istio => template::istio(&json),
        Target::EnvoyGateway => template::envoy_gateway(&json),
        Target::Wrangler => template::wrangler(&json),
    };
    Ok(Exported { text, file: target.file(), note: target.note() })
}

pub(crate) fn run(arguments: &Arguments) -> Exit {
    match chosen::load(&arguments.file, arguments.at.as_deref(), |source| export(arguments.target, source)) {
        Ok(Some(Exported { text, note, .. })) => {
            anstream::eprintln!("{note}");
            print(&text)
        }
        Ok(None) => Exit::Refused,
        Err(message) => {
            anstream::eprintln!("edge-cors: {message}");
            Exit::Unreadable
        }
    }
}
