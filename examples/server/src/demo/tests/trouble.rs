//! A disk without room.

use std::io::{BufRead as _, BufReader};

use super::mill::Mill;
use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_before_the_disk_was_full_is_sent_when_there_is_room() {
    let mill = Mill::new(None).await;
    let mut server = mill.start_short_of_room("a_server", 1_000);
    let mut said = BufReader::new(server.stdout.take().unwrap()).lines();
    let address = said.find_map(|line| line.unwrap().strip_prefix("address ").map(str::to_owned));
    let address = address.unwrap();
    let (mut acknowledged, mut refused) = (0, Vec::new());
    for number in 0..2_000 {
        let delivery = mill.event(number);
        match mill.post(&address, &delivery).await {
            StatusCode::OK => acknowledged += 1,
            StatusCode::SERVICE_UNAVAILABLE => refused.push(delivery),
            other => panic!("{other}"),
        }
        if refused.len() == 5 {
            break;
        }
    }
    assert!(acknowledged > 0 && refused.len() == 5, "{acknowledged} were acknowledged");
    end_worker(server).await.unwrap();
    let counts = mill.company.ledger.counts().await.unwrap();
    assert_eq!(counts.all(), acknowledged, "what was acknowledged is there, and nothing else");

    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (end, ended) = watch::channel(());
    let server = tokio::spawn(serve::answer(Arc::clone(&mill.app), listener, ended));
    for delivery in &refused {
        assert_eq!(mill.post(&address, delivery).await, StatusCode::OK);
    }
    let invoices = usize::try_from(acknowledged).unwrap() + refused.len();
    let worker = mill.start("a_worker");
    while mill.accepted().await < invoices {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    end_worker(worker).await.unwrap();
    mill.agrees(invoices).await;
    drop(end);
    server.await.unwrap().unwrap();
}
