//! The processes of the frameworks, each on a port of its own.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::daemon::Daemon;

const PYTHON: &str = "target/frameworks/bin/python3";
const NGINX: &str = "target/frameworks/nginx";

/// The servers that print their port, and how to start them.
const PRINTING: [(&str, &[&str]); 5] = [
    ("express", &["node", "tests/frameworks/express.mjs"]),
    ("flask", &[PYTHON, "tests/frameworks/flask_app.py"]),
    // Its settings are global: a process for each configuration.
    ("django-usual", &[PYTHON, "tests/frameworks/django_app.py", "usual"]),
    ("django-reflected", &[PYTHON, "tests/frameworks/django_app.py", "reflected"]),
    ("django-regex", &[PYTHON, "tests/frameworks/django_app.py", "regex"]),
];

/// Running servers. They end when this is dropped.
pub struct Servers {
    processes: Vec<Child>,
    nginx: Option<Daemon>,
    addresses: BTreeMap<String, SocketAddr>,
}

impl Servers {
    pub fn start() -> Self {
        let mut servers = Self { processes: Vec::new(), nginx: None, addresses: BTreeMap::new() };
        for (_, words) in PRINTING {
            let (program, arguments) = words.split_first().unwrap();
            servers.spawn(Command::new(program).args(arguments).stdout(Stdio::piped()));
        }
        for (index, (name, _)) in PRINTING.iter().enumerate() {
            let output = servers.processes[index].stdout.take().unwrap();
            let mut port = String::new();
            BufReader::new(output).read_line(&mut port).unwrap();
            let port: u16 = port.trim().parse().unwrap_or_else(|_| panic!("{name} printed no port: {port:?}"));
            servers.addresses.insert((*name).to_owned(), SocketAddr::from(([127, 0, 0, 1], port)));
        }
        servers.start_nginx();
        servers
    }

    fn spawn(&mut self, command: &mut Command) {
        let command = command.current_dir(test_support::project()).stdin(Stdio::null()).stderr(Stdio::null());
        self.processes.push(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")));
    }

    fn start_nginx(&mut self) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nginx");
        std::fs::create_dir_all(&folder).unwrap();
        let template = include_str!("../../../frameworks/nginx.conf");
        let template = template.replace("{upstream}", &self.address("express").port().to_string());
        let file = folder.join("nginx.conf");
        let nginx = Daemon::start("nginx", &folder.join("log"), |address| {
            std::fs::write(&file, template.replace("{port}", &address.port().to_string())).unwrap();
            let mut command = Command::new(NGINX);
            command.args(["-e", "stderr", "-p"]).arg(&folder).arg("-c").arg(&file);
            command
        });
        self.addresses.insert("nginx".to_owned(), nginx.address);
        self.nginx = Some(nginx);
    }

    /// The addresses by name.
    pub fn all(&self) -> &BTreeMap<String, SocketAddr> {
        &self.addresses
    }

    pub fn address(&self, name: &str) -> SocketAddr {
        *self.addresses.get(name).unwrap_or_else(|| panic!("no server {name}"))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
