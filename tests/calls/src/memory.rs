//! The filter's memory: what it passes, and what the host returns.

use wasmi::{Caller, Extern, Memory};

use crate::host::Host;

/// The arguments of a call, all of them 32-bit numbers as proxy-wasm passes them.
pub struct Arguments<'c, 'h> {
    pub caller: Caller<'c, Host>,
    pub values: &'h [u64],
}

impl Arguments<'_, '_> {
    /// A number.
    pub fn number(&self, at: usize) -> u32 {
        u32::try_from(self.values[at]).unwrap()
    }

    /// The bytes of a pointer and a length.
    pub fn bytes(&self, at: usize) -> Vec<u8> {
        let (start, length) = (self.number(at) as usize, self.number(at + 1) as usize);
        self.memory().data(&self.caller)[start..start + length].to_vec()
    }

    /// The same, as text for the record of calls.
    pub fn text(&self, at: usize) -> String {
        text(&self.bytes(at))
    }

    /// Returns bytes in memory that the filter allocates, as every host does: their place and length go to where
    /// the two arguments at `at` point.
    pub fn give(&mut self, at: usize, bytes: &[u8]) {
        let start = if bytes.is_empty() { 0 } else { self.allocate(bytes) };
        self.store(at, &start.to_le_bytes());
        self.store(at + 1, &u32::try_from(bytes.len()).unwrap().to_le_bytes());
    }

    /// Writes bytes to where an argument points.
    pub fn store(&mut self, at: usize, bytes: &[u8]) {
        let start = self.number(at) as usize;
        self.memory().write(&mut self.caller, start, bytes).unwrap();
    }

    fn allocate(&mut self, bytes: &[u8]) -> u32 {
        let malloc = self.caller.get_export("malloc").and_then(Extern::into_func).unwrap();
        let malloc = malloc.typed::<u32, u32>(&self.caller).unwrap();
        let start = malloc.call(&mut self.caller, u32::try_from(bytes.len()).unwrap()).unwrap();
        self.memory().write(&mut self.caller, start as usize, bytes).unwrap();
        start
    }

    fn memory(&self) -> Memory {
        self.caller.get_export("memory").and_then(Extern::into_memory).unwrap()
    }
}

/// Bytes, readable.
pub fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\\"", "\"")
}
