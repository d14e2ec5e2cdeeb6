"""Upstream systems: fetch (I/O), clean (pure), publish; the only code that reads the outside."""
