//! An origin server that answers with bytes that no HTTP library would send.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Paths and what is answered there, in full.
const ANSWERS: [(&str, &[u8]); 7] = [
    ("/raw/name", b"HTTP/1.1 200 OK\r\nx-\xff\xfe: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
    ("/raw/value", b"HTTP/1.1 200 OK\r\nx-a: \xff\xfe\r\nvary: \xff\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
    ("/raw/cors", b"HTTP/1.1 200 OK\r\naccess-control-allow-origin: \xff\r\naccess-control-\x7f: \xff\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
    ("/raw/status", b"HTTP/1.1 999 \xff\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
    ("/raw/open/status", b"HTTP/1.1 999 Denied\r\ncontent-length: 7\r\nconnection: close\r\n\r\nRefused"),
    ("/raw/interim", b"HTTP/1.1 150 \r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
    ("/raw/vary", b"HTTP/1.1 200 OK\r\nvary: ,,, ,\r\nvary:\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"),
];

/// Starts the server. It ends with the runtime it was started on.
pub async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(answer(stream));
        }
    });
    address
}

/// Reads the head of one request, answers, and closes.
async fn answer(mut stream: TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let path = String::from_utf8_lossy(&head).split(' ').nth(1).unwrap_or_default().to_owned();
    let bytes = ANSWERS.iter().find(|(known, _)| *known == path).map(|(_, bytes)| *bytes);
    let _ = stream.write_all(bytes.unwrap_or_default()).await;
}
