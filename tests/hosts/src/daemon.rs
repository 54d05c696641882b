//! A server in a process of its own that is told its port.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use test_support::address;

use crate::group::Group;

/// A running server. It ends, with the processes that it has started, when this is dropped.
pub struct Daemon {
    _group: Group,
    pub address: SocketAddr,
}

impl Daemon {
    /// Starts a server that cannot pick a port, and waits until it listens. What it says of itself is in a log.
    pub fn start(name: &str, log: &Path, command: impl FnOnce(SocketAddr) -> Command) -> Self {
        let address = address::unused();
        let mut command = command(address);
        command.current_dir(test_support::project());
        let mut group = Group::spawn(command.stdout(Stdio::null()).stderr(File::create(log).unwrap()))
            .unwrap_or_else(|error| panic!("{name}: {error}; CONTRIBUTING.md names Debian's package"));
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(address).is_err() {
            let log = || std::fs::read_to_string(log).unwrap_or_default();
            assert!(group.is_up(), "{name} has ended:\n{}", log());
            assert!(Instant::now() < deadline, "{name} does not listen at {address}:\n{}", log());
            thread::sleep(Duration::from_millis(20));
        }
        Self { _group: group, address }
    }
}
