//! The ABI of Envoy's dynamic modules: the hooks that Envoy calls, and the functions of Envoy that they call.
//!
//! This file has all the `unsafe` of the project. What it gives to the rest is safe: a [`Configuration`] or a
//! [`Stream`] lives no longer than the hook that got it, what is read from it is borrowed, and what changes it
//! needs it exclusively, because a value in Envoy's memory is gone with the first change.
//!
//! Declared is what is needed of the ABI that 1.38 to 1.40 have in common: `source/extensions/dynamic_modules/abi/abi.h`
//! in Envoy's repository.

#![expect(unsafe_code, reason = "Envoy calls C functions, and has some")]

mod values;

use std::ffi::{c_char, c_void};
use std::marker::PhantomData;
use std::ptr::null;
use std::rc::Rc;
use std::sync::Arc;

use crate::filter::{Exchanging, Filter};
use crate::guard::guard;
use crate::per_route::{self, PerRoute};
use values::{DETAILS, ROUTE, SUCCESS, VERSION};
pub(crate) use values::{Headers, Level, Status};

/// `envoy_dynamic_module_type_module_buffer` and `…_envoy_buffer`: bytes that somebody else owns.
#[repr(C)]
#[derive(Clone, Copy)]
struct Bytes<'a> {
    /// Null for a value that is absent.
    start: *const u8,
    /// If it is not 0, the bytes are readable, and nobody changes them as long as `'a`.
    length: usize,
    lifetime: PhantomData<&'a [u8]>,
}

/// `envoy_dynamic_module_type_module_http_header` and `…_envoy_http_header`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Header<'a> {
    name: Bytes<'a>,
    value: Bytes<'a>,
}

impl<'a> Header<'a> {
    const NONE: Self = Self { name: Bytes::NONE, value: Bytes::NONE };

    fn of(name: &'a str, value: &'a str) -> Self {
        Self { name: Bytes::of(name.as_bytes()), value: Bytes::of(value.as_bytes()) }
    }

    /// In lower case.
    pub(crate) fn name(&self) -> &'a [u8] {
        self.name.as_slice()
    }

    pub(crate) fn value(&self) -> &'a [u8] {
        self.value.as_slice()
    }
}

/// Room for the lines of most requests and responses.
const FEW: usize = 32;

// Envoy's functions. They read what they are given before they return, keep none of it, and throw nothing.
#[rustfmt::skip] // It would give each parameter a line.
unsafe extern "C" {
    fn envoy_dynamic_module_callback_log(level: Level, message: Bytes);
    fn envoy_dynamic_module_callback_log_enabled(level: Level) -> bool;
    fn envoy_dynamic_module_callback_http_filter_config_define_counter(
        config: *mut c_void, name: Bytes, labels: *const Bytes, labels_length: usize, id: *mut usize) -> u32;
    fn envoy_dynamic_module_callback_http_filter_config_define_gauge(
        config: *mut c_void, name: Bytes, labels: *const Bytes, labels_length: usize, id: *mut usize) -> u32;
    fn envoy_dynamic_module_callback_http_filter_increment_counter(
        stream: *mut c_void, id: usize, labels: *const Bytes, labels_length: usize, by: u64) -> u32;
    fn envoy_dynamic_module_callback_http_filter_set_gauge(
        stream: *mut c_void, id: usize, labels: *const Bytes, labels_length: usize, value: u64) -> u32;
    fn envoy_dynamic_module_callback_http_get_header(
        stream: *mut c_void, headers: Headers, name: Bytes, value: *mut Bytes, line: usize, lines: *mut usize) -> bool;
    fn envoy_dynamic_module_callback_http_get_headers_size(stream: *mut c_void, headers: Headers) -> usize;
    fn envoy_dynamic_module_callback_http_get_headers(stream: *mut c_void, headers: Headers, lines: *mut Header) -> bool;
    fn envoy_dynamic_module_callback_http_add_header(
        stream: *mut c_void, headers: Headers, name: Bytes, value: Bytes) -> bool;
    fn envoy_dynamic_module_callback_http_set_header(
        stream: *mut c_void, headers: Headers, name: Bytes, value: Bytes) -> bool;
    fn envoy_dynamic_module_callback_http_send_response(
        stream: *mut c_void, status: u32, headers: *const Header, headers_length: usize, body: Bytes, details: Bytes);
    fn envoy_dynamic_module_callback_http_send_response_headers(
        stream: *mut c_void, headers: *const Header, headers_length: usize, end_of_stream: bool);
    fn envoy_dynamic_module_callback_http_get_metadata_string(
        stream: *mut c_void, source: u32, namespace: Bytes, key: Bytes, value: *mut Bytes) -> bool;
    fn envoy_dynamic_module_callback_http_set_filter_state_bytes(stream: *mut c_void, key: Bytes, value: Bytes) -> bool;
    fn envoy_dynamic_module_callback_get_most_specific_route_config(stream: *mut c_void) -> *const c_void;
}

impl<'a> Bytes<'a> {
    const NONE: Self = Self { start: null(), length: 0, lifetime: PhantomData };

    fn of(bytes: &'a [u8]) -> Self {
        // An empty slice may point anywhere but to null, which for Envoy means that there is no value.
        Self { start: bytes.as_ptr(), length: bytes.len(), lifetime: PhantomData }
    }

    fn as_slice(self) -> &'a [u8] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: that is what `length` promises.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }
}

/// Writes a line to Envoy's log.
pub(crate) fn log(level: Level, line: &str) {
    // SAFETY: works on every thread, at any time after Envoy has loaded the module.
    unsafe { envoy_dynamic_module_callback_log(level, Bytes::of(line.as_bytes())) }
}

/// Whether Envoy's log has lines of this level.
pub(crate) fn logs(level: Level) -> bool {
    // SAFETY: as above.
    unsafe { envoy_dynamic_module_callback_log_enabled(level) }
}

/// The number by which Envoy knows a counter or a gauge.
#[derive(Clone, Copy)]
pub(crate) struct Metric(usize);

type Change = unsafe extern "C" fn(*mut c_void, Headers, Bytes, Bytes) -> bool;
type Define = unsafe extern "C" fn(*mut c_void, Bytes, *const Bytes, usize, *mut usize) -> u32;

/// A filter's configuration, while it is made.
pub(crate) struct Configuration<'hook>(*mut c_void, PhantomData<&'hook ()>);

impl Configuration<'_> {
    /// A counter. `None` if Envoy cannot define it.
    pub(crate) fn define_counter(&self, name: &str, labels: &[&str]) -> Option<Metric> {
        self.define(envoy_dynamic_module_callback_http_filter_config_define_counter, name, labels)
    }

    /// A gauge. `None` if Envoy cannot define it.
    pub(crate) fn define_gauge(&self, name: &str) -> Option<Metric> {
        self.define(envoy_dynamic_module_callback_http_filter_config_define_gauge, name, &[])
    }

    fn define(&self, define: Define, name: &str, labels: &[&str]) -> Option<Metric> {
        let labels: Vec<Bytes> = labels.iter().map(|label| Bytes::of(label.as_bytes())).collect();
        let mut id = 0;
        let name = Bytes::of(name.as_bytes());
        // SAFETY: the pointer is that of the hook, which still runs.
        let result = unsafe { define(self.0, name, labels.as_ptr(), labels.len(), &raw mut id) };
        (result == SUCCESS).then_some(Metric(id))
    }
}

/// A request and its response, in one of its hooks.
pub(crate) struct Stream<'hook>(*mut c_void, PhantomData<&'hook mut ()>);

impl Stream<'_> {
    /// One line of a header of the request, and the number of its lines. `name` is in lower case.
    pub(crate) fn request_line<'s>(&'s self, name: &str, line: usize) -> Option<(&'s [u8], usize)> {
        // Envoy's map keeps the value until it is changed, for which `self` must be borrowed exclusively.
        let (mut value, mut lines) = (Bytes::<'s>::NONE, 0);
        let name = Bytes::of(name.as_bytes());
        let (headers, value_out, lines_out) = (Headers::Request, &raw mut value, &raw mut lines);
        // SAFETY: the pointer is that of the hook, which still runs.
        let found =
            unsafe { envoy_dynamic_module_callback_http_get_header(self.0, headers, name, value_out, line, lines_out) };
        found.then(|| (value.as_slice(), lines))
    }

    /// Reads every line of the request or of its response.
    pub(crate) fn with_lines<'s, T>(&'s self, headers: Headers, read: impl FnOnce(&[Header<'s>]) -> T) -> T {
        // SAFETY: the pointer is that of the hook, which still runs.
        let length = unsafe { envoy_dynamic_module_callback_http_get_headers_size(self.0, headers) };
        let mut few = [Header::NONE; FEW];
        let mut many = vec![Header::NONE; if length > FEW { length } else { 0 }];
        let lines = few.get_mut(..length).unwrap_or(&mut many);
        let start = lines.as_mut_ptr();
        // SAFETY: there is room for as many as Envoy has counted.
        let found = unsafe { envoy_dynamic_module_callback_http_get_headers(self.0, headers, start) };
        read(if found { lines } else { &[] })
    }

    /// Removes all lines of a header.
    pub(crate) fn remove_response_header(&mut self, name: &str) {
        self.change_response(envoy_dynamic_module_callback_http_set_header, name, Bytes::NONE);
    }

    /// Replaces all lines of a header.
    pub(crate) fn set_response_header(&mut self, name: &str, value: &str) {
        self.change_response(envoy_dynamic_module_callback_http_set_header, name, Bytes::of(value.as_bytes()));
    }

    /// Adds a member to a list, or a line.
    pub(crate) fn add_response_header(&mut self, name: &str, value: &str) {
        self.change_response(envoy_dynamic_module_callback_http_add_header, name, Bytes::of(value.as_bytes()));
    }

    fn change_response(&mut self, change: Change, name: &str, value: Bytes) {
        // SAFETY: the pointer is that of the hook, which still runs.
        unsafe { change(self.0, Headers::Response, Bytes::of(name.as_bytes()), value) };
    }

    /// Answers the request instead of the origin server, without a body, as Envoy's own filters do when they have
    /// something to say: it costs half as much as [`refuse`](Self::refuse), but the access log has no details. Envoy
    /// calls the response's hook before this returns.
    pub(crate) fn answer<'a>(&mut self, status: u16, headers: impl Iterator<Item = (&'static str, &'a str)>) -> Status {
        let status = status.to_string();
        let mut lines = Vec::with_capacity(FEW);
        lines.push(Header::of(":status", &status));
        lines.extend(headers.map(|(name, value)| Header::of(name, value)));
        let (start, length) = (lines.as_ptr(), lines.len());
        // SAFETY: the pointer is that of the hook, which still runs.
        unsafe { envoy_dynamic_module_callback_http_send_response_headers(self.0, start, length, true) };
        Status::StopIteration
    }

    /// Answers the request with an error, without a body. The access log has [`DETAILS`]. Envoy may call the response's
    /// hook before this returns.
    pub(crate) fn refuse<'a>(&mut self, status: u16, headers: impl Iterator<Item = (&'static str, &'a str)>) -> Status {
        let headers: Vec<Header> = headers.map(|(name, value)| Header::of(name, value)).collect();
        let (start, length) = (headers.as_ptr(), headers.len());
        let details = Bytes::of(DETAILS.as_bytes());
        // SAFETY: the pointer is that of the hook, which still runs.
        unsafe {
            envoy_dynamic_module_callback_http_send_response(
                self.0,
                status.into(),
                start,
                length,
                Bytes::NONE,
                details,
            );
        }
        Status::StopIteration
    }

    /// Answers with 500, because there is a bug.
    pub(crate) fn fail(&mut self) -> Status {
        self.refuse(500, [].into_iter())
    }

    /// A string in the metadata of the route.
    pub(crate) fn route_metadata(&self, namespace: &str, key: &str) -> Option<&[u8]> {
        let (namespace, key) = (Bytes::of(namespace.as_bytes()), Bytes::of(key.as_bytes()));
        // The route keeps it, and the stream the route.
        let mut value = Bytes::NONE;
        // SAFETY: the pointer is that of the hook, which still runs.
        let found = unsafe {
            envoy_dynamic_module_callback_http_get_metadata_string(self.0, ROUTE, namespace, key, &raw mut value)
        };
        found.then(|| value.as_slice())
    }

    /// What [`PerRoute`] the route has, or else its virtual host.
    pub(crate) fn per_route(&self) -> Option<Arc<PerRoute>> {
        // Most have none anywhere, and Envoy would look in three places for each request.
        if !per_route::is_any_kept() {
            return None;
        }
        // SAFETY: the pointer is that of the hook, which still runs.
        let found = unsafe { envoy_dynamic_module_callback_get_most_specific_route_config(self.0) };
        if found.is_null() { None } else { per_route::find(found.cast()) }
    }

    /// Counts. `labels` are as many as were defined.
    pub(crate) fn count(&self, counter: Metric, labels: &[String], by: u64) {
        let labels: Vec<Bytes> = labels.iter().map(|label| Bytes::of(label.as_bytes())).collect();
        let (start, length) = (labels.as_ptr(), labels.len());
        // SAFETY: the pointer is that of the hook, which still runs.
        unsafe { envoy_dynamic_module_callback_http_filter_increment_counter(self.0, counter.0, start, length, by) };
    }

    /// Sets a gauge.
    pub(crate) fn set_gauge(&self, gauge: Metric, value: u64) {
        // SAFETY: the pointer is that of the hook, which still runs.
        unsafe { envoy_dynamic_module_callback_http_filter_set_gauge(self.0, gauge.0, null(), 0, value) };
    }

    /// Sets a string for the access log and for other filters. No value that was read is part of it.
    pub(crate) fn set_filter_state(&self, key: &str, value: &str) {
        let (key, value) = (Bytes::of(key.as_bytes()), Bytes::of(value.as_bytes()));
        // SAFETY: the pointer is that of the hook, which still runs.
        unsafe { envoy_dynamic_module_callback_http_set_filter_state_bytes(self.0, key, value) };
    }
}

// The hooks. Envoy passes pointers that are valid as long as the hook runs, and calls those of one stream on one
// thread. None lets a panic out: Envoy would end.

#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_program_init() -> *const c_char {
    guard("program_init", crate::start).map_or(null(), |()| VERSION.as_ptr())
}

/// Null refuses the configuration.
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_config_new(
    config: *mut c_void,
    name: Bytes,
    text: Bytes,
) -> *const Filter {
    let made = guard("http_filter_config_new", || {
        Filter::configure(&Configuration(config, PhantomData), name.as_slice(), text.as_slice())
    });
    made.flatten().map_or(null(), |filter| Arc::into_raw(Arc::new(filter)))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_config_destroy(filter: *const Filter) {
    // SAFETY: it comes from the hook above, and Envoy destroys it once.
    guard("http_filter_config_destroy", || drop(unsafe { Arc::from_raw(filter) }));
}

/// Null refuses the configuration.
#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_per_route_config_new(
    name: Bytes,
    text: Bytes,
) -> *const PerRoute {
    let made = guard("http_filter_per_route_config_new", || PerRoute::configure(name.as_slice(), text.as_slice()));
    made.flatten().map_or(null(), per_route::keep)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_per_route_config_destroy(per_route: *const PerRoute) {
    guard("http_filter_per_route_config_destroy", || per_route::forget(per_route));
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_new(
    filter: *const Filter,
    _stream: *mut c_void,
) -> *const Exchanging {
    let made = guard("http_filter_new", || {
        // SAFETY: it comes from `…_config_new`, and is not destroyed before its streams are.
        let filter = unsafe {
            Arc::increment_strong_count(filter);
            Arc::from_raw(filter)
        };
        Exchanging::new(filter)
    });
    Rc::into_raw(Rc::new(made.unwrap_or_default()))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_destroy(exchanging: *const Exchanging) {
    // SAFETY: it comes from the hook above, and Envoy destroys it once.
    guard("http_filter_destroy", || drop(unsafe { Rc::from_raw(exchanging) }));
}

/// Calls one of the two hooks that do something about a request. If it panics, the client gets a 500.
///
/// # Safety
///
/// The pointers are those of a hook.
unsafe fn with_stream(
    hook: &str,
    stream: *mut c_void,
    exchanging: *const Exchanging,
    run: impl FnOnce(&Exchanging, &mut Stream<'_>) -> Status,
) -> Status {
    let status = guard(hook, || {
        // SAFETY: it comes from `…_filter_new`. Counted, because Envoy may destroy it while it is answered.
        let exchanging = unsafe {
            Rc::increment_strong_count(exchanging);
            Rc::from_raw(exchanging)
        };
        run(&exchanging, &mut Stream(stream, PhantomData))
    });
    status.unwrap_or_else(|| Stream(stream, PhantomData).fail())
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_request_headers(
    stream: *mut c_void,
    exchanging: *const Exchanging,
    _end_of_stream: bool,
) -> Status {
    // SAFETY: as Envoy passes them.
    unsafe { with_stream("http_filter_request_headers", stream, exchanging, Exchanging::on_request) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_on_http_filter_response_headers(
    stream: *mut c_void,
    exchanging: *const Exchanging,
    _end_of_stream: bool,
) -> Status {
    // SAFETY: as Envoy passes them.
    unsafe { with_stream("http_filter_response_headers", stream, exchanging, Exchanging::on_response) }
}

/// Hooks that Envoy demands and that have nothing to do. Their arguments, which differ, are not looked at; those
/// that return a status return 0, which is "continue".
macro_rules! empty_hooks {
    ($($name:ident)*) => {
        $(#[unsafe(no_mangle)]
        extern "C" fn $name() -> u32 {
            0
        })*
    };
}

empty_hooks! {
    envoy_dynamic_module_on_http_filter_request_body
    envoy_dynamic_module_on_http_filter_request_trailers
    envoy_dynamic_module_on_http_filter_response_body
    envoy_dynamic_module_on_http_filter_response_trailers
    envoy_dynamic_module_on_http_filter_stream_complete
    envoy_dynamic_module_on_http_filter_http_callout_done
    envoy_dynamic_module_on_http_filter_http_stream_headers
    envoy_dynamic_module_on_http_filter_http_stream_data
    envoy_dynamic_module_on_http_filter_http_stream_trailers
    envoy_dynamic_module_on_http_filter_http_stream_complete
    envoy_dynamic_module_on_http_filter_http_stream_reset
    envoy_dynamic_module_on_http_filter_scheduled
    envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark
    envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark
}
