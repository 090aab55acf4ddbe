"""Runs fluxscope as a user does, for the tests beside this file.

Environment: FLUXSCOPE, the program; FLUXSCOPE_SOURCE, the source tree; FLUXSCOPE_WITH_CUDA, 1 or 0;
PRINT_PROFILE, which prints a device profile that does not change with each calibration."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

FLUXSCOPE = os.environ["FLUXSCOPE"]
SOURCE = pathlib.Path(os.environ["FLUXSCOPE_SOURCE"])
WITH_CUDA = os.environ["FLUXSCOPE_WITH_CUDA"] == "1"

# One layer's head mix at two contexts: 4 of 8 heads full.
EXPERIMENT = """\
name = "tiny"
model = "llama-3.1-8b"
schedulers = ["natural", "persistent"]

[sparse]
kind = "streaming"
sink_tokens = 128
local_tokens = 2048

[[workload]]
phase = "decode"
batches = [1]
kv_lens_tokens = [8192, 32768]

[[policy]]
name = "full"

[[policy]]
name = "flux"
msr_ratio = 0.5

[[policy]]
name = "static_ratio"
full_kv_heads = 4
executions = ["fused", "balanced"]
"""


# One task, whose layers are half full.
MIX = """\
name = "small"
model = "llama-3.1-8b"
schedulers = ["longest_first"]

[sparse]
kind = "streaming"
sink_tokens = 128
local_tokens = 2048

[[task]]
name = "chat"
weight = 1
prompt_tokens = 4000
output_tokens = 100
msr_ratio = 0.5
msr_source = "what if"

[[policy]]
name = "flux"

[[policy]]
name = "head_dynamic"
head_order = "by_count"
executions = ["fused", "balanced"]
"""


def small_sweep():
    """The text of a sweep over a few points on gpu.toml."""
    text = (SOURCE / "configs/sweeps/msr-context-execution.toml").read_text()
    text = re.sub("^gpus = .*", 'gpus = ["./gpu.toml"]', text, flags=re.MULTILINE)
    return re.sub("^kv_lens_tokens = .*", "kv_lens_tokens = [8192]", text, flags=re.MULTILINE)


class ProgramTest(unittest.TestCase):
    """In a folder of its own, with tiny.toml and gpu.toml; trace() and expect_refused() below."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.write("tiny.toml", EXPERIMENT)
        profile = subprocess.run([os.environ["PRINT_PROFILE"]], capture_output=True, check=True)
        self.write("gpu.toml", profile.stdout.decode())

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def started(self, *arguments):
        """A run that goes on, with its standard error."""
        return subprocess.Popen(
            [FLUXSCOPE, *arguments],
            cwd=self.folder,
            env=self.environment(),
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def environment(self):
        return {**os.environ, "FLUXSCOPE_CONFIGS": str(SOURCE / "configs")}

    def fluxscope(self, *arguments, **options):
        return subprocess.run(
            [FLUXSCOPE, *arguments],
            cwd=self.folder,
            env=self.environment(),
            text=True,
            timeout=240,
            stdout=options.get("stdout", subprocess.PIPE),
            stderr=subprocess.PIPE,
        )

    def expect_done(self, *arguments):
        """Runs it; exit code 0. Returns standard output."""
        run = self.fluxscope(*arguments)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def commands(self):
        """Names of the commands, as the main help lists them."""
        listed = self.expect_done("--help").split("Subcommands:")[1].split("Example:")[0]
        return re.findall(r"^  (\w+) ", listed, re.MULTILINE)

    def has_gpu(self):
        """Whether `profile` can measure here; a build with CUDA alone does not say so."""
        return "works    GPU" in self.expect_done("doctor")

    def trace(self, name="trace.h5"):
        self.expect_done("simulate", "tiny.toml", "--gpu", "./gpu.toml", "-o", name)
        return name

    def expect_refused(self, arguments, *words, **options):
        """Exit code 2, one message that holds `words`, and no file that was not there before."""
        before = sorted(self.folder.rglob("*"))
        run = self.fluxscope(*arguments, **options)
        self.assertEqual(run.returncode, 2, f"{arguments}: {run.stdout}{run.stderr}")
        self.assertTrue(run.stderr.startswith("fluxscope: error: "), run.stderr)
        for word in words:
            self.assertIn(word, run.stderr)
        self.assertEqual(sorted(self.folder.rglob("*")), before)
        return run.stderr
