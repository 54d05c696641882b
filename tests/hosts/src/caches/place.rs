//! Where a cache is.

use std::fmt;

/// A cache that people put in front of servers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cache {
    Nginx,
    Varnish,
}

/// What the engine runs in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    Envoy,
    Workerd,
}

/// Where a cache is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Between the client and the origin server, without an edge.
    Alone(Cache),
    /// Between the client and the edge.
    InFront(Cache, Edge),
    /// Between the edge and the origin server.
    Behind(Cache, Edge),
}

impl Cache {
    pub const ALL: [Self; 2] = [Self::Nginx, Self::Varnish];

    /// Its name, also that of the route to it behind an edge.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Varnish => "Varnish",
        }
    }
}

impl Place {
    /// The places that a cache can be in with an edge, or without one.
    pub fn all(has_edge: bool) -> Vec<Self> {
        let edges = [Edge::Envoy, Edge::Workerd];
        let with_edge =
            |cache| edges.into_iter().flat_map(move |edge| [Self::InFront(cache, edge), Self::Behind(cache, edge)]);
        if has_edge { Cache::ALL.into_iter().flat_map(with_edge).collect() } else { Cache::ALL.map(Self::Alone).into() }
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Envoy => "Envoy",
            Self::Workerd => "workerd",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alone(cache) => write!(f, "{} alone", cache.name()),
            Self::InFront(cache, edge) => write!(f, "{} in front of {edge}", cache.name()),
            Self::Behind(cache, edge) => write!(f, "{} behind {edge}", cache.name()),
        }
    }
}
