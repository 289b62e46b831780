"""Text from outside stays text in a card."""

from tasks.dataset.markdown import document, escaped, table


def test_nothing_from_outside_is_markup() -> None:
    assert escaped("a|b\n# <img src=x> [y](z)") == r"a\|b \# \<img src=x\> \[y\]\(z\)"
    assert escaped("\u202egnp.exe\x1b[0m") == r"gnp.exe \[0m"


def test_a_table_has_a_line_for_each_row() -> None:
    assert table(("a", "b"), [("x|y", 1)]) == "| a | b |\n| --- | --- |\n| x\\|y | 1 |"


def test_empty_parts_are_left_out() -> None:
    assert document("a", "", "b") == "a\n\nb\n"
