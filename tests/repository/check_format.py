"""Every source file is as clang-format leaves it. Usage: check_format.py ROOT CLANG_FORMAT"""

import re
import subprocess
import sys

import tree

# Versions differ in details; the tree is formatted with the one of Debian 12.
MAJOR_VERSION = 14


def problems(root, clang_format):
    names = [str(path) for path in tree.sources(root)]
    command = [clang_format, "--dry-run", "-Werror", "--style=file", *names]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True)
    lines = [line for line in run.stderr.splitlines() if "error:" in line]
    if run.returncode != 0 and not lines:
        lines = [run.stderr]
    return lines


def main():
    clang_format = sys.argv[2] if len(sys.argv) > 2 else ""
    if not clang_format:
        print(f"SKIP: no clang-format (install clang-format-{MAJOR_VERSION})")
        return
    said = subprocess.run([clang_format, "--version"], capture_output=True, text=True).stdout
    version = re.search(r"version (\d+)", said)
    if not version or int(version.group(1)) != MAJOR_VERSION:
        print(f"SKIP: {said.strip()} formats otherwise than version {MAJOR_VERSION}")
        return
    tree.main(problems)


if __name__ == "__main__":
    main()
