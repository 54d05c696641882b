//! A server that is measured: a process, its CPU time and its memory.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;

/// A running process. It ends when this is dropped.
pub struct Process {
    child: Child,
    clock: ClockId,
}

impl Process {
    /// Starts a server on addresses that are free, and waits until it listens on the last one.
    ///
    /// Between the choice of an address and its use, any other program can take it: then others are tried.
    pub fn start(count: usize, mut command: impl FnMut(&[SocketAddr]) -> Command) -> (Self, Vec<SocketAddr>) {
        for _ in 0..4 {
            let addresses = free_addresses(count);
            if let Some(process) = Self::try_start(&mut command(&addresses), addresses[count - 1]) {
                return (process, addresses);
            }
        }
        panic!("{:?} does not start", command(&free_addresses(count)));
    }

    /// `None` if the process ends before it listens.
    fn try_start(command: &mut Command, address: SocketAddr) -> Option<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
        let mut process = Self { child, clock: clock_getcpuclockid(pid).unwrap() };
        let deadline = Instant::now() + Duration::from_secs(120);
        while TcpStream::connect(address).is_err() {
            if let Some(status) = process.child.try_wait().unwrap() {
                eprintln!("{command:?} ended with {status}");
                return None;
            }
            assert!(Instant::now() < deadline, "{command:?} does not listen on {address}");
            std::thread::sleep(Duration::from_millis(2));
        }
        Some(process)
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The CPU time of all its threads until now, those that have ended among them.
    pub fn cpu_time(&self) -> Duration {
        self.clock.now().unwrap().into()
    }

    /// The memory that is its own, in bytes.
    pub fn memory(&self) -> u64 {
        let path = format!("/proc/{}/smaps_rollup", self.child.id());
        let text = std::fs::read_to_string(path).unwrap();
        let private = text.lines().filter(|line| line.starts_with("Private_"));
        let kilobytes = private.map(|line| line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap());
        kilobytes.sum::<u64>() * 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Addresses on which nothing listens yet.
fn free_addresses(count: usize) -> Vec<SocketAddr> {
    // Held until all are chosen, so that none is chosen twice.
    let listeners: Vec<TcpListener> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    listeners.iter().map(|listener| listener.local_addr().unwrap()).collect()
}
