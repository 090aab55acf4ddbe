"""Small files in short lists: a reader finds their room. Usage: check_sizes.py ROOT"""

import collections
import pathlib
import statistics

import tree

MOST_LINES = 400
MOST_MEDIAN_LINES = 120  # of the C++ and CUDA files
MOST_ENTRIES = 24  # of a folder: `ls` fits a screen
MOST_FILE_BYTES = 4 << 20
MOST_RECORDED_BYTES = 10_000_000
COUNTED = tree.SOURCE_ENDINGS | {".py", ".sh", ".cmake", ".js", ".css", ".html", ".toml"}


def folder_problems(paths):
    entries = collections.defaultdict(set)
    for path in paths:
        for part in (path, *path.parents[:-1]):
            entries[part.parent].add(part.name)
    return [
        f"{folder}: {len(names)} entries, at most {MOST_ENTRIES} (does ls fit a screen?)"
        for folder, names in sorted(entries.items())
        if len(names) > MOST_ENTRIES
    ]


def median_problems(root):
    lines = [len((tree.text(root, path) or "").splitlines()) for path in tree.sources(root)]
    median = statistics.median_low(lines) if lines else 0
    if median <= MOST_MEDIAN_LINES:
        return []
    return [f"the median source file has {median} lines, at most {MOST_MEDIAN_LINES}"]


def problems(root):
    found, recorded = folder_problems(tree.files(root)) + median_problems(root), 0
    for path in tree.files(root):
        size = (pathlib.Path(root) / path).stat().st_size
        if path.parts[:2] == ("traces", "recorded"):
            recorded += size
        elif size > MOST_FILE_BYTES:
            found.append(f"{path}: {size} bytes, at most {MOST_FILE_BYTES}")
        if path.suffix in COUNTED or path.name == "CMakeLists.txt":
            lines = len((tree.text(root, path) or "").splitlines())
            if lines > MOST_LINES:
                found.append(f"{path}: {lines} lines, at most {MOST_LINES}")
    if recorded > MOST_RECORDED_BYTES:
        found.append(f"traces/recorded: {recorded} bytes, at most {MOST_RECORDED_BYTES}")
    return found


if __name__ == "__main__":
    tree.main(problems)
