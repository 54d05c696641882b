//! Many updates one after another, as a control plane sends them when many teams deploy.

use std::net::SocketAddr;
use std::path::Path;

use crate::Test;
use crate::bed::Bed;
use crate::envoy::live::{Discovery, How, LISTENER, Load, Watched, policy, reaches};
use crate::envoy::{Envoy, Kind};

pub(super) fn tests() -> Vec<(String, Test)> {
    let test = |(name, discovery): (&str, Discovery)| {
        let how = How { kind: Kind::Module, discovery };
        let run = move |bed: &Bed| bed.runtime().block_on(forty(bed.upstream().address, how));
        (format!("live/forty updates by {name} lose no request"), Box::new(run) as Test)
    };
    [("LDS", Discovery::Listener), ("ECDS", Discovery::Extension)].map(test).into()
}

async fn forty(upstream: SocketAddr, how: How) -> Result<(), String> {
    let name = how.name("forty");
    let watched = Watched::new(how, &Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name), None);
    watched.publish("0", &policy(0));
    let envoy = Envoy::start(&name, &how.bootstrap(&watched.file, watched.port, upstream)).await;
    let address = envoy.listener(LISTENER);
    reaches(address, "0").await?;
    let load = Load::start(address);
    for update in 1..=40 {
        watched.publish(&update.to_string(), &policy(update));
        reaches(address, &update.to_string()).await?;
    }
    let (sent, failed) = load.stop().await;
    if failed == 0 && sent > 40 { Ok(()) } else { Err(format!("{failed} of {sent} requests failed:\n{}", envoy.log())) }
}
