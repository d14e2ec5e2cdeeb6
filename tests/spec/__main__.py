"""Print the specification as Markdown."""

import sys

from tests.spec.document import document

sys.stdout.write(document())
