//! `edge-cors import`: from the CORS settings of other software to a configuration.
//!
//! It reads a text and returns a configuration with what could not be carried over: [`import`] uses no files.

mod amend;
mod configuration;
mod envoy;
mod envoy_gateway;
mod frameworks;
mod gateway_api;
mod ingress;
mod istio;
mod loss;
mod names;
mod native;
mod nginx;
mod origins;
mod resource;
mod routes;
mod rules;
mod source;
mod write;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::Exit;
use crate::input;
use crate::output::print;
use crate::report::{Finding, Format};
use configuration::{Configuration, Policy};
pub use loss::Loss;
use loss::Losses;
use rules::Model;
pub use source::Source;

/// Write a configuration that decides as another software's CORS settings do.
///
/// The configuration goes to the standard output. What could not be carried over exactly goes to the
/// standard error, each with its place: `narrower` if pages can lose access, `wider` if they can gain it,
/// `different` if that depends on more than the file, and `note` for what is carried over exactly but is worth
/// knowing.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// Whose settings these are
    #[arg(value_enum, value_name = "SOURCE")]
    source: Source,

    /// The file with the settings; `-` is the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Exit with 1 if something could not be carried over exactly
    #[arg(long)]
    strict: bool,

    /// How to print the result: `json` has the configuration and all that is to be said of it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const AFTER_HELP: &str = "Examples:
  edge-cors import envoy envoy.yaml > cors.json
  kubectl get virtualservice -A -o yaml | edge-cors import istio - > cors.json
  edge-cors import auto --strict ingress.yaml > cors.json && edge-cors check cors.json

Exit codes: 0 the configuration is written, 1 it is not exact (with --strict), 2 the file could not be read or \
contains no CORS settings.";

/// A configuration that was made of the settings of other software.
#[derive(Debug)]
pub struct Imported {
    /// Whose settings they are: never [`Source::Auto`].
    pub source: Source,
    /// The configuration as JSON, with line ends for people. The edge accepts it.
    pub configuration: String,
    /// What is to be said of it, in the order of the text.
    pub losses: Vec<Loss>,
}

impl Imported {
    /// Whether it decides as the source does, about every request.
    pub fn is_exact(&self) -> bool {
        !self.losses.iter().any(Loss::is_lost)
    }
}

/// Why a text has no configuration to be imported.
#[derive(Debug)]
pub enum ImportError {
    /// It cannot be parsed.
    Syntax {
        /// Where, in bytes from 0.
        offset: usize,
        /// Why, in a few words that follow a colon.
        reason: String,
    },
    /// There is nothing to import, or nothing that the edge accepts: why, as the rest of a sentence.
    Nothing(String),
}

/// Makes a configuration of the CORS settings of other software.
///
/// `name` tells the format of the text, as the name of a file does; nothing is read from there.
///
/// # Errors
/// If the text cannot be parsed or contains no such settings.
///
/// ```
/// use std::path::Path;
///
/// use edge_cors_cli::{Source, import};
///
/// let policy = "allow_origin_string_match: [{ exact: https://app.example.com }]\nallow_methods: PUT";
/// let imported = import(Source::Auto, Path::new("policy.yaml"), policy).unwrap();
/// assert_eq!(imported.source, Source::Envoy);
/// assert!(imported.is_exact() && imported.configuration.contains(r#""allowMethods": ["PUT"]"#));
/// ```
pub fn import(source: Source, name: &Path, text: &str) -> Result<Imported, ImportError> {
    let mut losses = Losses::default();
    let recognised = source.recognise(text, |text| input::documents(name, text), &mut losses);
    let recognised = recognised.map_err(|(offset, reason)| ImportError::Syntax { offset, reason })?;
    let (source, model) = recognised.filter(|(_, model)| !model.policies.is_empty()).ok_or_else(|| nothing(source))?;
    let configuration = configuration(&model, &mut losses).map_err(ImportError::Nothing)?;
    Ok(Imported { source, configuration: configuration.to_json(), losses: losses.in_order() })
}

fn nothing(source: Source) -> ImportError {
    let names: Vec<&str> = Source::NAMED.iter().map(|source| source.title()).collect();
    ImportError::Nothing(match source {
        Source::Auto => format!("there are no CORS settings in it of any of these: {}", names.join(", ")),
        source => format!("there are no CORS settings of {} in it", source.title()),
    })
}

fn configuration(model: &Model, losses: &mut Losses) -> Result<Configuration, String> {
    let mut configuration = Configuration::default();
    let policies: Vec<Policy> = model.policies.iter().map(|rules| Policy::of(rules, losses)).collect();
    let policies: Vec<usize> = policies.into_iter().map(|policy| configuration.add(policy)).collect();
    routes::add(&mut configuration, &model.sites, &policies, losses);
    configuration.remove_unused();
    configuration.name_policies();
    if configuration.policies.is_empty() {
        let messages: Vec<String> = std::mem::take(losses).in_order().into_iter().map(|loss| loss.message).collect();
        return Err(format!("none of its policies can be carried over. {}", messages.join(" ")));
    }
    amend::amend(&mut configuration, losses).map_err(|why| format!("the edge would reject the result. {why}"))?;
    Ok(configuration)
}

pub(crate) fn run(arguments: &Arguments) -> Exit {
    match import_file(arguments) {
        Ok(exit) => exit,
        Err(message) => {
            anstream::eprintln!("edge-cors: {message}");
            Exit::Unreadable
        }
    }
}

fn import_file(arguments: &Arguments) -> Result<Exit, String> {
    let path = &arguments.file;
    let text = input::text_of(path)?;
    let name = path.display().to_string();
    let imported = import(arguments.source, path, &text).map_err(|error| match error {
        ImportError::Syntax { offset, reason } => {
            let notice = input::syntax_notice(path, &text, offset, &reason);
            Finding::of_file(notice, &text).render(&name, &text)
        }
        ImportError::Nothing(why) => format!("{name}: {}.", why.trim_end_matches('.')),
    })?;
    let exit = if arguments.strict && !imported.is_exact() { Exit::Refused } else { Exit::Fine };
    let findings = imported.losses.iter().map(|loss| Finding::of_file(loss.notice(), &text));
    let printed = match arguments.format {
        Format::Text => {
            for finding in findings {
                anstream::eprintln!("{}\n", finding.render(&name, &text));
            }
            print(&imported.configuration)
        }
        Format::Json => {
            let configuration: serde_json::Value = serde_json::from_str(&imported.configuration).unwrap_or_default();
            let report = json!({
                "source": imported.source.title(),
                "exact": imported.is_exact(),
                "losses": findings.collect::<Vec<_>>(),
                "configuration": configuration,
            });
            print(&format!("{report:#}\n"))
        }
    };
    Ok(exit.max(printed))
}
