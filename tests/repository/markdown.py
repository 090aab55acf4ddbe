"""What a Markdown file shows as code: commands and back-quoted words, with their lines."""

import re

_PLACES = {"README.md", "docs"}
_FENCE = re.compile(r"^\s*```")
_SPAN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def pages(paths):
    """README.md and docs/."""
    return [path for path in paths if path.suffix == ".md" and path.parts[0] in _PLACES]


def code(text):
    """[(line number, code)]: lines of fenced or indented blocks, joined where they end in a
    backslash, and back-quoted spans."""
    found, fenced, held, held_line = [], False, "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if _FENCE.match(line):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            held, held_line = held + line.strip(), held_line or number
            if held.endswith("\\"):
                held = held[:-1]
                continue
            found.append((held_line, held))
            held, held_line = "", 0
        else:
            found += [(number, span) for span in _SPAN.findall(line)]
    return found


def links(text):
    """[(line number, target)] of links that are not addresses or anchors."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        targets = (target.split("#")[0] for target in _LINK.findall(line))
        found += [(number, target) for target in targets if target and "://" not in target]
    return found
