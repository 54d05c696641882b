//! The cases against the engine itself, in the role that Envoy and workerd have.

use edge_cors::{Edit, PolicySet, Request, Scratch};

use crate::case::{Case, Observed, RequestEntry};

struct NativeRequest<'c>(&'c RequestEntry);

impl Request for NativeRequest<'_> {
    type Value = Vec<u8>;

    fn header(&self, name: &'static str) -> Option<Vec<u8>> {
        match name {
            ":method" => Some(self.0.method.clone().into_bytes()),
            ":scheme" => Some(b"http".to_vec()),
            ":authority" => self.0.host.as_deref().map(Case::bytes),
            ":path" => (self.0.method != "CONNECT").then(|| Case::bytes(&self.0.path)),
            _ => {
                let lines = self.0.headers.iter().filter(|(line, _)| line.eq_ignore_ascii_case(name));
                let lines: Vec<Vec<u8>> = lines.map(|(_, value)| Case::bytes(value)).collect();
                (!lines.is_empty()).then(|| lines.join(b",".as_slice()))
            }
        }
    }
}

pub fn run(case: &Case) -> Observed {
    let (policies, _) = PolicySet::from_json(&case.configuration.to_string())
        .unwrap_or_else(|problems| panic!("the configuration of {}:\n{problems}", case.id));
    let mut scratch = Scratch::new();
    let exchange = policies.decide(&NativeRequest(&case.request));
    let reason = Some(exchange.reason().as_str());
    if let Some(answer) = policies.answer(&exchange, &mut scratch) {
        let headers = answer.headers().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
        return Observed { status: answer.status(), forwarded: false, headers: headers.collect(), reason };
    }
    let status = case.origin_server.status;
    let upstream = case.origin_server.headers.iter();
    let upstream: Vec<_> = upstream.map(|(name, value)| (name.to_ascii_lowercase(), Case::bytes(value))).collect();
    let mut headers = upstream.clone();
    let lines = upstream.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    for edit in policies.decorate(&exchange, status, lines) {
        apply(edit, &mut headers);
    }
    Observed { status, forwarded: true, headers, reason }
}

fn apply(edit: Edit<'_>, headers: &mut Vec<(String, Vec<u8>)>) {
    match edit {
        Edit::Remove { name } => headers.retain(|(line, _)| line != name),
        Edit::Set { name, value } => {
            headers.retain(|(line, _)| line != name);
            headers.push((name.to_owned(), value.as_bytes().to_vec()));
        }
        Edit::Append { name, value } => {
            let (same, others) = headers.drain(..).partition(|(line, _)| line == name);
            *headers = others;
            let lines: Vec<Vec<u8>> =
                same.into_iter().map(|(_, value)| value).chain([value.as_bytes().to_vec()]).collect();
            headers.push((name.to_owned(), lines.join(b", ".as_slice())));
        }
    }
}
