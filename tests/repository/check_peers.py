"""Each docs/measurements/peers*.md is what the .json beside it makes. Usage: check_peers.py ROOT"""

import json
import pathlib
import sys

import tree

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "bench" / "peers"))
import page as peers_page

FOLDER = "docs/measurements"
SOURCE, PAGE = f"{FOLDER}/peers.json", f"{FOLDER}/peers.md"


def _problems_of(root, source, page):
    text = tree.text(root, page) if (root / page).exists() else None
    if not (root / source).exists():
        return [f"{page}: {source} is missing (the page is made from it)"]
    if text == peers_page.page(json.loads(tree.text(root, source))):
        return []
    command = f"python3 tests/bench/peers/page.py {source} {page}"
    return [f"{page}: not what {source} makes (edited by hand, or old) run {command}"]


def problems(root):
    root = pathlib.Path(root)
    files = [*root.glob(f"{FOLDER}/peers*.json"), *root.glob(f"{FOLDER}/peers*.md")]
    found = []
    for name in sorted({file.stem for file in files}):
        found += _problems_of(root, f"{FOLDER}/{name}.json", f"{FOLDER}/{name}.md")
    return found


if __name__ == "__main__":
    tree.main(problems)
