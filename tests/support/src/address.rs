//! Addresses for servers that are told their port.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the ports that a system gives to whoever asks for any: Linux starts at 32768, others at 49152. A port that
/// was asked for as any and released can be given to someone else before the server has it, these cannot.
const PORTS: std::ops::Range<u16> = 20_000..32_768;

/// An address of the loopback interface on which nothing listens. No other call in this process returns it.
pub fn unused() -> SocketAddr {
    static COUNT: AtomicU16 = AtomicU16::new(0);
    let number = PORTS.end - PORTS.start;
    // Another process of tests starts elsewhere.
    let first = std::process::id().wrapping_mul(101) % u32::from(number);
    let first = PORTS.start + u16::try_from(first).unwrap();
    for _ in PORTS {
        let port = first + COUNT.fetch_add(1, Ordering::Relaxed) % number;
        let port = if port < PORTS.end { port } else { port - number };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("something listens on every port of {PORTS:?}");
}
