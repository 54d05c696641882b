//! A server in a process of its own that is told its port.

use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::group::Group;

/// A running server. It ends, with the processes that it has started, when this is dropped.
pub struct Daemon {
    group: Group,
    pub address: SocketAddr,
}

impl Daemon {
    /// Starts a server that cannot pick a port: it gets one that was free a moment ago, and another one if it is too
    /// late. What it says of itself is in a log.
    pub fn start(name: &str, log: &Path, command: impl Fn(SocketAddr) -> Command) -> Self {
        for _ in 0..10 {
            let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let mut command = command(address);
            command.current_dir(test_support::project());
            let group = Group::spawn(command.stdout(Stdio::null()).stderr(File::create(log).unwrap()))
                .unwrap_or_else(|error| panic!("{name}: {error}; CONTRIBUTING.md names Debian's package"));
            let mut daemon = Self { group, address };
            if daemon.listens(name) {
                return daemon;
            }
        }
        panic!("{name} does not start:\n{}", std::fs::read_to_string(log).unwrap_or_default());
    }

    /// Waits until it listens. False if it ends.
    fn listens(&mut self, name: &str) -> bool {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.group.is_up() {
            assert!(Instant::now() < deadline, "{name} does not listen at {}", self.address);
            if TcpStream::connect(self.address).is_ok() {
                // Whoever took the port may have answered: then this one ends.
                thread::sleep(Duration::from_millis(50));
                return self.group.is_up();
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }
}
