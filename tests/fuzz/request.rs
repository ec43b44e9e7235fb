//! Arguments that become a request. What is done and what must hold: `src/testing.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| workos_mcp::testing::request(input));
