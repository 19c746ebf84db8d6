//! A KSeF that is far away: what is said to it, and what it answers, takes some time on the way.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::Failure;

const BUFFER: usize = 64 * 1024;

/// The near end of the way.
#[derive(Debug)]
pub(crate) struct Distance {
    near: TcpListener,
    each_way: Duration,
}

impl Distance {
    pub(crate) async fn new(each_way: Duration) -> Result<Self, Failure> {
        Ok(Self { near: TcpListener::bind("127.0.0.1:0").await?, each_way })
    }

    pub(crate) fn address(&self) -> Result<SocketAddr, Failure> {
        Ok(self.near.local_addr()?)
    }

    /// From now on it leads there, for as long as this process runs.
    pub(crate) fn lead_to(self, far: SocketAddr) {
        tokio::spawn(async move {
            while let Ok((near, _)) = self.near.accept().await {
                tokio::spawn(connect(near, far, self.each_way));
            }
        });
    }
}

async fn connect(near: TcpStream, far: SocketAddr, each_way: Duration) -> Result<(), Failure> {
    let far = TcpStream::connect(far).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    tokio::join!(carry(from_near, to_far, each_way), carry(from_far, to_near, each_way));
    Ok(())
}

/// Carries bytes until one end closes. Many may be on the way at the same time.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, time: Duration) {
    let (set_out, mut arrive) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let reading = async move {
        let mut buffer = vec![0; BUFFER];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let bytes = buffer.iter().copied().take(count).collect();
            if set_out.send((Instant::now() + time, bytes)).is_err() {
                return;
            }
        }
    };
    let writing = async move {
        while let Some((at, bytes)) = arrive.recv().await {
            tokio::time::sleep_until(at).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(reading, writing);
}
