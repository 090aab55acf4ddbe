"""Flips single bits of a trace and reports each copy: a copy must be refused, or give the numbers of
the whole file. Under ctest a few flips of a simulated trace; as a campaign of its own:

    FLUXSCOPE=build/cpu/app/fluxscope python3 tests/app/damage_campaign.py \\
        --trace traces/recorded/prefill-mma.h5 --flips 3000 --seed 1

Half of the flips lie in the indexes of chunks, which HDF5 1.8 puts no checksum on, a quarter in other
metadata, a quarter anywhere. Prints tried, refused, read, wrong, crashed per region; exit code 1 where
a copy was read wrong, crashed the program or took over a minute."""

import argparse
import collections
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

INDEX, METADATA, ANYWHERE = "chunk index", "other metadata", "anywhere"
# Heads of HDF5's structures and how many bytes behind each are taken to belong to it.
SIGNATURES = {
    INDEX: {b"TREE\x01": 24 + 64 * 32 + 24},
    METADATA: {b"\x89HDF\r\n": 48, b"OHDR": 256, b"OCHK": 256, b"FRHP": 146, b"FHDB": 512, b"BTHD": 38,
               b"BTLF": 512, b"GCOL": 256},
}
OUTCOMES = ("refused", "read", "wrong", "crashed")


def positions(data, region):
    """The bytes of a region, as a list of ranges."""
    if region == ANYWHERE:
        return [range(len(data))]
    ranges = []
    for signature, length in SIGNATURES[region].items():
        at = data.find(signature)
        while at >= 0:
            used = length
            if region == INDEX:  # head, as many entries as there are, and the last key
                used = 24 + 32 * int.from_bytes(data[at + 6 : at + 8], "little") + 24
            ranges.append(range(at, min(len(data), at + used)))
            at = data.find(signature, at + 1)
    return ranges


def report(program, path, flags):
    """(exit code, report without what differs from run to run); the code is None after a minute."""
    command = [program, "report", path, "--format", "json", *flags]
    try:
        run = subprocess.run(command, capture_output=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return None, None
    if run.returncode != 0:
        return run.returncode, run.stderr
    numbers = json.loads(run.stdout)
    numbers.pop("created", None)
    return 0, numbers


def outcome(program, path, flags, whole):
    code, got = report(program, path, flags)
    if code == 0:
        return "read" if got == whole else "wrong"
    return "refused" if code == 2 and got.startswith(b"fluxscope: error: ") else "crashed"


def campaign(program, trace, flips, seed, flags=()):
    """Counts of outcomes by region."""
    data = pathlib.Path(trace).read_bytes()
    counts = {region: collections.Counter() for region in (INDEX, METADATA, ANYWHERE)}
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "flipped.h5")
        pathlib.Path(path).write_bytes(data)
        code, whole = report(program, path, flags)
        if code != 0:
            sys.exit(f"{trace}: cannot be reported as it is: {whole}")
        regions = {region: positions(data, region) for region in counts}
        for number in range(flips):
            region = (INDEX, METADATA, INDEX, ANYWHERE)[number % 4]
            ranges = regions[region]
            chosen = draw.choices(ranges, weights=[len(r) for r in ranges])[0]
            at, bit = draw.choice(chosen), draw.randrange(8)
            damaged = bytearray(data)
            damaged[at] ^= 1 << bit
            pathlib.Path(path).write_bytes(damaged)
            what = outcome(program, path, flags, whole)
            counts[region][what] += 1
            if what in ("wrong", "crashed"):
                print(f"{what}: byte {at}, bit {bit} ({region})")
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--trace", help="the trace to damage; default: a simulated one")
    parser.add_argument("--flips", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--untrusted", action="store_true")
    given = parser.parse_args()
    program = str(pathlib.Path(os.environ["FLUXSCOPE"]).resolve())
    # libhdf5 1.10 leaks where it refuses damaged metadata; that ends a sanitized program with a code.
    os.environ["ASAN_OPTIONS"] = "detect_leaks=0"
    with tempfile.TemporaryDirectory() as folder:
        trace = given.trace or simulated(program, pathlib.Path(folder))
        counts = campaign(program, trace, given.flips, given.seed,
                          ["--untrusted"] if given.untrusted else [])
    bad = 0
    for region, count in counts.items():
        tried = sum(count.values())
        print(f"{region}: tried {tried}, " + ", ".join(f"{name} {count[name]}" for name in OUTCOMES))
        bad += count["wrong"] + count["crashed"]
    sys.exit(1 if bad else 0)


def simulated(program, folder):
    import program as helper  # needs the environment of ctest

    (folder / "tiny.toml").write_text(helper.EXPERIMENT)
    profile = subprocess.run([os.environ["PRINT_PROFILE"]], capture_output=True, check=True)
    (folder / "gpu.toml").write_bytes(profile.stdout)
    environment = {**os.environ, "FLUXSCOPE_CONFIGS": str(helper.SOURCE / "configs")}
    subprocess.run([program, "simulate", "tiny.toml", "--gpu", "./gpu.toml", "-o", "trace.h5"],
                   cwd=folder, env=environment, capture_output=True, check=True)
    return folder / "trace.h5"


if __name__ == "__main__":
    main()
