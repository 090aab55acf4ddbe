"""A real disk that is full: a file system in memory of a few pages. Only root can make one."""

import os
import subprocess
import unittest

import program


class FullDisk(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        self.write("small.toml", program.small_sweep())
        self.trace("in.h5")
        self.expect_done("sweep", "./small.toml", "-o", "part.h5")

    def mount(self, size):
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(self.disk)]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
            self.skipTest("no right to mount a file system")
        self.addCleanup(subprocess.run, ["umount", str(self.disk)])

    def writers(self):
        return [
            ("sim.h5", ["simulate", "tiny.toml", "--gpu", "./gpu.toml"]),
            ("r.html", ["report", "in.h5"]),
            ("p", ["export", "in.h5", "--to", "perfetto"]),
            ("csv", ["export", "in.h5", "--to", "csv"]),
            ("sweep.h5", ["sweep", "./small.toml"]),
            ("m.h5", ["merge", "part.h5"]),
        ]

    def test_every_command_ends_with_its_error_and_the_older_output(self):
        self.mount("16m")
        older = {}
        for name, arguments in self.writers():
            self.expect_done(*arguments, "-o", f"disk/{name}")
            older[name] = self.content(self.disk / name)
        self.fill()
        for name, arguments in self.writers():
            with self.subTest(arguments):
                run = self.fluxscope(*arguments, "-o", f"disk/{name}")
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertIn("No space left on device", run.stderr)
                self.assertEqual(self.content(self.disk / name), older[name])

    def test_what_was_recorded_before_it_was_full_opens(self):
        self.trace("whole.h5")
        size = (self.folder / "whole.h5").stat().st_size
        # The first launches fit, the last do not.
        self.mount(size - 8192)

        run = self.fluxscope("simulate", "tiny.toml", "--gpu", "./gpu.toml", "-o", "disk/x.h5")

        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertIn("what was written so far is in disk/x.h5.tmp", run.stderr)
        self.expect_done("report", "disk/x.h5.tmp")

    def fill(self):
        with open(self.disk / "filler", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def content(self, path):
        if path.is_dir():
            return {file.name: file.read_bytes() for file in path.iterdir()}
        return path.read_bytes()


if __name__ == "__main__":
    unittest.main()
