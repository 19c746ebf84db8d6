//! A KSeF that is far away: its answers take a while, as they do over a network.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::Failure;

/// Listens for whoever asks, and brings the answers of `near` so much later. It does so until the
/// runtime ends. Returns its address.
pub(crate) async fn from(near: String, later: Duration) -> Result<String, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move {
        while let Ok((asking, _)) = listener.accept().await {
            let Ok(answering) = TcpStream::connect(&near).await else { continue };
            let (questions, answers) = (asking.into_split(), answering.into_split());
            tokio::spawn(ask(questions.0, answers.1));
            tokio::spawn(answer(answers.0, questions.1, later));
        }
    });
    Ok(address)
}

/// Ends with the connection.
async fn ask(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let _ = copy(&mut from, &mut to).await;
}

/// Ends with the connection.
async fn answer(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, later: Duration) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        tokio::time::sleep(later).await;
        if to.write_all(buffer.get(..length).unwrap_or_default()).await.is_err() {
            break;
        }
    }
}
