//! `Secret`, a value that does not leak by accident.

use core::fmt;

use zeroize::Zeroize;

/// A value that is wiped when dropped and never shown: a token, a key, a password.
///
/// `Debug` prints `[redacted]`. There is no `Display`, no `Serialize`, no comparison (which would
/// take a time that depends on the value) and no `Clone`: every copy is asked for by name.
///
/// ```
/// use ksef_core::Secret;
///
/// let token = Secret::new("20251116-EC-0123".to_owned());
/// assert_eq!(token.expose(), "20251116-EC-0123");
/// assert_eq!(format!("{token:?}"), "[redacted]");
/// ```
///
/// It is not cloned in passing:
///
/// ```compile_fail,E0599
/// let token = ksef_core::Secret::new("20251116-EC-0123".to_owned());
/// let copy = token.clone();
/// ```
///
/// It is not printed:
///
/// ```compile_fail,E0277
/// let token = ksef_core::Secret::new("20251116-EC-0123".to_owned());
/// println!("{token}");
/// ```
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes the value in. Copies that were made of it before are not wiped.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that needs it.
    #[must_use]
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize + Clone> Secret<T> {
    /// A second copy, which is wiped on its own.
    ///
    /// ```
    /// use ksef_core::Secret;
    ///
    /// let key = Secret::new([7_u8; 32]);
    /// let copy = key.clone_secret();
    /// drop(key);
    /// assert_eq!(copy.expose(), &[7; 32]);
    /// ```
    #[must_use]
    pub fn clone_secret(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> zeroize::ZeroizeOnDrop for Secret<T> {}

#[cfg(feature = "proptest")]
impl<T> proptest::arbitrary::Arbitrary for Secret<T>
where
    T: Zeroize + proptest::arbitrary::Arbitrary + 'static,
{
    type Parameters = T::Parameters;
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with(parameters: Self::Parameters) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        T::arbitrary_with(parameters).prop_map(Self::new).boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Counts how often it was wiped.
    struct Witness(Arc<AtomicUsize>);

    impl Zeroize for Witness {
        fn zeroize(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_secret_is_wiped_once_when_it_is_dropped() {
        let count = Arc::new(AtomicUsize::new(0));
        let secret = Secret::new(Witness(Arc::clone(&count)));
        assert_eq!(count.load(Ordering::Relaxed), 0);
        drop(secret);
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn no_way_of_debugging_shows_a_secret() {
        #[derive(Debug)]
        struct Settings {
            #[expect(dead_code, reason = "it is there to be shown")]
            token: Secret<String>,
        }
        let settings = Settings { token: Secret::new("hunter2".to_owned()) };
        for shown in [format!("{settings:?}"), format!("{settings:#?}")] {
            assert!(!shown.contains("hunter2") && shown.contains("[redacted]"), "{shown}");
        }
    }
}
