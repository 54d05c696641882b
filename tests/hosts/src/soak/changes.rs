//! A configuration that changes every second, by a plan.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::{sleep, sleep_until};

use super::Soak;
use super::caller::Caller;
use super::plan::{Call, Step, Steps};
use super::policies::{self, APP, Size};
use super::stage::{Delivery, FIRST, Front, Stage};
use test_support::case::RequestEntry;

/// How long a configuration stays at least.
const STAY: Duration = Duration::from_secs(1);

/// How long requests panic.
const PANIC: Duration = Duration::from_millis(150);

/// Nothing takes that long, on a busy machine neither.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many responses in a row must show the last version, each on a connection of its own: all workers have it.
const CONVERGED: usize = 32;

/// How often something has become of a change.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changed {
    /// Versions that came into force, and how many of them were as large as they can be.
    pub taken: u64,
    pub huge: u64,
    /// Configurations with errors that were refused.
    pub refused: u64,
    /// Configurations that stopped the engine and were refused.
    pub trapped: u64,
    /// Moments with panics in requests.
    pub panics: u64,
}

impl std::ops::Add for Changed {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            taken: self.taken + other.taken,
            huge: self.huge + other.huge,
            refused: self.refused + other.refused,
            trapped: self.trapped + other.trapped,
            panics: self.panics + other.panics,
        }
    }
}

pub struct Changes {
    soak: Arc<Soak>,
    stage: Arc<Stage>,
    front: Arc<Front>,
    /// The last number of a configuration, good or not.
    number: usize,
    /// How often something was handed over.
    version: usize,
    changed: Changed,
}

impl Changes {
    pub fn new(soak: &Arc<Soak>, stage: &Arc<Stage>, front: &Arc<Front>) -> Self {
        let (soak, stage, front) = (Arc::clone(soak), Arc::clone(stage), Arc::clone(front));
        Self { soak, stage, front, number: FIRST, version: 0, changed: Changed::default() }
    }

    /// Changes the configuration until the end of the soak. In the end, all workers must have the last one.
    pub async fn run(mut self, steps: Steps) -> Result<Changed, String> {
        // Before the first change, the host has the first configuration: nothing else holds where that is not read yet.
        self.is_seen(FIRST).await?;
        for step in steps {
            let began = Instant::now();
            self.take(step).await.map_err(|error| format!("{}, {step:?}: {error}", self.front.track.name))?;
            if self.soak.is_over() {
                break;
            }
            sleep_until((began + STAY).into()).await;
        }
        self.take(Step::Good(Size::Small)).await?;
        let began = Instant::now();
        let mut in_a_row = 0;
        while in_a_row < CONVERGED {
            in_a_row = if self.probe().await { in_a_row + 1 } else { 0 };
            if began.elapsed() > PATIENCE {
                return Err(format!("{}: some worker never takes the last configuration", self.front.track.name));
            }
        }
        Ok(self.changed)
    }

    async fn take(&mut self, step: Step) -> Result<(), String> {
        self.version += 1;
        self.number += 1;
        let front = Arc::clone(&self.front);
        let track = &front.track;
        match step {
            Step::Good(size) => {
                self.take_good(self.number, size).await?;
                self.changed.huge += u64::from(size != Size::Small);
            }
            Step::Back => self.take_good(track.number_before(2), Size::Small).await?,
            Step::Bad => {
                self.is_refused(&policies::bad(self.number)).await?;
                self.changed.refused += 1;
            }
            Step::Trap => {
                if let Delivery::File { panics: Some(file), .. } = &self.front.delivery {
                    std::fs::write(file, "http_filter_config_new").unwrap();
                    self.is_refused(&policies::good(self.number, Size::Small)).await?;
                    std::fs::write(file, "").unwrap();
                } else {
                    self.is_refused(&policies::trapping(self.number)).await?;
                }
                self.changed.trapped += 1;
            }
            Step::Panic(hook) => {
                let Delivery::File { panics: Some(file), .. } = &self.front.delivery else {
                    return Err("nothing here panics".to_owned());
                };
                track.begin_panics();
                std::fs::write(file, hook).unwrap();
                sleep(PANIC).await;
                std::fs::write(file, "").unwrap();
                track.end_panics();
                self.changed.panics += 1;
            }
        }
        Ok(())
    }

    /// Hands a good configuration over, and waits until a response shows it.
    async fn take_good(&mut self, number: usize, size: Size) -> Result<(), String> {
        let text = policies::good(number, size);
        self.front.track.publish(number);
        self.stage.publish(&self.front, self.version, &text);
        self.changed.taken += 1;
        self.is_seen(number).await
    }

    /// Waits until a response shows the newest version.
    async fn is_seen(&self, number: usize) -> Result<(), String> {
        let began = Instant::now();
        while !self.probe().await {
            if began.elapsed() > PATIENCE {
                return Err(format!("configuration {number} never comes into force"));
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Hands over a configuration that the host must refuse, and waits until it has.
    async fn is_refused(&self, text: &str) -> Result<(), String> {
        let before = self.stage.progress(&self.front).await;
        self.stage.publish(&self.front, self.version, text);
        let began = Instant::now();
        while !self.stage.has_refused(&self.front, before).await {
            if began.elapsed() > PATIENCE {
                return Err("it was not refused".to_owned());
            }
            // The Worker reads its key only if a request comes.
            self.probe().await;
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// A preflight on a connection of its own. Returns whether the answer is that of the newest version.
    async fn probe(&self) -> bool {
        let headers = [("origin", APP), ("access-control-request-method", "PUT")];
        let call = Call::plain(RequestEntry::new("OPTIONS", "/v1/ok", &headers));
        let headers = Caller::new(&self.soak, &self.front.track).make(&call).await;
        let max_age = headers.and_then(|headers| headers.get("access-control-max-age")?.to_str().ok()?.parse().ok());
        max_age.is_some_and(|number| self.front.track.see(number))
    }
}
