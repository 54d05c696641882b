//! A little server on loopback, which answers whatever a test wants, well or badly, and ends with the test.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// What the server does after it has read a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Sends this, and waits for the next request on the connection.
    Send(String),
    /// Sends this, and closes the connection.
    Close(String),
    /// Sends this, and then nothing.
    Hang(String),
    /// Sends the first, and then the second again and again.
    Endless(String, String),
}

/// The request line and the headers of a request, as they came.
#[derive(Clone, Debug)]
pub struct Head {
    /// The method.
    pub method: String,
    /// The request target.
    pub target: String,
    /// Names, in lower case, and values.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// The value of a header, if there is one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(line, _)| line == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
struct Shared {
    stopped: AtomicBool,
    requests: Mutex<Vec<Head>>,
    streams: Mutex<Vec<TcpStream>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// A server for as long as it is not dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server on a free port.
    pub fn start(answer: impl Fn(&Head) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::<Shared>::default();
        let (of_thread, answer) = (Arc::clone(&shared), Arc::new(answer));
        let accepting = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if of_thread.stopped.load(Ordering::SeqCst) {
                    break;
                }
                of_thread.streams.lock().unwrap().push(stream.try_clone().unwrap());
                let (shared, answer) = (Arc::clone(&of_thread), Arc::clone(&answer));
                let thread = thread::spawn(move || serve(stream, &shared, &*answer));
                of_thread.threads.lock().unwrap().push(thread);
            }
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    /// A server that gives every request the same answer: a status line and headers, without a body.
    pub fn fixed(head: &str) -> Self {
        let reply = response(head, "");
        Self::start(move |_| Reply::Send(reply.clone()))
    }

    /// `http://127.0.0.1:` and the port.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address that the server listens at.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Head> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// How many connections there were so far.
    pub fn connections(&self) -> usize {
        self.shared.streams.lock().unwrap().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
        let _ = self.accepting.take().map(JoinHandle::join);
        for stream in self.shared.streams.lock().unwrap().iter() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        for thread in self.shared.threads.lock().unwrap().drain(..) {
            let _ = thread.join();
        }
    }
}

/// A response: the status and headers, one a line, and a body with its length.
///
/// ```text
/// 204 No Content
/// access-control-allow-origin: *
/// ```
pub fn response(head: &str, body: &str) -> String {
    let lines: Vec<&str> = head.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    format!("HTTP/1.1 {}\r\ncontent-length: {}\r\n\r\n{body}", lines.join("\r\n"), body.len())
}

fn serve(stream: TcpStream, shared: &Shared, answer: &dyn Fn(&Head) -> Reply) {
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    while let Some(head) = read_head(&mut reader) {
        shared.requests.lock().unwrap().push(head.clone());
        match answer(&head) {
            Reply::Send(text) => {
                if writer.write_all(text.as_bytes()).is_err() {
                    return;
                }
            }
            Reply::Close(text) => {
                let _ = writer.write_all(text.as_bytes());
                let _ = writer.shutdown(Shutdown::Both);
                return;
            }
            Reply::Hang(text) => {
                let _ = writer.write_all(text.as_bytes());
                // Until the other side, or the end of the test, closes the connection.
                let _ = reader.read(&mut [0]);
                return;
            }
            Reply::Endless(start, rest) => {
                let _ = writer.write_all(start.as_bytes());
                while writer.write_all(rest.as_bytes()).is_ok() {}
                return;
            }
        }
    }
}

fn read_head(reader: &mut BufReader<TcpStream>) -> Option<Head> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut words = lines.first()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers = lines.iter().skip(1).filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let head = Head { method, target, headers };
    let length = head.get("content-length").and_then(|length| length.parse::<u64>().ok()).unwrap_or(0);
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).ok()?;
    Some(head)
}
