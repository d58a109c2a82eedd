"""What we use of libraries beyond their public API: one module a library, each with a test."""
