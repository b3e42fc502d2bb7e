"""Patterns of renames.py: which names they fit, and what they make of them."""

import functools
import re

END = "\0"  # behind every name


@functools.cache
def compiled(pattern, separator):
    parts = []
    for name in pattern.split(separator):
        if name == "**":
            parts.append("((?:[^\0]*\0)*)")
        else:
            parts.append(re.escape(name).replace(r"\*", "([^\0]*)") + END)
    return re.compile("".join(parts), re.DOTALL)


def fits(pattern, names, separator="."):
    """Whether the pattern fits the tuple of names or one that it begins with."""
    return compiled(pattern, separator).match("".join(name + END for name in names)) is not None


def first_fitting(table, names, separator="."):
    return next((pattern for pattern in table if fits(pattern, names, separator)), None)


def renamed(table, names, separator="."):
    """The names as the table's first fitting pattern changes them, and that pattern or None."""
    pattern = first_fitting(table, names, separator)
    if pattern is None:
        return names, None
    text = "".join(name + END for name in names)
    match = compiled(pattern, separator).match(text)
    stars = iter(match.groups())
    new = ""
    for name in table[pattern].split(separator):
        if name == "**":
            new += next(stars)
        else:
            new += re.sub(r"\*", lambda _: next(stars), name) + END
    return tuple((new + text[match.end():]).split(END)[:-1]), pattern
