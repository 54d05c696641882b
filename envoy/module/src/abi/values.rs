//! The values of the ABI: what Envoy is told, and what it tells.

use std::ffi::CStr;

/// The version of the ABI in Envoy 1.40. Envoy 1.38 and 1.39, where it is v0.1.0, warn that this one is another.
pub(super) const VERSION: &CStr = c"v0.2.0";

/// The members of `envoy_dynamic_module_type_log_level` that are used. Critical is a bug of ours.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) enum Level {
    Info = 2,
    Warn = 3,
    Error = 4,
    Critical = 5,
}

/// The members of `envoy_dynamic_module_type_http_header_type` that are used.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) enum Headers {
    Request = 0,
    Response = 2,
}

/// `envoy_dynamic_module_type_on_http_filter_{request,response}_headers_status`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) enum Status {
    /// On to the next filter.
    Continue = 0,
    /// This filter has answered.
    StopIteration = 1,
}

/// `envoy_dynamic_module_type_metadata_source_Route`.
pub(super) const ROUTE: u32 = 1;

/// What the access log has as the details of the edge's own errors.
pub(super) const DETAILS: &str = "edge_cors";

/// `envoy_dynamic_module_type_metrics_result_Success`.
pub(super) const SUCCESS: u32 = 0;
