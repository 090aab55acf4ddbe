"""What no file may hold: paths of one machine, addresses of package registries, marks of unfinished
work, citations of notes that a reader of the repository does not have. Usage: check_words.py ROOT

The patterns are written so that this file does not match them."""

import re

import tree

MACHINE = re.compile(r"(?<![\w.$}])/(wor[k]|roo[t]|hom[e]|User[s])/\w")
REGISTRY = re.compile(
    r"https?://[^\s\"')]*(npmj[s]|npm\.|debia[n]|ubunt[u]|pyp[i]|pythonhoste[d]|crates\.i[o])|"
    r'"resolve[d]"\s*:'
)
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b|\bplaceholde[r]s?\b|not implemente[d]")
# Design and research lie outside: cite the paper, the program or the data sheet.
ABSENT_PAGE = re.compile(r"\bDESIG[N]\b(?!\.)|\bresearc[h](/|: |\s+note)")
CODE = tree.SOURCE_ENDINGS | {".py", ".sh", ".js", ".cmake"}


def problems(root):
    found = []
    for path in tree.files(root):
        kinds = [("path of a machine", MACHINE), ("address of a registry", REGISTRY)]
        kinds.append(("cites a page that is not here", ABSENT_PAGE))
        if path.suffix in CODE:
            kinds.append(("mark of unfinished work", UNFINISHED))
        for number, line in enumerate((tree.text(root, path) or "").splitlines(), 1):
            for kind, pattern in kinds:
                if match := pattern.search(line):
                    found.append(f"{path}:{number}: {kind}: {match.group(0)}")
    return found


if __name__ == "__main__":
    tree.main(problems)
