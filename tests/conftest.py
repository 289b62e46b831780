"""Fixtures that every test may ask for."""

pytest_plugins = [
    "tests.fixtures.command", "tests.fixtures.postgres", "tests.fixtures.s3", "tests.fixtures.ceph",
    "tests.fixtures.made_version",
]  # fmt: skip
