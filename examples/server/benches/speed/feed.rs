//! Webhooks as Stripe sends them.

use std::thread;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::company::Delivery;
use crate::http::Connection;
use crate::times::Times;

/// One after the other, as fast as they are answered.
pub(crate) const AT_ONCE: Duration = Duration::ZERO;

/// Sends each at its time, over so many connections, whatever becomes of those before it. How long
/// it took counts from that time on.
pub(crate) fn send(
    address: &str,
    deliveries: &[Delivery],
    (connections, pause): (usize, Duration),
) -> Result<Times, Failure> {
    let begin = Instant::now();
    thread::scope(|scope| {
        let sender = |first: usize| {
            move || -> Result<Vec<Duration>, Failure> {
                let mut connection = Connection::open(address)?;
                let mut times = Vec::new();
                let own = deliveries.iter().zip(0_u32..).skip(first).step_by(connections);
                for (delivery, number) in own {
                    let due = begin + pause * number;
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    post(&mut connection, delivery)?;
                    times.push(due.elapsed());
                }
                Ok(times)
            }
        };
        let senders: Vec<_> = (0..connections).map(|first| scope.spawn(sender(first))).collect();
        let mut times = Vec::new();
        for sender in senders {
            times.extend(sender.join().map_err(|_| "a sender panicked")??);
        }
        Ok(Times::new(times))
    })
}

fn post(connection: &mut Connection, delivery: &Delivery) -> Result<(), Failure> {
    let signature = ("stripe-signature", delivery.signature.as_str());
    let answer = connection.ask("POST", &delivery.path, signature, &delivery.body)?;
    if answer.status == 200 { Ok(()) } else { Err(format!("answered {}", answer.status).into()) }
}
