"""A slower simulator is seen: the instructions that a tile takes, counted by valgrind.

Usage: instructions_test.py SIM_WORK BUILD [--record]

Instructions are counted and not time, which on a shared machine says nothing. They depend on the
compiler and its flags: sim_instructions.json names the build it holds for, others are skipped.
--record writes it.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

RECORD = pathlib.Path(__file__).with_name("sim_instructions.json")
METHODS = ("list", "memory_groups", "memory_sharing", "sm_sharing")
ALLOWED_RATIO = 1.05  # above the record: slower
STALE_RATIO = 0.8  # below it: so much quicker that the record no longer guards anything


def counted(program, method, launches):
    """(instructions, tiles of a launch)"""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    command += [program, method, str(launches)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    instructions = re.search(r"refs:\s+([0-9,]+)", ran.stderr).group(1)
    return int(instructions.replace(",", "")), int(ran.stdout.split()[0])


def per_tile(program, method):
    """Of two launches beyond the first: starting the program is not counted."""
    once, tiles = counted(program, method, 1)
    thrice, _ = counted(program, method, 3)
    return (thrice - once) / (2 * tiles)


def problem(method, value, recorded):
    if value > ALLOWED_RATIO * recorded:
        return f"{method}: {value:.0f} instructions per tile, {recorded:.0f} recorded: slower"
    if value < STALE_RATIO * recorded:
        return f"{method}: {value:.0f} instructions per tile, {recorded:.0f} recorded: record it anew"
    return None


def main():
    program, build = sys.argv[1:3]
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    if not shutil.which("valgrind"):
        sys.exit(print("SKIP: no valgrind (install it)"))
    if "--record" not in sys.argv and record["build"] != build:
        sys.exit(print(f"SKIP: recorded for {record['build']}, this is {build}"))
    values = {method: per_tile(program, method) for method in METHODS}
    if "--record" in sys.argv:
        rounded = {method: round(value) for method, value in values.items()}
        text = json.dumps({"build": build, "instructions_per_tile": rounded}, indent=1)
        RECORD.write_text(text + "\n")
        return
    recorded = record["instructions_per_tile"]
    problems = [problem(method, values[method], recorded[method]) for method in METHODS]
    for text in filter(None, problems):
        print(text)
    sys.exit(1 if any(problems) else 0)


if __name__ == "__main__":
    main()
