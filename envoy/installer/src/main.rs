//! Copies the dynamic module that is beside this program into a folder, for pods that cannot mount an image.

use std::env;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

const MODULE: &str = "libedge_cors.so";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).map(PathBuf::from).ok_or("name the folder to copy the module into")?;
    let program = env::current_exe()?;
    let new = folder.join(".libedge_cors.so.new");
    fs::copy(program.with_file_name(MODULE), &new)?;
    // An Envoy that has loaded the previous file keeps it: writing into that file could crash it.
    fs::rename(new, folder.join(MODULE))?;
    Ok(())
}
