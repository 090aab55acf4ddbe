"""The files of the repository, for the checks beside this file."""

import pathlib
import subprocess
import sys

SOURCE_ENDINGS = {".cpp", ".hpp", ".cu", ".cuh"}
_NOT_OURS = {".git", "build", "node_modules", "out", "__pycache__"}


def files(root):
    """All files that git tracks or would track, relative to `root`; without git, all of ours."""
    root = pathlib.Path(root)
    git = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if (root / ".git").exists():
        listed = subprocess.run(git, capture_output=True, text=True)
        if listed.returncode == 0:
            names = sorted(set(listed.stdout.split("\0")) - {""})
            return [pathlib.PurePosixPath(name) for name in names if (root / name).is_file()]
    found = (path.relative_to(root) for path in sorted(root.rglob("*")) if path.is_file())
    return [pathlib.PurePosixPath(path) for path in found if not _NOT_OURS & set(path.parts)]


def sources(root):
    """The C++ and CUDA files."""
    return [path for path in files(root) if path.suffix in SOURCE_ENDINGS]


def text(root, path):
    """The file as text; None where it is not UTF-8."""
    try:
        return (pathlib.Path(root) / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def main(problems, *arguments):
    """Prints what `problems` finds in the tree of the first argument; exit code 1 if anything."""
    found = problems(sys.argv[1], *sys.argv[2:], *arguments)
    for problem in found:
        print(problem)
    print(f"{len(found)} problems")
    sys.exit(1 if found else 0)
