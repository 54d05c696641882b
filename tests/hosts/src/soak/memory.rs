//! The memory of a host while it runs, and whether it stays flat.

use std::fs;

/// Once a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// Since the start, in seconds.
    pub second: f64,
    /// What the process has in RAM, in MiB.
    pub process: f64,
    /// What the memories of its WebAssembly instances have, in MiB.
    pub instances: f64,
}

impl Sample {
    /// The memory of a process now. `reserved` is what it reserves for the memories of its instances.
    pub fn of(process: u32, second: f64, reserved: &[u64]) -> Self {
        let maps = fs::read_to_string(format!("/proc/{process}/smaps")).unwrap();
        let (process, instances) = sizes(&maps, reserved);
        Self { second, process, instances }
    }
}

/// What Envoy's V8 reserves at least for the memory of an instance: all that a pointer can reach.
const ALL: u64 = 4 << 30;

/// A stretch of the address space of a process.
struct Mapping {
    bytes: u64,
    is_accessible: bool,
    resident: u64,
}

/// What a process has in RAM, and what the memories of its WebAssembly instances have in RAM: each is followed by the
/// rest of what is reserved for it, which nobody can read.
fn sizes(maps: &str, reserved: &[u64]) -> (f64, f64) {
    let mut mappings: Vec<Mapping> = Vec::new();
    for line in maps.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(first), Some(second)) = (words.next(), words.next()) else { continue };
        if let Some((start, end)) = first.split_once('-') {
            let address = |text| u64::from_str_radix(text, 16).unwrap();
            let is_accessible = !second.starts_with("---");
            mappings.push(Mapping { bytes: address(end) - address(start), is_accessible, resident: 0 });
        } else if first == "Rss:" {
            mappings.last_mut().unwrap().resident = second.parse::<u64>().unwrap() << 10;
        }
    }
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let instances = mappings.windows(2).filter(|pair| {
        let bytes = pair[0].bytes + pair[1].bytes;
        pair[0].is_accessible && !pair[1].is_accessible && (bytes >= ALL || reserved.contains(&bytes))
    });
    let instances: u64 = instances.map(|pair| pair[0].resident).sum();
    (mebibytes(mappings.iter().map(|mapping| mapping.resident).sum()), mebibytes(instances))
}

/// What the lowest memory may grow by from the second third of a run to the last, in MiB: 4 MiB a minute. Allocators
/// and collectors of garbage leave it about the same, but workerd's allocator takes its memory in steps of 12 to 15.
const MORE: f64 = 20.0;

/// The same for a run that is too short for them to settle: workerd collects garbage once in a minute or two.
const MORE_IF_SHORT: f64 = 256.0;

/// The lowest memory of the second and of the last third of a run, and the highest of both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    pub middle: f64,
    pub last: f64,
    pub highest: f64,
}

impl Trend {
    /// Of one of the sizes in some samples. The first third is the warm-up. The lowest, because large configurations
    /// and garbage take memory for a while, and what is lost is never given back.
    pub fn of(samples: &[Sample], size: impl Fn(&Sample) -> f64) -> Self {
        let third = samples.len() / 3;
        let lowest = |samples: &[Sample]| samples.iter().map(&size).reduce(f64::min).unwrap_or_default();
        let highest = samples[third..].iter().map(&size).reduce(f64::max).unwrap_or_default();
        Self { middle: lowest(&samples[third..2 * third]), last: lowest(&samples[2 * third..]), highest }
    }

    pub fn is_flat(self, is_long: bool) -> bool {
        self.last <= self.middle + if is_long { MORE } else { MORE_IF_SHORT }
    }
}

/// A series that grows is noticed, and one that only warms up, or has peaks or garbage, is not.
pub fn notices_leaks() -> Result<(), String> {
    type Series = fn(f64) -> f64;
    let noise = |second: f64| (second * 7.0) % 5.0 - 2.5;
    let series: [(&str, bool, Series); 7] = [
        ("flat", true, |_| 150.0),
        ("a warm-up that ends", true, |second| 150.0 + second.min(180.0)),
        ("peaks", true, |second| if second % 8.0 < 1.0 { 400.0 } else { 150.0 }),
        ("garbage", true, |second| 120.0 + second % 70.0 * 4.0),
        ("a leak of 5 MiB a minute", false, |second| 150.0 + second / 12.0),
        ("a leak behind peaks", false, |second| if second % 8.0 < 1.0 { 400.0 } else { 150.0 + second / 12.0 }),
        ("a leak behind garbage", false, |second| 120.0 + second % 70.0 * 4.0 + second / 12.0),
    ];
    for (name, flat, size) in series {
        let sample = |second: u32| {
            let second = f64::from(second);
            Sample { second, process: size(second) + noise(second), instances: 0.0 }
        };
        let samples: Vec<Sample> = (0..900).map(sample).collect();
        let trend = Trend::of(&samples, |sample| sample.process);
        if trend.is_flat(true) != flat {
            return Err(format!("{name}: {trend:?}"));
        }
    }
    let flood: Vec<Sample> =
        (0..60).map(|second| Sample { process: f64::from(second) * 20.0, ..Sample::default() }).collect();
    if Trend::of(&flood, |sample| sample.process).is_flat(false) {
        return Err("a leak of 20 MiB a second in a minute".to_owned());
    }
    let maps = "10000000-10100000 rw-p 00000000 00:00 0\nRss: 512 kB\n10100000-290000000 ---p 00000000 00:00 0\n\
                Rss: 0 kB\n300000000-300400000 rw-p 00000000 00:00 0\nRss: 2048 kB\n\
                300400000-303000000 ---p 00000000 00:00 0\nRss: 0 kB\n";
    let found = (sizes(maps, &[]), sizes(maps, &[48 << 20]));
    if found == ((2.5, 0.5), (2.5, 2.5)) { Ok(()) } else { Err(format!("{found:?}")) }
}
