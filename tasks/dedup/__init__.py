"""Finds clips that show nearly the same, among all that was ever embedded, and keeps the best of each."""
