//! `Endpoints`, the addresses of an environment.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::Environment;

/// Where the services of an environment are.
///
/// The official ones come from [`Endpoints::official`]. A sandbox, a proxy or a recorded server is
/// reached with [`Endpoints::custom`], in [`Environment::Test`] only, and an address of the
/// Ministry (`mf.gov.pl` and everything under it) is taken for no environment but its own. So
/// nothing that is labelled TEST ends up in Production, and nothing meant for Production
/// elsewhere.
///
/// ```
/// use ksef_core::{EndpointError, Endpoints, Environment};
///
/// let sandbox = Endpoints::custom(Environment::Test, "http://127.0.0.1:8090/v2/")?;
/// assert_eq!(sandbox.api(), "http://127.0.0.1:8090/v2");
///
/// let mislabelled = Endpoints::custom(Environment::Test, "https://api.ksef.mf.gov.pl/v2");
/// assert_eq!(mislabelled, Err(EndpointError::OtherEnvironment));
/// # Ok::<(), EndpointError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "StoredEndpoints"))]
pub struct Endpoints {
    environment: Environment,
    api: String,
    qr: String,
    status_service: Option<String>,
    storage: String,
}

impl Endpoints {
    /// The Ministry's addresses of the environment.
    ///
    /// ```
    /// use ksef_core::{Endpoints, Environment};
    ///
    /// let endpoints = Endpoints::official(Environment::Production);
    /// assert_eq!(endpoints.api(), "https://api.ksef.mf.gov.pl/v2");
    /// assert_eq!(endpoints.qr(), "https://qr.ksef.mf.gov.pl");
    /// ```
    #[must_use]
    pub fn official(environment: Environment) -> Self {
        let [api, qr, status_service] = match environment {
            Environment::Test => [
                "https://api-test.ksef.mf.gov.pl",
                "https://qr-test.ksef.mf.gov.pl",
                "https://api-latarnia-test.ksef.mf.gov.pl",
            ],
            Environment::Demo => {
                ["https://api-demo.ksef.mf.gov.pl", "https://qr-demo.ksef.mf.gov.pl", ""]
            }
            Environment::Production => [
                "https://api.ksef.mf.gov.pl",
                "https://qr.ksef.mf.gov.pl",
                "https://api-latarnia.ksef.mf.gov.pl",
            ],
        };
        Self {
            environment,
            api: format!("{api}/v2"),
            qr: qr.to_owned(),
            status_service: (!status_service.is_empty()).then(|| status_service.to_owned()),
            storage: format!("{api}/storage"),
        }
    }

    /// Addresses with this API, which is somewhere else than the Ministry's.
    ///
    /// `api` includes the version, as in `http://127.0.0.1:8090/v2`. The other services are taken
    /// to be on the same host and port, the storage under `/storage`; `with_qr` and the like say
    /// otherwise. Where `api` is the Ministry's own address for this environment, the others are
    /// the official ones.
    ///
    /// # Errors
    ///
    /// When the address is not of the form that is allowed, or not allowed in this environment,
    /// see [`EndpointError`].
    pub fn custom(environment: Environment, api: &str) -> Result<Self, EndpointError> {
        let api = Address::parse(api)?;
        api.check_for(environment)?;
        let official = Self::official(environment);
        if api.is_of_the_ministry() {
            return Ok(Self { api: api.to_string(), ..official });
        }
        let origin = api.origin();
        Ok(Self {
            environment,
            api: api.to_string(),
            storage: format!("{origin}/storage"),
            status_service: Some(origin.clone()),
            qr: origin,
        })
    }

    /// The same with another address for the verification pages behind QR codes.
    ///
    /// # Errors
    ///
    /// As [`Endpoints::custom`].
    pub fn with_qr(self, address: &str) -> Result<Self, EndpointError> {
        Ok(Self { qr: self.checked(address)?, ..self })
    }

    /// The same with another address for the status service.
    ///
    /// # Errors
    ///
    /// As [`Endpoints::custom`].
    pub fn with_status_service(self, address: &str) -> Result<Self, EndpointError> {
        Ok(Self { status_service: Some(self.checked(address)?), ..self })
    }

    /// The same with another address for the storage.
    ///
    /// # Errors
    ///
    /// As [`Endpoints::custom`].
    pub fn with_storage(self, address: &str) -> Result<Self, EndpointError> {
        Ok(Self { storage: self.checked(address)?, ..self })
    }

    /// The environment that the addresses belong to.
    #[must_use]
    pub const fn environment(&self) -> Environment {
        self.environment
    }

    /// The API with its version, without a slash at the end. Paths start with one.
    #[must_use]
    pub fn api(&self) -> &str {
        &self.api
    }

    /// The verification pages that QR codes lead to, without a slash at the end.
    #[must_use]
    pub fn qr(&self) -> &str {
        &self.qr
    }

    /// The status service (Latarnia), without a slash at the end.
    ///
    /// None for DEMO: the Ministry lists one for TEST and one for Production, and what either
    /// says is not said of DEMO.
    #[must_use]
    pub fn status_service(&self) -> Option<&str> {
        self.status_service.as_deref()
    }

    /// What the links to packages, receipts and uploads start with, without a slash at the end.
    #[must_use]
    pub fn storage(&self) -> &str {
        &self.storage
    }

    fn checked(&self, address: &str) -> Result<String, EndpointError> {
        let address = Address::parse(address)?;
        address.check_for(self.environment)?;
        Ok(address.to_string())
    }
}

/// The stored form, whose addresses are checked again when they are read.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct StoredEndpoints {
    environment: Environment,
    api: String,
    qr: String,
    status_service: Option<String>,
    storage: String,
}

#[cfg(feature = "serde")]
impl TryFrom<StoredEndpoints> for Endpoints {
    type Error = EndpointError;

    fn try_from(stored: StoredEndpoints) -> Result<Self, Self::Error> {
        let endpoints = Self::custom(stored.environment, &stored.api)?
            .with_qr(&stored.qr)?
            .with_storage(&stored.storage)?;
        let status_service = stored.status_service.map(|address| endpoints.checked(&address));
        Ok(Self { status_service: status_service.transpose()?, ..endpoints })
    }
}

/// Why an address is not taken. Like all errors here it does not contain the input.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EndpointError {
    /// It starts with neither `https://` nor `http://`.
    Scheme,
    /// It starts with `http://` and is not this machine.
    PlainHttp,
    /// There is a user name before the host, or something that looks like one.
    UserInfo,
    /// There is a query or a fragment.
    QueryOrFragment,
    /// The host is missing, or is not written in the plain form.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// The path has an empty part, a dot alone, or a character that would need escaping.
    Path,
    /// It is an address of the Ministry that does not belong to this environment.
    OtherEnvironment,
    /// It is not an address of the Ministry, and the environment is not TEST.
    NotOfficial,
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "the address must start with https://",
            Self::PlainHttp => {
                "http:// is for this machine only (127.0.0.1, [::1], localhost): use https://"
            }
            Self::UserInfo => "there must be no user name in the address: remove what is before @",
            Self::QueryOrFragment => "remove everything from the first ? or # of the address",
            Self::Host => {
                "write the host as a name of ASCII letters, digits and hyphens without a dot at \
                 the end, or as an IP address"
            }
            Self::Port => "write the port as a number from 1 to 65535, or leave it out",
            Self::Path => "write the path with ASCII letters, digits, - . _ ~ and single slashes",
            Self::OtherEnvironment => {
                "this address of the Ministry does not belong to the environment: choose the \
                 environment that it belongs to, or use the official addresses of this one"
            }
            Self::NotOfficial => {
                "DEMO and PRODUCTION are reached at the Ministry's addresses only: use the \
                 official addresses, or choose TEST"
            }
        })
    }
}

impl core::error::Error for EndpointError {}

/// A checked address in its one spelling.
struct Address {
    is_https: bool,
    host: Host,
    port: Option<u16>,
    /// Empty, or with a slash at the start and none at the end.
    path: String,
}

/// A host as every parser of URLs understands it.
enum Host {
    /// In lower case, without a dot at the end.
    Name(String),
    Ipv4(Ipv4Addr),
    Ipv6(Ipv6Addr),
}

impl Address {
    fn parse(text: &str) -> Result<Self, EndpointError> {
        let (scheme, rest) = text.split_once("://").ok_or(EndpointError::Scheme)?;
        let is_https = scheme.eq_ignore_ascii_case("https");
        if !is_https && !scheme.eq_ignore_ascii_case("http") {
            return Err(EndpointError::Scheme);
        }
        // Before anything is split at a slash: parsers disagree on where a host ends.
        if rest.contains('@') {
            return Err(EndpointError::UserInfo);
        }
        if rest.contains(['?', '#']) {
            return Err(EndpointError::QueryOrFragment);
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let (host, port) = split_port(authority)?;
        let host = Host::parse(host)?;
        if !is_https && !host.is_loopback() {
            return Err(EndpointError::PlainHttp);
        }
        let default_port = if is_https { 443 } else { 80 };
        let port = port.filter(|&port| port != default_port);
        Ok(Self { is_https, host, port, path: parse_path(path)? })
    }

    fn check_for(&self, environment: Environment) -> Result<(), EndpointError> {
        match (self.is_of_the_ministry(), environment) {
            (true, _) if self.official_environment() == Some(environment) => Ok(()),
            (true, _) => Err(EndpointError::OtherEnvironment),
            (false, Environment::Test) => Ok(()),
            (false, Environment::Demo | Environment::Production) => Err(EndpointError::NotOfficial),
        }
    }

    fn is_of_the_ministry(&self) -> bool {
        let Host::Name(name) = &self.host else {
            return false;
        };
        name == "mf.gov.pl" || name.ends_with(".mf.gov.pl")
    }

    /// The environment with an official address on this host and port.
    fn official_environment(&self) -> Option<Environment> {
        let origin = self.origin();
        Environment::ALL.into_iter().find(|&environment| {
            let official = Endpoints::official(environment);
            let api = official.storage.strip_suffix("/storage");
            let origins = [api, Some(official.qr.as_str()), official.status_service.as_deref()];
            origins.into_iter().flatten().any(|official| official == origin)
        })
    }

    fn origin(&self) -> String {
        let scheme = if self.is_https { "https" } else { "http" };
        let port = self.port.map_or_else(String::new, |port| format!(":{port}"));
        format!("{scheme}://{}{port}", self.host)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.path)
    }
}

impl Host {
    fn parse(text: &str) -> Result<Self, EndpointError> {
        if let Some(inside) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            return inside.parse().map(Self::Ipv6).map_err(|_| EndpointError::Host);
        }
        let name = text.to_ascii_lowercase();
        let last_label = name.rsplit('.').next().unwrap_or_default();
        // Parsers of URLs read `2130706433`, `0x7f.1` and `127.1` as IPv4 addresses, too.
        if last_label.starts_with(|first: char| first.is_ascii_digit()) {
            return name.parse().map(Self::Ipv4).map_err(|_| EndpointError::Host);
        }
        if name.len() > 253 || !name.split('.').all(is_label) {
            return Err(EndpointError::Host);
        }
        Ok(Self::Name(name))
    }

    fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost",
            Self::Ipv4(address) => address.is_loopback(),
            Self::Ipv6(address) => address.is_loopback(),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Ipv4(address) => write!(f, "{address}"),
            Self::Ipv6(address) => write!(f, "[{address}]"),
        }
    }
}

/// A part of a host name. The form of international names is not taken: it hides look-alikes.
fn is_label(label: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(is_allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
        && !label.starts_with("xn--")
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), EndpointError> {
    // The colons of an IPv6 address are within its brackets.
    let after_host = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let (_, rest) = authority.split_at(after_host);
    let Some(colon) = rest.find(':') else {
        return Ok((authority, None));
    };
    let (host, port) = authority.split_at(after_host + colon);
    let digits = port.trim_start_matches(':');
    let is_number =
        port.len() == digits.len() + 1 && digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse() {
        Ok(port @ 1..) if is_number && !digits.starts_with('0') => Ok((host, Some(port))),
        _ => Err(EndpointError::Port),
    }
}

fn parse_path(path: &str) -> Result<String, EndpointError> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_part = |part: &str| !matches!(part, "" | "." | "..") && part.bytes().all(is_allowed);
    match path.strip_prefix('/') {
        None => Ok(String::new()),
        Some(parts) if parts.split('/').all(is_part) => Ok(path.to_owned()),
        Some(_) => Err(EndpointError::Path),
    }
}

#[cfg(feature = "proptest")]
impl proptest::arbitrary::Arbitrary for Endpoints {
    type Parameters = ();
    type Strategy = proptest::strategy::BoxedStrategy<Self>;

    fn arbitrary_with((): Self::Parameters) -> Self::Strategy {
        use proptest::strategy::Strategy as _;

        proptest::arbitrary::any::<Environment>().prop_map(Self::official).boxed()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn test(address: &str) -> Result<String, EndpointError> {
        Endpoints::custom(Environment::Test, address).map(|endpoints| endpoints.api)
    }

    fn error(address: &str) -> EndpointError {
        test(address).expect_err(address)
    }

    #[cfg(feature = "serde")]
    #[test]
    fn stored_addresses_are_checked_again() {
        let sandbox = Endpoints::custom(Environment::Test, "http://127.0.0.1:8090/v2").unwrap();
        let stored = serde_json::to_string(&sandbox).unwrap();
        assert_eq!(serde_json::from_str::<Endpoints>(&stored).unwrap(), sandbox);
        let production = stored.replace("TEST", "PRODUCTION");
        assert!(serde_json::from_str::<Endpoints>(&production).is_err());
        let elsewhere = stored.replace("/storage", "/storage?");
        assert!(serde_json::from_str::<Endpoints>(&elsewhere).is_err());
    }

    #[test]
    fn official_addresses_are_taken_for_their_own_environment_only() {
        for owner in Environment::ALL {
            let official = Endpoints::official(owner);
            let addresses = [official.api(), official.qr(), official.storage()];
            for address in addresses.into_iter().chain(official.status_service()) {
                for environment in Environment::ALL {
                    let custom = Endpoints::custom(environment, address);
                    if environment == owner {
                        assert_eq!(custom.unwrap().api(), address);
                    } else {
                        assert_eq!(custom, Err(EndpointError::OtherEnvironment), "{address}");
                    }
                }
            }
            assert_eq!(Endpoints::custom(owner, official.api()), Ok(official));
        }
    }

    #[test]
    fn no_spelling_of_production_passes_as_test() {
        for address in [
            "https://api.ksef.mf.gov.pl",
            "https://API.KSeF.MF.GOV.PL/v2",
            "HTTPS://api.ksef.mf.gov.pl/v2",
            "https://api.ksef.mf.gov.pl:443/v2",
            "https://api.ksef.mf.gov.pl:8443/v2",
            "https://ksef.mf.gov.pl/api/v2",
            "https://mf.gov.pl",
            "https://anything.mf.gov.pl",
            "https://api-test.ksef.mf.gov.pl:8443/v2",
            "https://api-demo.ksef.mf.gov.pl/v2",
        ] {
            assert_eq!(error(address), EndpointError::OtherEnvironment, "{address}");
        }
        for address in [
            "https://api.ksef.mf.gov.pl./v2",
            "https://api.ksef.mf.gov.pl../v2",
            "https://mf.gov.pl.",
            "https://api.ksef.mf.gov%2epl/v2",
            "https://%61pi.ksef.mf.gov.pl/v2",
            "https://api.ksef.mf.gov.pl\\v2",
            "https://\\api.ksef.mf.gov.pl/v2",
            "https://api。ksef。mf。gov。pl/v2",
            "https://api.ksef.mf.gov.pl\u{ad}/v2",
            "https://ａpi.ksef.mf.gov.pl/v2",
            "https:///api.ksef.mf.gov.pl/v2",
            "https:// api.ksef.mf.gov.pl/v2",
            "https://api.ksef\t.mf.gov.pl/v2",
            "https://api.ksef\n.mf.gov.pl/v2",
            "https://api.ksef.mf.gov.pl\0.example.com/v2",
        ] {
            assert_eq!(error(address), EndpointError::Host, "{address}");
        }
        assert_eq!(error("http://api.ksef.mf.gov.pl/v2"), EndpointError::PlainHttp);
    }

    #[test]
    fn a_user_name_never_hides_the_host() {
        for address in [
            "https://api-test.ksef.mf.gov.pl@evil.example/v2",
            "https://127.0.0.1:8090@api.ksef.mf.gov.pl/v2",
            "http://localhost\\@api.ksef.mf.gov.pl/v2",
            "http://localhost/@api.ksef.mf.gov.pl/v2",
            "https://user:password@example.com",
            "https://@example.com",
        ] {
            assert_eq!(error(address), EndpointError::UserInfo, "{address}");
        }
    }

    #[test]
    fn other_hosts_than_the_ministry_are_for_test_only() {
        for address in ["https://example.com/v2", "http://127.0.0.1:8090/v2", "https://[::1]/v2"] {
            assert!(test(address).is_ok(), "{address}");
            for environment in [Environment::Demo, Environment::Production] {
                let custom = Endpoints::custom(environment, address);
                assert_eq!(custom, Err(EndpointError::NotOfficial), "{address}");
            }
        }
        // Names that only look like the Ministry's.
        for address in ["https://api.ksef.mf.gov.pl.evil.example", "https://evilmf.gov.pl"] {
            assert!(test(address).is_ok(), "{address}");
            let custom = Endpoints::custom(Environment::Production, address);
            assert_eq!(custom, Err(EndpointError::NotOfficial), "{address}");
        }
    }

    #[test]
    fn http_is_for_this_machine_only() {
        for address in [
            "http://localhost",
            "http://LOCALHOST:8090",
            "http://127.0.0.1:8090/v2",
            "http://127.255.255.254",
            "http://[::1]:8090",
            "http://[0:0:0:0:0:0:0:1]",
        ] {
            assert!(test(address).is_ok(), "{address}");
        }
        for address in [
            "http://example.com",
            "http://localhost.example.com",
            "http://my.localhost",
            "http://128.0.0.1",
            "http://0.0.0.0",
            "http://10.0.0.1",
            "http://[::]",
            "http://[::ffff:127.0.0.1]",
            "http://127.0.0.1.example.com",
        ] {
            assert_eq!(error(address), EndpointError::PlainHttp, "{address}");
        }
    }

    #[test]
    fn hosts_are_written_in_the_plain_form() {
        for address in [
            "https://",
            "https:///v2",
            "https://.",
            "https://a..b",
            "https://-a.example",
            "https://a-.example",
            "https://a_b.example",
            "https://xn--pka-ula.example",
            "https://żółw.example",
            "http://2130706433",
            "http://0x7f000001",
            "http://0x7f.1",
            "http://127.1",
            "http://127.0.0.01",
            "http://127.0.0.256",
            "http://[::1",
            "http://::1]",
            "http://[::1%25eth0]",
            "http://[localhost]",
            "https://[]",
            "https://[::1]x",
        ] {
            assert!(
                matches!(error(address), EndpointError::Host | EndpointError::Port),
                "{address}"
            );
        }
        assert_eq!(error(&format!("https://{}.example", "a".repeat(64))), EndpointError::Host);
        assert_eq!(error(&format!("https://{}e", "a.".repeat(200))), EndpointError::Host);
    }

    #[test]
    fn ports_are_numbers() {
        for port in ["", "0", "080", "65536", "+80", "-1", "80a", "80:80", ":80", " 80"] {
            assert_eq!(
                error(&format!("http://localhost:{port}/v2")),
                EndpointError::Port,
                "{port}"
            );
        }
        assert_eq!(test("http://localhost:80/v2").unwrap(), "http://localhost/v2");
        assert_eq!(test("https://localhost:443").unwrap(), "https://localhost");
        assert_eq!(test("https://[::1]:80/v2").unwrap(), "https://[::1]:80/v2");
    }

    #[test]
    fn paths_have_no_surprises() {
        assert_eq!(test("https://example.com").unwrap(), "https://example.com");
        assert_eq!(test("https://Example.com/").unwrap(), "https://example.com");
        assert_eq!(test("https://example.com/KSeF/v2/").unwrap(), "https://example.com/KSeF/v2");
        for path in
            ["//", "//v2", "/v2//", "/../v2", "/./v2", "/v2/..", "/v%32", "/a b", "/ż", "/\\"]
        {
            let address = format!("https://example.com{path}");
            assert_eq!(error(&address), EndpointError::Path, "{address}");
        }
        for rest in ["?", "?a=b", "/v2?", "#", "/v2#fragment"] {
            let address = format!("https://example.com{rest}");
            assert_eq!(error(&address), EndpointError::QueryOrFragment, "{address}");
        }
    }

    #[test]
    fn only_http_and_https_are_schemes() {
        for address in
            ["", "example.com", "//example.com", "ftp://example.com", " https://example.com"]
        {
            assert_eq!(error(address), EndpointError::Scheme, "{address}");
        }
        assert_eq!(error("https:example.com"), EndpointError::Scheme);
    }

    #[test]
    fn the_services_of_a_sandbox_are_on_its_host_unless_said_otherwise() {
        let sandbox = Endpoints::custom(Environment::Test, "http://127.0.0.1:8090/v2").unwrap();
        assert_eq!(sandbox.storage(), "http://127.0.0.1:8090/storage");
        assert_eq!(sandbox.qr(), "http://127.0.0.1:8090");
        assert_eq!(sandbox.status_service(), Some("http://127.0.0.1:8090"));
        let elsewhere = sandbox
            .with_qr("http://localhost:1/qr/")
            .and_then(|endpoints| endpoints.with_storage("https://files.example"))
            .and_then(|endpoints| endpoints.with_status_service("http://localhost:2"))
            .unwrap();
        assert_eq!(elsewhere.qr(), "http://localhost:1/qr");
        assert_eq!(elsewhere.storage(), "https://files.example");
        assert_eq!(elsewhere.status_service(), Some("http://localhost:2"));
        assert_eq!(elsewhere.environment(), Environment::Test);
    }

    #[test]
    fn no_single_service_slips_past_the_environment() {
        let test = Endpoints::official(Environment::Test);
        let production = "https://qr.ksef.mf.gov.pl";
        let refused = Err(EndpointError::OtherEnvironment);
        assert_eq!(test.clone().with_qr(production), refused);
        assert_eq!(test.clone().with_storage(production), refused);
        assert_eq!(test.with_status_service(production), refused);
        let official = Endpoints::official(Environment::Production);
        let custom = official.with_storage("http://localhost:8090");
        assert_eq!(custom, Err(EndpointError::NotOfficial));
    }

    #[test]
    fn demo_has_no_status_service() {
        assert_eq!(Endpoints::official(Environment::Demo).status_service(), None);
    }

    proptest! {
        #[test]
        fn what_was_taken_is_in_its_only_spelling(
            address in "(http|https|HTTP)://(localhost|127\\.0\\.0\\.1|\\[::1\\]|[a-zA-Z.-]{1,9})(:[0-9]{0,6})?(/[a-z./]{0,8})?",
        ) {
            if let Ok(once) = test(&address) {
                prop_assert_eq!(test(&once), Ok(once.clone()));
                prop_assert!(!once.ends_with('/'));
            }
        }

        #[test]
        fn anything_at_all_is_refused_or_taken_without_a_panic(text: String) {
            let _ = test(&text);
            let _ = test(&format!("https://{text}"));
            let _ = test(&format!("http://localhost{text}"));
        }
    }
}
