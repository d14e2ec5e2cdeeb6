"""Engines answer a question over the files of one snapshot, each in its own way, all alike."""
