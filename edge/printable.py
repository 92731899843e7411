"""Text of others on a person's terminal: it must not move the cursor, hide lines or turn them."""


def shown(text: str) -> str:
    """Return a text on one line, with all that cannot be seen spelled out.

    Control characters, line breaks, and the marks that turn the direction of writing.
    """
    return "".join(one if one.isprintable() else _spelled(one) for one in text)


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
