//! New configurations in a running Envoy, under load.
pub fn tests() -> Vec<(String, crate::Test)> {
    Vec::new()
}
