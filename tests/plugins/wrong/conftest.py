"""These are checked by test_conformance.py; their own tests fail on purpose."""

collect_ignore_glob = ["*"]
