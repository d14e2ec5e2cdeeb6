"""A whole city on one screen, every number traceable to its source and date."""

import os

from cityboard.version import __version__

# Polars' allocator keeps freed memory for a while: at once given back, the peak of publishing the
# buses falls from 1.9 to 1.6 GiB (5 s either way). Read once, when polars is first imported.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0")

__all__ = ["__version__"]
