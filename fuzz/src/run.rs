//! libFuzzer: how it is built and started, and what it found.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use edge_cors_fuzz::{Target, corpus, readable};
use test_support::project;

/// The instrumentation that libFuzzer reads: counters on the edges of the code, and operands of comparisons. It is
/// LLVM's, so a stable compiler has it too. The sanitizers are not needed where there is no `unsafe`.
const FLAGS: [&str; 7] = [
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];

/// Below the folder of the project.
const WORK: &str = "target/fuzz";

/// Builds the instrumented program, and returns its path.
fn build() -> Result<PathBuf, String> {
    let version = Command::new("rustc").arg("-vV").output().map_err(|error| format!("rustc: {error}"))?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc -vV names no host")?;
    // With --target, what runs while it builds is not instrumented.
    let arguments =
        ["--locked", "--package", "edge-cors-fuzz", "--bin", "fuzz-target", "--profile", "fuzz", "--target", host];
    // Not the path of this one's cargo: rustup must choose one toolchain for all crates.
    let built = Command::new("cargo")
        .current_dir(project())
        .arg("build")
        .args(arguments)
        .args(["--target-dir", WORK])
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"))
        .status();
    match built {
        Ok(status) if status.success() => Ok(project().join(WORK).join(host).join("fuzz/fuzz-target")),
        _ => Err("the instrumented program cannot be built: it needs a C++ compiler, on Debian g++".to_owned()),
    }
}

/// Where one target works.
struct Place<'t> {
    target: &'t Target,
    program: &'t Path,
}

impl Place<'_> {
    /// Relative to the project, as people type it.
    fn path(&self, what: &str) -> PathBuf {
        Path::new(WORK).join(what).join(self.target.name)
    }

    fn prepare(&self) -> std::io::Result<()> {
        corpus::write_seeds(self.target, &project().join(self.path("seeds")))?;
        for what in ["found", "failed"] {
            fs::create_dir_all(project().join(self.path(what)))?;
        }
        fs::create_dir_all(corpus::folder(self.target))?;
        fs::create_dir_all(project().join(WORK).join("words"))?;
        fs::create_dir_all(project().join(WORK).join("logs"))?;
        fs::write(project().join(self.path("words")), corpus::dictionary(self.target))
    }

    /// The program with the options of this target. What it prints goes to a file.
    fn command(&self) -> std::io::Result<Command> {
        let log = File::create(project().join(self.path("logs")))?;
        let mut command = Command::new(self.program);
        command.current_dir(project()).env("FUZZ_TARGET", self.target.name).stdout(log.try_clone()?).stderr(log);
        command.args([
            format!("-max_len={}", self.target.longest),
            format!("-dict={}", self.path("words").display()),
            format!("-artifact_prefix={}/", self.path("failed").display()),
            // Seconds for one input, and megabytes: what takes more is a failure.
            "-timeout=10".to_owned(),
            "-rss_limit_mb=2048".to_owned(),
            "-print_final_stats=1".to_owned(),
        ]);
        Ok(command)
    }

    fn log(&self) -> String {
        fs::read(project().join(self.path("logs")))
            .map_or_else(|error| error.to_string(), |log| String::from_utf8_lossy(&log).into_owned())
    }

    /// Runs the target for some seconds. `Err` shows the input that breaks it.
    fn fuzz(&self, seconds: u64) -> Result<String, String> {
        self.prepare().map_err(|error| format!("{WORK}: {error}"))?;
        let mut command = self.command().map_err(|error| error.to_string())?;
        command.args([self.path("found"), corpus::folder(self.target), self.path("seeds")]);
        let status = command.arg(format!("-max_total_time={seconds}")).status().map_err(|error| error.to_string())?;
        let log = self.log();
        let number = |name: &str| log.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()));
        if status.success() {
            let runs = number("stat::number_of_executed_units:").unwrap_or_default();
            let new = number("stat::new_units_added:").unwrap_or_default();
            return Ok(format!("{runs} inputs, {new} of them reach something new"));
        }
        let file = log.lines().find_map(|line| Some(line.split_once("Test unit written to ")?.1.trim()));
        let Some(file) = file else { return Err(format!("it ended with {status}:\n{log}")) };
        let input = fs::read(project().join(file)).unwrap_or_default();
        let why: Vec<&str> = log.lines().skip_while(|line| !line.contains("panicked at")).take(12).collect();
        let name = self.target.name;
        Err(format!(
            "{}\n\nThe input, which is in {file}:\n\n{}\n\nRun it again: cargo run --package edge-cors-fuzz -- replay {name} {file}",
            if why.is_empty() { log.lines().last().unwrap_or_default().to_owned() } else { why.join("\n") },
            readable(&input),
        ))
    }

    fn minimise(&self) -> Result<(), String> {
        self.prepare().map_err(|error| format!("{WORK}: {error}"))?;
        let merged = project().join(self.path("merged"));
        if merged.exists() {
            fs::remove_dir_all(&merged).map_err(|error| error.to_string())?;
        }
        fs::create_dir_all(&merged).map_err(|error| error.to_string())?;
        let folder = corpus::folder(self.target);
        let mut command = self.command().map_err(|error| error.to_string())?;
        command.arg("-set_cover_merge=1").arg(&merged);
        let status = command.args([&folder, &self.path("found"), &self.path("seeds")]).status();
        if !status.is_ok_and(|status| status.success()) {
            return Err(format!("{} cannot be minimised:\n{}", self.target.name, self.log()));
        }
        fs::remove_dir_all(&folder).and_then(|()| fs::rename(&merged, &folder)).map_err(|error| error.to_string())
    }
}

/// Runs targets for some seconds each, as many at a time as there are cores.
pub(crate) fn fuzz(targets: Vec<Target>, seconds: u64) -> Result<(), String> {
    let program = build()?;
    let count = targets.len();
    let waiting = Mutex::new(targets.into_iter());
    let failed = Mutex::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(target) = waiting.lock().unwrap().next() else { return };
                    match (Place { target: &target, program: &program }).fuzz(seconds) {
                        Ok(told) => println!("{}: {told}", target.name),
                        Err(why) => {
                            *failed.lock().unwrap() += 1;
                            println!("\n{} is broken.\n\n{why}\n", target.name);
                        }
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    println!("fuzz: {} passed, {failed} failed", count - failed);
    if failed == 0 { Ok(()) } else { Err(format!("{failed} of {count} targets are broken")) }
}

/// Replaces the corpus of targets by the fewest inputs that reach as much.
pub(crate) fn minimise(targets: &[Target]) -> Result<(), String> {
    let program = build()?;
    targets.iter().try_for_each(|target| Place { target, program: &program }.minimise())
}
