"""Every command that writes, killed and run out of disk at random moments.

After each: the output is the older one or the new one, whole; the same command run again ends well
and leaves nothing beside it. Kills come at a random one of the calls by which files come to be
(failing_calls.cpp), or at a random time; a disk is full from a random call on, or at a random size
of file (RLIMIT_FSIZE).

For a campaign: kill_campaign_test.py --kills 200 --disks 100 [--seed N], the environment as for
program.py. It prints what was tried."""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest

import program

KILLS, DISKS, SEED = 8, 8, 20261127
FAILING_CALLS = os.environ.get("FAILING_CALLS", "")

# What a run says of when and by whom it was made.
PASSING = re.compile(rb'"(created|host|command_line|uuid)": "[^"]*"|Made [^ ]* by|\d{4}-\d\d-\d\dT[\d:]*Z')


def content(path):
    """What is under a name, without what differs from run to run."""
    if not path.exists():
        return None
    if path.is_dir():
        return {file.name: content(file) for file in path.iterdir()}
    return PASSING.sub(b"", path.read_bytes())


class Command:
    """A command line, the name it writes to, and how a whole output is recognised."""

    def __init__(self, name, output, arguments, look=content):
        self.name, self.output, self.arguments, self.look = name, output, arguments, look


class KillCampaign(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.tried = collections.Counter()
        self.write("other.toml", program.EXPERIMENT.replace("32768", "16384"))
        sweep = re.sub("msr_ratios = .*", "msr_ratios = [0.5]", program.small_sweep())
        self.write("small.toml", sweep)
        self.write("mix.toml", program.MIX)
        self.write("older-mix.toml", program.MIX.replace("4000", "5000"))
        self.write("older.toml", sweep.replace("[8192]", "[4096]"))
        self.trace("in.h5")
        self.expect_done("simulate", "other.toml", "--gpu", "./gpu.toml", "-o", "older.h5")
        for name in ("small", "older"):
            for shard in (0, 1):
                self.expect_done("sweep", f"./{name}.toml", "-o", f"{name}-{shard}.h5", "--shard",
                                 f"{shard}/2")

    def trace_content(self, path):
        """The rows of a complete trace, whatever its bytes."""
        if not path.exists():
            return None
        run = self.fluxscope("report", path.name, "--format", "json")
        report = PASSING.sub(b"", run.stdout.encode()) if run.returncode == 0 else b"unreadable"
        whole = run.returncode == 0 and json.loads(run.stdout)["traces"][0]["complete"]
        return report if whole else b"not whole"

    def commands(self):
        """Each twice: as it is killed, and as it made the older output."""
        simulate = ["--gpu", "./gpu.toml", "-o", "sim.h5"]
        return [
            (Command("simulate", "sim.h5", ["simulate", "tiny.toml", *simulate],
                     self.trace_content), ["simulate", "other.toml", *simulate]),
            *((Command(f"report {kind}", f"r.{kind}", ["report", "in.h5", "-o", f"r.{kind}"]),
               ["report", "older.h5", "-o", f"r.{kind}"]) for kind in ("html", "md", "json")),
            (Command("export csv", "csv", ["export", "in.h5", "--to", "csv", "-o", "csv"]),
             ["export", "older.h5", "--to", "csv", "-o", "csv"]),
            (Command("export perfetto", "p", ["export", "in.h5", "--to", "perfetto", "-o", "p"]),
             ["export", "older.h5", "--to", "perfetto", "-o", "p"]),
            (Command("sweep", "sweep.h5", ["sweep", "./small.toml", "-o", "sweep.h5"]),
             ["sweep", "./older.toml", "-o", "sweep.h5"]),
            (Command("predict", "replay.json", ["predict", "./mix.toml", "--gpu", "./gpu.toml",
                                                "--no-break-even", "-o", "replay.json"]),
             ["predict", "./older-mix.toml", "--gpu", "./gpu.toml", "--no-break-even", "-o",
              "replay.json"]),
            (Command("merge", "m.h5", ["merge", "small-0.h5", "small-1.h5", "-o", "m.h5"]),
             ["merge", "older-0.h5", "older-1.h5", "-o", "m.h5"]),
        ]

    def prepared(self):
        """[(command, older content, new content, calls it makes, its seconds, its largest file)],
        the older output under the command's name kept as <output>.kept."""
        prepared = []
        for command, older in self.commands():
            path = self.folder / command.output
            self.expect_done(*older)
            before = command.look(path)
            path.rename(self.folder / (command.output + ".kept"))
            begin = time.monotonic()
            self.run_with(command, {"FAILING_CALLS_COUNT": "count"})
            seconds = time.monotonic() - begin
            calls = int((self.folder / "count").read_text()) if FAILING_CALLS else 0
            after = command.look(path)
            self.assertNotEqual(before, after)
            files = path.rglob("*") if path.is_dir() else [path]
            largest = max(file.stat().st_size for file in files)
            prepared.append((command, before, after, calls, seconds, largest))
        return prepared

    def put_older(self, command):
        path = self.folder / command.output
        kept = self.folder / (command.output + ".kept")
        if path.is_dir():
            shutil.rmtree(path)
        if kept.is_dir():
            shutil.copytree(kept, path)
        else:
            shutil.copy(kept, path)

    def start(self, command, environment, **options):
        if FAILING_CALLS and environment:
            environment = {**environment, "LD_PRELOAD": FAILING_CALLS}
        environment = {**os.environ, "FLUXSCOPE_CONFIGS": str(program.SOURCE / "configs"),
                       **environment}
        return subprocess.Popen([program.FLUXSCOPE, *command.arguments], cwd=self.folder,
                                env=environment, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True, **options)

    def run_with(self, command, environment, **options):
        with self.start(command, environment, **options) as run:
            return run.communicate(timeout=240)[1], run.returncode

    def expect_whole(self, command, before, after, what):
        found = command.look(self.folder / command.output)
        self.assertIn(found, (before, after), f"{command.name}, {what}: neither old nor new")
        return "new" if found == after else "old"

    def expect_next_run_works(self, command, after, what):
        errors, code = self.run_with(command, {})
        self.assertEqual(code, 0, f"{command.name} after {what}: {errors}")
        self.assertEqual(command.look(self.folder / command.output), after, command.name)
        left = [path.name for path in self.folder.iterdir()
                if path.name.startswith(command.output + ".") and not path.name.endswith(".kept")]
        self.assertEqual(left, [], f"{command.name} after {what}")

    def kill(self, command, calls, seconds):
        """Returns what was done, and whether the run died of it."""
        if calls > 0 and self.random.random() < 0.7:
            at = self.random.randrange(calls)
            _, code = self.run_with(command,
                                    {"FAILING_CALLS_AT": str(at), "FAILING_CALLS_HOW": "kill"})
            return f"kill at call {at} of {calls}", code == -signal.SIGKILL
        wait = self.random.uniform(0, seconds)
        with self.start(command, {}) as run:
            time.sleep(wait)
            run.kill()
            run.communicate()
            return f"kill after {wait:.4f} s", run.returncode == -signal.SIGKILL

    def fill(self, command, calls, largest):
        """Returns what was done, the error and the exit code."""
        if calls > 0 and self.random.random() < 0.6:
            at = self.random.randrange(calls)
            return (f"disk full from call {at} of {calls} on",
                    *self.run_with(command, {"FAILING_CALLS_AT": str(at),
                                             "FAILING_CALLS_HOW": "full"}))
        size = self.random.randrange(largest)

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        return f"files up to {size} bytes", *self.run_with(command, {}, preexec_fn=limit)

    def test_at_any_moment_the_output_is_the_old_or_the_new_one(self):
        prepared = self.prepared()
        self.kill_all(prepared)
        self.fill_all(prepared)

    def kill_all(self, prepared):
        self.tried.clear()
        for number in range(KILLS):
            command, before, after, calls, seconds, _ = prepared[number % len(prepared)]
            self.put_older(command)
            what, died = self.kill(command, calls, seconds)
            which = self.expect_whole(command, before, after, what)
            self.expect_next_run_works(command, after, what)
            self.tried[f"{command.name}: {which if died else 'ended before the kill'}"] += 1
        print(f"kills, seed {SEED}:", json.dumps(self.tried, indent=1), file=sys.stderr)

    def fill_all(self, prepared):
        self.tried.clear()
        for number in range(DISKS):
            command, before, after, calls, _, largest = prepared[number % len(prepared)]
            self.put_older(command)
            what, errors, code = self.fill(command, calls, largest)
            self.assertIn(code, (0, 2), f"{command.name}, {what}: {errors}")
            which = self.expect_whole(command, before, after, what)
            if code == 2:
                self.assertIn("fluxscope: error: ", errors)
            else:
                self.assertEqual(which, "new", f"{command.name}, {what}")
            self.expect_kept_rows(errors)
            self.expect_next_run_works(command, after, what)
            self.tried[f"{command.name}: exit {code}, {which}"] += 1
        print(f"full disks, seed {SEED}:", json.dumps(self.tried, indent=1), file=sys.stderr)

    def expect_kept_rows(self, errors):
        """A recording that the error names opens."""
        named = re.search(r"what was written so far is in (\S+)", errors)
        if named:
            self.expect_done("report", named[1])
            self.tried["recordings read after a full disk"] += 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--disks", type=int, default=DISKS)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    KILLS, DISKS, SEED = chosen.kills, chosen.disks, chosen.seed
    unittest.main(argv=sys.argv[:1])
