"""What surrounds the program: documents, packages, editors, hooks, benchmarks, and the tests of tests."""
