"""Every repository path that README.md or docs/ names exists. Usage: check_paths.py ROOT

A path is a word of code with a '/' whose first part is a folder of the repository, or the target of
a link. '*' and '<name>' stand for any text. Outputs of commands are written to build/ or out/, or
without a folder."""

import fnmatch
import posixpath
import re

import markdown
import tree

_ANY = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"[^\s'\"=,;:()\[\]]+")


def words_of_code(text):
    for number, code in markdown.code(text):
        for word in _WORD.findall(_ANY.sub("*", code)):
            yield number, word.removeprefix("./").rstrip(".")


def problems(root):
    paths = tree.files(root)
    files = [str(path) for path in paths]
    known = set(files) | {str(parent) for path in paths for parent in path.parents}
    folders = {path.parts[0] for path in paths if len(path.parts) > 1}

    def exists(name):
        name = name.rstrip("/")
        return name in known or ("*" in name and bool(fnmatch.filter(known, name)))

    found = []
    for page in markdown.pages(paths):
        text = tree.text(root, page)
        named = [(n, w) for n, w in words_of_code(text) if "/" in w and w.split("/")[0] in folders]
        here = posixpath.dirname(str(page))
        named += [(n, posixpath.normpath(posixpath.join(here, t))) for n, t in markdown.links(text)]
        missing = [(n, name) for n, name in named if not exists(name)]
        found += [f"{page}:{n}: {name} is not in the repository" for n, name in missing]
    return found


if __name__ == "__main__":
    tree.main(problems)
