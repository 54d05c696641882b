//! What clients do and which configurations come, all from one seed: the same seed gives the same plan.

use std::time::Duration;

use fastrand::Rng;
use test_support::case::RequestEntry;

use super::policies::{self, Size};

/// What is done to a request on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The origin server takes its time.
    SlowOrigin,
    /// Nothing listens where the request is sent to.
    DeadOrigin,
    /// The origin server closes the connection instead of answering.
    CutResponse,
    /// The origin server closes the connection in the middle of the body.
    CutBody,
    /// The client leaves in the middle of its own headers.
    AbortedHead,
    /// The client leaves before the response comes.
    AbortedWait,
    /// The client leaves in the middle of the body.
    AbortedBody,
    /// The headers are longer than the host accepts.
    OversizedHeaders,
    /// The module panics in a hook of the request.
    Panic,
    /// The host closes a connection that has waited for as long as it lets one wait, at the moment when a request comes
    /// on it: the machine was too busy. Clients have to send such a request again.
    IdleTooLong,
}

impl Fault {
    /// In the order of the table.
    pub const ALL: [Self; 10] = [
        Self::SlowOrigin,
        Self::DeadOrigin,
        Self::CutResponse,
        Self::CutBody,
        Self::AbortedHead,
        Self::AbortedWait,
        Self::AbortedBody,
        Self::OversizedHeaders,
        Self::Panic,
        Self::IdleTooLong,
    ];

    /// Whether clients plan it. The others come from outside.
    pub fn is_planned(self) -> bool {
        !matches!(self, Self::Panic | Self::IdleTooLong)
    }

    /// What the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SlowOrigin => "slow origin server",
            Self::DeadOrigin => "dead origin server",
            Self::CutResponse => "connection closed instead of a response",
            Self::CutBody => "connection closed in the body",
            Self::AbortedHead => "client gone in its headers",
            Self::AbortedWait => "client gone before the response",
            Self::AbortedBody => "client gone in the body",
            Self::OversizedHeaders => "oversized headers",
            Self::Panic => "panic in a hook of the request",
            Self::IdleTooLong => "connection closed after five seconds without a request",
        }
    }
}

/// One request of a client.
#[derive(Debug)]
pub struct Call {
    pub request: RequestEntry,
    /// What is planned to happen to it.
    pub fault: Option<Fault>,
    /// How long the client waits before it.
    pub pause: Duration,
    /// After this the client leaves, if the fault says so.
    pub patience: Duration,
    /// Whether the client closes the connection after it.
    pub closes: bool,
    /// The length of its body.
    pub body: usize,
}

impl Call {
    /// A request to which nothing is planned to happen.
    pub fn plain(request: RequestEntry) -> Self {
        Self { request, fault: None, pause: Duration::ZERO, patience: Duration::ZERO, closes: true, body: 0 }
    }
}

/// The calls of one client, without end.
pub struct Calls {
    rng: Rng,
    /// Whether the host has routes that answer themselves, and one to a server that is dead.
    has_routes: bool,
}

impl Calls {
    pub fn new(seed: u64, client: u64, has_routes: bool) -> Self {
        Self { rng: stream(seed, client), has_routes }
    }

    fn fault(&mut self) -> Option<Fault> {
        let fault = match self.rng.u8(0..100) {
            0..4 => Fault::SlowOrigin,
            4..6 => Fault::CutResponse,
            6..8 => Fault::CutBody,
            8..10 => Fault::AbortedHead,
            10..13 => Fault::AbortedWait,
            13..15 => Fault::AbortedBody,
            15 => Fault::OversizedHeaders,
            16..18 if self.has_routes => Fault::DeadOrigin,
            _ => return None,
        };
        Some(fault)
    }

    /// What the origin server does, or a route in front of it.
    fn path(&mut self, fault: Option<Fault>) -> String {
        let milliseconds = self.rng.u32(20..600);
        let behaviour = match fault {
            Some(Fault::SlowOrigin) => format!("slow/{milliseconds}"),
            // Much longer than the client waits.
            Some(Fault::AbortedWait) => "slow/3000".to_owned(),
            Some(Fault::CutResponse) => "cut".to_owned(),
            Some(Fault::CutBody) => "half".to_owned(),
            Some(Fault::AbortedBody) => "body/512".to_owned(),
            Some(Fault::DeadOrigin) => return "/dead".to_owned(),
            _ => match self.rng.u8(0..10) {
                0 if self.has_routes => return (*self.rng.choice(&["/denied", "/direct"]).unwrap()).to_owned(),
                0..2 => format!("body/{}", self.rng.u32(1..64)),
                _ => "ok".to_owned(),
            },
        };
        let area = self.rng.choice(&["v1", "v1", "v1", "public", "internal", "v1/..%2fpublic"]).unwrap();
        format!("/{area}/{behaviour}")
    }

    fn preflight(&mut self, origin: &str, path: &str) -> RequestEntry {
        let method = *self.rng.choice(&["PUT", "DELETE", "POST", "PATCH", "P T"]).unwrap();
        let long = "x-a,".repeat(2000);
        let names = *self.rng.choice(&["", "x-a", "content-type,x-a", "content-type", "x-secret", &long]).unwrap();
        let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![line("origin", origin), line("access-control-request-method", method)];
        if !names.is_empty() {
            headers.push(line("access-control-request-headers", names));
        }
        RequestEntry { headers, ..RequestEntry::new("OPTIONS", path, &[]) }
    }

    fn request(&mut self, fault: Option<Fault>) -> RequestEntry {
        let path = self.path(fault);
        let origin = *self.rng.choice(&policies::ORIGINS).unwrap();
        // A preflight is mostly answered at the edge, where the origin server's faults do not matter.
        let meets_origin_server = !matches!(fault, None | Some(Fault::AbortedHead | Fault::OversizedHeaders));
        if !meets_origin_server && self.rng.u8(0..10) < 4 {
            return self.preflight(origin, &path);
        }
        let method = *self.rng.choice(&["GET", "GET", "POST", "DELETE"]).unwrap();
        let headers = if self.rng.u8(0..5) == 0 { Vec::new() } else { vec![("origin", origin)] };
        RequestEntry::new(method, &path, &headers)
    }
}

impl Iterator for Calls {
    type Item = Call;

    fn next(&mut self) -> Option<Call> {
        let fault = self.fault();
        let mut request = self.request(fault);
        if fault == Some(Fault::OversizedHeaders) {
            request.headers.push(("x-long".to_owned(), "a".repeat(200_000)));
        }
        Some(Call {
            fault,
            pause: Duration::from_millis(self.rng.u64(0..40)),
            patience: Duration::from_millis(self.rng.u64(0..200)),
            closes: self.rng.u8(0..8) == 0,
            body: if request.method == "POST" { self.rng.usize(0..20_000) } else { 0 },
            request,
        })
    }
}

/// One change of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A new configuration of this size.
    Good(Size),
    /// The text that was there two changes ago.
    Back,
    /// One with errors, which must be refused.
    Bad,
    /// One that stops the engine while it is compiled, which must be refused.
    Trap,
    /// A panic in this hook for a moment, which only the requests of that moment may notice.
    Panic(&'static str),
}

const IN_ENVOY: [Step; 8] = shipped(Size::Origins);

const IN_WORKER: [Step; 8] = shipped(Size::WorkerOrigins);

const fn shipped(origins: Size) -> [Step; 8] {
    [
        Step::Good(Size::Small),
        Step::Bad,
        Step::Good(origins),
        Step::Good(Size::Small),
        Step::Back,
        Step::Good(Size::Routes),
        Step::Bad,
        Step::Good(Size::Small),
    ]
}

const TRAPPING: [Step; 6] =
    [Step::Good(Size::Small), Step::Trap, Step::Good(Size::Small), Step::Bad, Step::Trap, Step::Back];

const PANICKING: [Step; 10] = [
    Step::Good(Size::Small),
    Step::Trap,
    Step::Panic("http_filter_request_headers"),
    Step::Good(Size::Small),
    Step::Panic("http_filter_response_headers"),
    Step::Bad,
    Step::Panic("http_filter_new"),
    Step::Back,
    Step::Panic("http_filter_destroy"),
    Step::Trap,
];

/// Which changes a configuration goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// The filter or the module, as it is shipped.
    InEnvoy,
    /// The Worker, as it is shipped.
    InWorker,
    /// The engine with little memory.
    Trapping,
    /// The module with panics that tests ask for.
    Panicking,
}

impl Course {
    fn steps(self) -> &'static [Step] {
        match self {
            Self::InEnvoy => &IN_ENVOY,
            Self::InWorker => &IN_WORKER,
            Self::Trapping => &TRAPPING,
            Self::Panicking => &PANICKING,
        }
    }
}

/// The changes of one configuration, without end: all of its course in any order, again and again, so that every
/// third of a run has about the same of each.
pub struct Steps {
    rng: Rng,
    course: Course,
    left: Vec<Step>,
}

impl Steps {
    pub fn new(seed: u64, track: u64, course: Course) -> Self {
        Self { rng: stream(seed, u64::MAX - track), course, left: Vec::new() }
    }
}

impl Iterator for Steps {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if self.left.is_empty() {
            self.left = self.course.steps().to_vec();
            self.rng.shuffle(&mut self.left);
        }
        self.left.pop()
    }
}

/// A source of numbers of its own for everyone who needs some, so that it does not matter who is first.
fn stream(seed: u64, who: u64) -> Rng {
    let mut seeds = Rng::with_seed(seed);
    let base = seeds.u64(..);
    Rng::with_seed(base ^ who.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The same seed gives the same plan, and another one another.
pub fn is_reproducible() -> Result<(), String> {
    let plan = |seed: u64| {
        let calls: Vec<Call> = Calls::new(seed, 3, true).take(500).collect();
        let steps: Vec<Step> = Steps::new(seed, 1, Course::InEnvoy).take(50).collect();
        format!("{calls:?} {steps:?}")
    };
    let planned: Vec<Call> = Calls::new(1, 3, true).take(500).collect();
    let is_planned = |fault: &Fault| planned.iter().any(|call| call.fault == Some(*fault));
    let missing: Vec<_> = Fault::ALL.into_iter().filter(|fault| fault.is_planned() && !is_planned(fault)).collect();
    let checks = [
        (plan(1) == plan(1), "the same seed gave two plans".to_owned()),
        (plan(1) != plan(2), "two seeds gave the same plan".to_owned()),
        (missing.is_empty(), format!("{missing:?} never happen")),
    ];
    checks.into_iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, what)| Err(what))
}
