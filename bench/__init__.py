"""Measures, each against a floor of the same run; its processes sum as the stages do, and on as many threads."""

import tasks

__all__ = ["tasks"]
