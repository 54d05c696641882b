//! `edge-cors schema`.

use clap::Args;

use crate::Exit;
use crate::output::print;

/// Print the JSON Schema of the configuration.
#[derive(Args)]
#[command(after_help = "\
Editors complete and check a configuration that names the schema:

  edge-cors schema > edge-cors.schema.json
  {
    \"$schema\": \"./edge-cors.schema.json\",
    \"allowOrigins\": [\"https://app.example.com\"]
  }")]
pub(crate) struct Arguments;

pub(crate) fn run(_: &Arguments) -> Exit {
    print(&(serde_json::to_string_pretty(&edge_cors::json_schema()).unwrap_or_default() + "\n"))
}
