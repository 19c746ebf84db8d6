//! KSeF's public keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use ksef_client::{PollPolicy, PublicKeyUsage, Transport, TransportError};
use ksef_core::FormCode;
use ksef_core::port::BoxFuture;
use ksef_tests::client::{World, context};

use crate::run;

const KEYS: &str = "/security/public-key-certificates";

/// Refuses the key of the first session that is opened, as after a rotation.
#[derive(Clone, Debug)]
struct Rotated {
    world: World,
    has_refused: Arc<AtomicBool>,
}

impl Transport for Rotated {
    fn call(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        let opens = request.uri().path().ends_with("/sessions/online");
        if !opens || self.has_refused.swap(true, Ordering::Relaxed) {
            return self.world.call(request);
        }
        let body = r#"{"title":"Bad Request","status":400,"errors":[{"code":21470}]}"#;
        let response = Response::builder().status(400);
        let response = response.header("Content-Type", "application/problem+json");
        let response = response.body(Bytes::from_static(body.as_bytes())).unwrap();
        Box::pin(core::future::ready(Ok(response)))
    }
}

#[test]
fn keys_are_fetched_once_a_day() {
    run(async {
        let world = World::new(|_| ())?;
        let auth = world.log_in().await?;
        auth.open_online(FormCode::Fa3).await?;
        auth.open_online(FormCode::Fa3).await?;
        assert_eq!(world.count(KEYS), 1);
        world.sandbox().advance(std::time::Duration::from_secs(25 * 3_600));
        auth.open_online(FormCode::Fa3).await?;
        assert_eq!(world.count(KEYS), 2);
        let keys = auth.client().public_keys().await?;
        let uses = keys.iter().filter(|key| key.usage == [PublicKeyUsage::SymmetricKeyEncryption]);
        assert_eq!((keys.len(), uses.count()), (2, 1));
        Ok(())
    });
}

#[test]
fn a_withdrawn_key_is_replaced() {
    run(async {
        let world = World::new(|_| ())?;
        let rotated = Rotated { world: world.clone(), has_refused: Arc::default() };
        let client = world.builder()?.transport(rotated).build()?;
        let poll = PollPolicy::default();
        let auth = client.authenticate(context()?, world.seal()?, &poll).await?;
        auth.open_online(FormCode::Fa3).await?;
        assert_eq!(world.count(KEYS), 2);
        Ok(())
    });
}
