"""The examples of each command's help run, one after the other in one folder."""

import os
import re
import subprocess
import unittest

import program

# Its fit of the recorded traces takes minutes; tests/sim/calibrate/calibrate_test.cpp fits smaller ones.
MINUTES = {"calibrate"}


class Examples(program.ProgramTest):
    def examples(self, *command):
        """The commands behind "Example:" in a help text, lines that end in a backslash joined."""
        text = self.expect_done(*command, "--help").split("Example:\n")[1]
        lines = re.sub(r"\\\n\s*", "", text).splitlines()
        return [line.strip() for line in lines if line.startswith("  ")]

    def prepare(self):
        """What the examples name: a program, configs, a trace, a measured and a simulated one."""
        (self.folder / "configs").symlink_to(program.SOURCE / "configs")
        (self.folder / "traces").symlink_to(program.SOURCE / "traces")
        (self.folder / "bin").mkdir()
        (self.folder / "bin/fluxscope").symlink_to(program.FLUXSCOPE)
        self.write("requests.jsonl", '{"arrival_time_ns": 0, "input_toks": 8, "output_toks": 2}\n')
        for name in ("trace.h5", "measured.h5", "simulated.h5"):
            self.trace(name)

    def run_example(self, line):
        environment = {**os.environ, "SLURM_ARRAY_TASK_ID": "0"}
        environment["PATH"] = f"{self.folder}/bin:{os.environ['PATH']}"
        run = ["bash", "-c", line]
        return subprocess.run(run, cwd=self.folder, env=environment, text=True, capture_output=True)

    def test_they_run(self):
        self.prepare()
        has_gpu = self.has_gpu()
        for name in self.commands():
            for line in self.examples(name):
                if name == "profile" and not has_gpu or name in MINUTES:
                    continue
                with self.subTest(line):
                    done = self.run_example(line)
                    self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
