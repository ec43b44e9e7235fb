//! Requests of applications under test.
