"""Amounts as people read them."""


def size(count_bytes: int) -> str:
    """A number of bytes: `812 B`, `3.4 MB`."""
    amount = float(count_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:,.2f} TB"
