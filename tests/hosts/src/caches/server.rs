//! nginx and Varnish as processes.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use crate::daemon::Daemon;

use super::place::Cache;

/// Where Debian has them.
const NGINX: &str = "/usr/sbin/nginx";
const VARNISH: &str = "/usr/sbin/varnishd";

/// A cache of each kind in front of the same servers.
pub struct Servers {
    nginx: Daemon,
    varnish: Daemon,
}

impl Servers {
    /// Starts them in front of servers, which requests name in `x-to`. Their files are in a folder of this name.
    pub fn start(name: &str, servers: &[(String, SocketAddr)]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("caches").join(name);
        let _ = std::fs::remove_dir_all(&folder);
        Self { nginx: nginx(&folder.join("nginx"), servers), varnish: varnish(&folder.join("varnish"), servers) }
    }

    pub fn address(&self, cache: Cache) -> SocketAddr {
        match cache {
            Cache::Nginx => self.nginx.address,
            Cache::Varnish => self.varnish.address,
        }
    }
}

fn nginx(folder: &Path, servers: &[(String, SocketAddr)]) -> Daemon {
    std::fs::create_dir_all(folder).unwrap();
    let upstream = |(name, address): &(String, SocketAddr)| {
        format!("    upstream {name} {{\n        server {address};\n        keepalive 8;\n    }}\n")
    };
    let upstreams: String = servers.iter().map(upstream).collect();
    let template = include_str!("../../../caches/nginx.conf").replace("{servers}", &upstreams);
    let file = folder.join("nginx.conf");
    Daemon::start("nginx", &folder.join("log"), |address| {
        std::fs::write(&file, template.replace("{port}", &address.port().to_string())).unwrap();
        let mut command = Command::new(NGINX);
        command.args(["-e", "stderr", "-p"]).arg(folder).arg("-c").arg(&file);
        command
    })
}

fn varnish(folder: &Path, servers: &[(String, SocketAddr)]) -> Daemon {
    std::fs::create_dir_all(folder).unwrap();
    // Its names have no hyphens.
    let backend = |(name, address): &(String, SocketAddr)| {
        let (ip, port) = (address.ip(), address.port());
        format!("backend {} {{ .host = \"{ip}\"; .port = \"{port}\"; }}\n", name.replace('-', "_"))
    };
    let choice = |(name, _): &(String, SocketAddr)| {
        format!("    if (req.http.x-to == \"{name}\") {{ set req.backend_hint = {}; }}\n", name.replace('-', "_"))
    };
    let (backends, choices): (String, String) =
        (servers.iter().map(backend).collect(), servers.iter().map(choice).collect());
    let vcl = include_str!("../../../caches/varnish.vcl").replace("{servers}", &backends).replace("{choice}", &choices);
    let file = folder.join("varnish.vcl");
    std::fs::write(&file, vcl).unwrap();
    Daemon::start("varnishd", &folder.join("log"), |address| {
        let mut command = Command::new(VARNISH);
        command.args(["-F", "-j", "none", "-T", "none", "-s", "malloc,64m", "-p", "thread_pools=1"]);
        command.arg("-a").arg(address.to_string()).arg("-n").arg(folder.join("run")).arg("-f").arg(&file);
        command
    })
}
