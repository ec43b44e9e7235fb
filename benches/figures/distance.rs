//! A distance between two ends: a relay in this process that passes on what arrives, in both
//! directions, so much later. Connections are opened at once on loopback; here the first bytes of
//! one wait for the round trip that opening takes elsewhere.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{Instant, sleep_until};

use crate::loopback::runtime;

/// Stands so far from an address; where it is to be reached from here. Lives as long as the process.
pub fn from(address: SocketAddr, delay: Duration) -> SocketAddr {
    if delay.is_zero() {
        return address;
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let near = listener.local_addr().expect("an address");
    listener.set_nonblocking(true).expect("a listener");
    std::thread::spawn(move || {
        runtime().block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            while let Ok((client, _)) = listener.accept().await {
                let opened = Instant::now() + 2 * delay;
                let Ok(server) = TcpStream::connect(address).await else { continue };
                let _ = (client.set_nodelay(true), server.set_nodelay(true));
                let (client_reads, client_writes) = client.into_split();
                let (server_reads, server_writes) = server.into_split();
                tokio::spawn(pass(client_reads, server_writes, opened, delay));
                tokio::spawn(pass(server_reads, client_writes, opened, delay));
            }
        });
    });
    near
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, opened: Instant, delay: Duration) {
    let (sender, mut pieces) = unbounded_channel();
    let read = async move {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let length = from.read(&mut buffer).await.unwrap_or(0);
            let due = opened.max(Instant::now()) + delay;
            // Nothing is the end.
            if sender.send((due, buffer[..length].to_vec())).is_err() || length == 0 {
                return;
            }
        }
    };
    let write = async move {
        while let Some((due, piece)) = pieces.recv().await {
            sleep_until(due).await;
            if piece.is_empty() {
                let _ = to.shutdown().await;
                return;
            }
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(read, write);
}
