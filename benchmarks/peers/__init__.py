"""Peers on the same work in one run: every answer of every peer is compared, then times are told.

`python -m benchmarks.peers --rows 1e6`
"""
