//! `edge-cors completions` and `edge-cors man`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::Exit;
use crate::output::print;

/// Print a completion script for a shell.
#[derive(Args)]
#[command(after_help = "Example: edge-cors completions bash > /etc/bash_completion.d/edge-cors")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

/// Print the manual page.
#[derive(Args)]
#[command(after_help = "Example: edge-cors man | man -l -")]
pub(crate) struct Man;

pub(crate) fn completions(arguments: &Completions) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut crate::Arguments::command(), "edge-cors", &mut script);
    print(&String::from_utf8_lossy(&script))
}

/// The page of the command itself, followed by those of its subcommands.
pub(crate) fn man(_: &Man) -> Exit {
    let mut page = Vec::new();
    let mut command = crate::Arguments::command();
    command.build();
    let subcommands = command.get_subcommands().filter(|sub| sub.get_name() != "help").cloned();
    let subcommands: Vec<_> = subcommands.collect();
    let rendered = [command]
        .into_iter()
        .chain(subcommands)
        .try_for_each(|command| clap_mangen::Man::new(command).render(&mut page));
    match rendered {
        Ok(()) => print(&String::from_utf8_lossy(&page)),
        Err(_) => Exit::Unreadable,
    }
}
