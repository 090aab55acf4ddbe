"""docs/measurements/peers.md is what peers.json makes. Usage: check_peers.py ROOT"""

import json
import pathlib
import sys

import tree

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "bench"))
import peers_page

SOURCE, PAGE = "docs/measurements/peers.json", "docs/measurements/peers.md"


def problems(root):
    root = pathlib.Path(root)
    text = tree.text(root, PAGE) if (root / PAGE).exists() else None
    if not (root / SOURCE).exists():
        return [f"{PAGE}: {SOURCE} is missing (the page is made from it)"] if text else []
    if text == peers_page.page(json.loads(tree.text(root, SOURCE))):
        return []
    command = f"python3 tests/bench/peers_page.py {SOURCE} {PAGE}"
    return [f"{PAGE}: not what {SOURCE} makes (edited by hand, or old) run {command}"]


if __name__ == "__main__":
    tree.main(problems)
