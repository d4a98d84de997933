//! Refuses requests that do not come from the page: of other sites, or through a name that somebody else gave to this
//! machine.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::answers::{PRINTED, refusal};

/// Where the server listens, which decides which hosts are its own.
#[derive(Clone, Copy, Debug)]
pub struct Guard {
    address: SocketAddr,
}

impl Guard {
    /// The guard of a server at `address`.
    pub fn new(address: SocketAddr) -> Guard {
        Guard { address }
    }

    /// Why a request is refused, if it is.
    ///
    /// A page of another site can send requests to this machine, but its browser names the other site as the origin. A
    /// name that points to this machine by rebinding is in `Host`. An address in numbers cannot be rebound.
    fn refuses(&self, headers: &HeaderMap) -> Option<&'static str> {
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let Some(host) = text(header::HOST) else { return Some("a request without `Host`") };
        if headers.get_all(header::HOST).iter().count() > 1 || !self.is_own(host) {
            return Some("a host that is not this server");
        }
        let is_own_origin = |origin: &str| origin.strip_prefix("http://") == Some(host);
        if text(header::ORIGIN).is_some_and(|origin| !is_own_origin(origin)) {
            return Some("a page of another origin");
        }
        let fetched = |name: &'static str| text(HeaderName::from_static(name));
        let is_navigation = fetched("sec-fetch-mode") == Some("navigate");
        match fetched("sec-fetch-site") {
            None | Some("same-origin" | "none") => None,
            Some(_) if is_navigation => None,
            Some(_) => Some("a page of another site"),
        }
    }

    /// Whether `host` is this server: `localhost`, or an address in numbers, with the right port.
    fn is_own(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
            _ => (host, Some(80)),
        };
        if port != Some(self.address.port()) {
            return false;
        }
        if name.eq_ignore_ascii_case("localhost") {
            return true;
        }
        let number = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        let is_loopback = self.address.ip().is_loopback();
        number.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || !is_loopback)
    }
}

/// What the browser may do with the page: load its own files, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The headers of every response.
const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(self), microphone=(), geolocation=()"),
    ("cache-control", "no-store"),
];

/// Refuses a request, or passes it on; and gives the response its headers.
pub async fn guarded(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = match guard.refuses(request.headers()) {
        Some(got) => {
            let expected = "a request to the server's own address, and from no other site";
            refusal(StatusCode::FORBIDDEN, "the request is refused", expected, got, PRINTED)
        }
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(address: &str, headers: &[(&'static str, &str)]) -> bool {
        let map = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        Guard::new(address.parse().unwrap()).refuses(&map.collect()).is_some()
    }

    #[test]
    fn only_the_own_hosts_and_origins_pass() {
        let at = "127.0.0.1:8000";
        for host in ["127.0.0.1:8000", "localhost:8000", "LOCALHOST:8000", "[::1]:8000"] {
            assert!(!refuses(at, &[("host", host)]), "{host}");
        }
        for host in [
            "evil.example:8000",
            "127.0.0.1",
            "127.0.0.1:80",
            "10.0.0.1:8000",
            "localhost.evil.example:8000",
            "",
        ] {
            assert!(refuses(at, &[("host", host)]), "{host}");
        }
        let own = ("host", "localhost:8000");
        assert!(!refuses(at, &[own, ("origin", "http://localhost:8000")]));
        for origin in ["http://evil.example", "null", "https://localhost:8000", "http://localhost:8001"] {
            assert!(refuses(at, &[own, ("origin", origin)]), "{origin}");
        }
        assert!(refuses(at, &[own, ("sec-fetch-site", "cross-site")]));
        assert!(!refuses(at, &[own, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]));
        assert!(refuses(at, &[]));
        // A server that is open to the network is reached by any of its addresses, but by no foreign name.
        assert!(!refuses("0.0.0.0:8000", &[("host", "10.0.0.1:8000")]));
        assert!(refuses("0.0.0.0:8000", &[("host", "evil.example:8000")]));
    }
}
