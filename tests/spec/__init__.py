"""What every engine must answer: tiny tables, questions and the rows expected.

`python -m tests.spec` prints the suite as documentation (docs/specification.md).
"""
