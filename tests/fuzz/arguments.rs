//! Arguments made to fit the schema of their tool. What is done and what must hold: `src/testing.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| workos_mcp::testing::arguments(input));
