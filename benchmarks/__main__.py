"""Run every benchmark: `make bench`."""

import runpy
import sys

OPTIONS = {"crossfilter": ["--rows", "1e6", "--seconds", "20"]}

for name in ("publish", "startup", "crossfilter"):
    sys.stdout.write(f"\n{name}\n")
    sys.argv = [name, *OPTIONS.get(name, [])]
    try:
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")
    except SystemExit as ended:
        if ended.code:
            raise
