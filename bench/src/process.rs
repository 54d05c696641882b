//! A server that is measured: a process, its CPU time and its memory.

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;
use test_support::address;

/// A running process. It ends when this is dropped.
pub struct Process {
    child: Child,
    clock: ClockId,
}

impl Process {
    /// Starts a server on addresses that nothing else uses, and waits until it listens on the last one.
    pub fn start(count: usize, command: impl FnOnce(&[SocketAddr]) -> Command) -> (Self, Vec<SocketAddr>) {
        let addresses: Vec<SocketAddr> = (0..count).map(|_| address::unused()).collect();
        let process = Self::listening(&mut command(&addresses), addresses[count - 1]);
        (process, addresses)
    }

    fn listening(command: &mut Command, address: SocketAddr) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
        let mut process = Self { child, clock: clock_getcpuclockid(pid).unwrap() };
        let deadline = Instant::now() + Duration::from_secs(120);
        while TcpStream::connect(address).is_err() {
            if let Some(status) = process.child.try_wait().unwrap() {
                panic!("{command:?} ended with {status}");
            }
            assert!(Instant::now() < deadline, "{command:?} does not listen on {address}");
            std::thread::sleep(Duration::from_millis(2));
        }
        process
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
