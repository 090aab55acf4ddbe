"""Runs fuzz programs for a number of executions each and says what they found.

Usage: campaign.py --build DIR [--targets NAME,...] --executions N [--jobs J] [--json FILE]
                   [--seed S] [--grow]

  --build       the folder with fuzz_NAME programs (build/fuzz/tests/fuzz)
  --executions  of each target, over all its processes
  --jobs        processes at once, default 1; a target's executions are shared among J processes
  --json        write the record there: target, executions, seconds, crashes, timeouts,
                largest_allocation_mb, peak_rss_mb
  --grow        keep inputs that reached new code: the minimised corpus replaces corpus/NAME.tar.xz

Inputs that broke something lie in DIR/found. Exit code 1 where there are any.
"""

import argparse
import concurrent.futures
import dataclasses
import datetime
import io
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TARGETS = {  # name: longest input in bytes
    "gates": 4096,
    "hdf5": 1 << 20,
    "requests": 4096,
    "safetensors": 4096,
    "toml": 8192,
    "trace_values": 1024,
}
LEAKY = {"hdf5"}  # libhdf5 1.10.8 leaks where it refuses
LIMITS = ["-timeout=20", "-rss_limit_mb=3072", "-malloc_limit_mb=1024"]
STAT = re.compile(r"stat::(\w+):\s+(\d+)")
ROUNDS = 20  # a process ends at its first find; so often it is started again


@dataclasses.dataclass
class Tally:
    executions: int = 0
    seconds: float = 0
    crashes: int = 0
    timeouts: int = 0
    largest_allocation_mb: float = 0
    peak_rss_mb: int = 0

    def add(self, other):
        self.executions += other.executions
        self.seconds += other.seconds
        self.crashes += other.crashes
        self.timeouts += other.timeouts
        self.largest_allocation_mb = max(self.largest_allocation_mb, other.largest_allocation_mb)
        self.peak_rss_mb = max(self.peak_rss_mb, other.peak_rss_mb)


def archive_of(target):
    return HERE / "corpus" / f"{target}.tar.xz"


def unpack(target, folder):
    folder.mkdir(parents=True)
    if archive_of(target).exists():
        with tarfile.open(archive_of(target)) as archive:
            archive.extractall(folder)


def pack(target, folder):
    """Equal inputs give equal bytes."""
    with tarfile.open(archive_of(target), "w:xz") as archive:
        for path in sorted(folder.iterdir()):
            data = path.read_bytes()
            entry = tarfile.TarInfo(path.name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def command_of(options, target, corpus, runs, seed):
    found = options.build / "found"
    found.mkdir(exist_ok=True)
    command = [str(options.build / f"fuzz_{target}"), *LIMITS, f"-runs={runs}", f"-seed={seed}"]
    command += [f"-max_len={TARGETS[target]}", "-print_final_stats=1", "-verbosity=0"]
    command.append(f"-artifact_prefix={found}/{target}-")
    dictionary = HERE / "dictionary" / f"{target}.txt"
    if dictionary.exists():
        command.append(f"-dict={dictionary}")
    return command + [str(corpus)]


def tally_of(text, code, seconds):
    stats = {name: int(value) for name, value in STAT.findall(text)}
    timed_out = "libFuzzer: timeout" in text
    return Tally(
        executions=stats.get("number_of_executed_units", 0),
        seconds=seconds,
        crashes=int(code != 0 and not timed_out),
        timeouts=int(timed_out),
        largest_allocation_mb=round(stats.get("largest_allocation_bytes", 0) / 1e6, 2),
        peak_rss_mb=stats.get("peak_rss_mb", 0),
    )


def told(text):
    """The lines of libFuzzer that name the fault, our frames and the input's file."""
    words = ("fault:", "ERROR: A", "ERROR: l", "terminate", "what()", "runtime error", "Test unit")
    frames = [line for line in text.splitlines() if line.startswith("    #") and "fluxscope" in line]
    return "\n  ".join(
        [line for line in text.splitlines() if any(word in line for word in words)] + frames[:8]
    )


def fuzz(options, target, runs, seed):
    """One process after another until `runs` are done: each ends at its first find."""
    total = Tally()
    environment = dict(
        os.environ,
        FLUXSCOPE_CONFIGS=str(HERE.parent.parent / "configs"),
        # A request that is too large gives null, as malloc does.
        ASAN_OPTIONS=f"allocator_may_return_null=1:detect_leaks={int(target not in LEAKY)}",
    )
    with tempfile.TemporaryDirectory() as folder:
        corpus = pathlib.Path(folder) / "corpus"
        unpack(target, corpus)
        for round_number in range(ROUNDS):
            left = runs - total.executions
            if left <= 0:
                break
            begin = time.monotonic()
            command = command_of(options, target, corpus, left, seed + 1000 * round_number)
            ran = subprocess.run(command, capture_output=True, env=environment, cwd=folder)
            text = ran.stderr.decode(errors="replace")
            tally = tally_of(text, ran.returncode, time.monotonic() - begin)
            total.add(tally)
            if ran.returncode != 0:
                print(f"{target}: {told(text)}", file=sys.stderr)
            if tally.executions == 0:
                break
        if options.grow:
            keep_corpus(options, target, corpus, environment)
    return target, total


def keep_corpus(options, target, corpus, environment):
    with tempfile.TemporaryDirectory() as smaller:
        program = str(options.build / f"fuzz_{target}")
        command = [program, "-merge=1", *LIMITS, smaller, str(corpus)]
        subprocess.run(command, capture_output=True, env=environment, check=True)
        pack(target, pathlib.Path(smaller))


def commit():
    command = ["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def record_of(options, totals):
    rows = [{"target": name, **dataclasses.asdict(tally)} for name, tally in totals.items()]
    for row in rows:
        row["seconds"] = round(row["seconds"], 1)
    return {
        "command": " ".join(["tests/fuzz/campaign.py", *sys.argv[1:]]),
        "commit": commit(),
        "date": datetime.date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "executions": sum(row["executions"] for row in rows),
        "targets": rows,
    }


def campaign(options):
    totals = {target: Tally() for target in options.targets}
    share = -(-options.executions // options.jobs)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = [
            pool.submit(fuzz, options, target, share, options.seed + job)
            for target in options.targets
            for job in range(options.jobs)
        ]
        for done in concurrent.futures.as_completed(waiting):
            target, tally = done.result()
            totals[target].add(tally)
            print(f"{target}: {tally}", flush=True)
    return totals


def parsed():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("--build", type=lambda text: pathlib.Path(text).resolve(), required=True)
    parser.add_argument("--targets", type=lambda text: text.split(","), default=list(TARGETS))
    parser.add_argument("--executions", type=int, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--grow", action="store_true")
    return parser.parse_args()


def main():
    options = parsed()
    totals = campaign(options)
    if options.json:
        options.json.write_text(json.dumps(record_of(options, totals), indent=1) + "\n")
    short = [name for name, tally in totals.items() if tally.executions < options.executions]
    for name in short:
        print(f"{name}: fewer executions than asked for", file=sys.stderr)
    broken = any(tally.crashes or tally.timeouts for tally in totals.values())
    sys.exit(1 if broken or short else 0)


if __name__ == "__main__":
    main()
