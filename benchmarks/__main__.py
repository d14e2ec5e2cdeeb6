"""Run every benchmark: `make bench`."""

import runpy
import sys

for name in ("publish", "startup", "brush"):
    sys.stdout.write(f"\n{name}\n")
    sys.argv = [name]
    runpy.run_module(f"benchmarks.{name}", run_name="__main__")
