"""Small files: a reader finds their room. Usage: check_sizes.py ROOT"""

import pathlib

import tree

MOST_LINES = 400
MOST_FILE_BYTES = 4 << 20
MOST_RECORDED_BYTES = 10_000_000
COUNTED = tree.SOURCE_ENDINGS | {".py", ".sh", ".cmake", ".js", ".css", ".html", ".toml"}


def problems(root):
    found, recorded = [], 0
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
