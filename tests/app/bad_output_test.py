"""Outputs that cannot be written are named, and nothing is left behind."""

import fcntl
import os
import re
import signal
import stat
import time
import unittest

import program


class BadOutput(program.ProgramTest):
    def writers(self, output):
        simulate = ["simulate", "tiny.toml", "--gpu", "./gpu.toml", "-o", output]
        return [
            simulate,
            ["report", "trace.h5", "-o", output],
            ["export", "trace.h5", "--to", "perfetto", "-o", output],
            ["export", "trace.h5", "--to", "csv", "-o", output],
        ]

    def test_a_folder_that_is_not_there_is_named(self):
        self.trace()
        for arguments in self.writers("absent/out.h5")[:3]:
            with self.subTest(arguments):
                self.expect_refused(arguments, "absent/out.h5")

    def test_a_file_where_a_folder_is_needed_is_named(self):
        self.trace()
        self.write("file", "")
        for arguments in self.writers("file/out.h5"):
            with self.subTest(arguments):
                self.expect_refused(arguments, "file/out.h5")

    def test_a_folder_where_a_file_is_needed_is_named(self):
        self.trace()
        (self.folder / "folder").mkdir()
        for arguments in self.writers("folder")[:3]:
            with self.subTest(arguments):
                self.expect_refused(arguments, "folder")

    def test_sweep_and_merge_name_it_too(self):
        self.write("small.toml", program.small_sweep())
        self.write("file", "")
        self.expect_done("sweep", "./small.toml", "-o", "part.h5")
        self.expect_refused(["sweep", "./small.toml", "-o", "file/out.h5"], "file/out.h5")
        self.expect_refused(["merge", "part.h5", "-o", "file/out.h5"], "file/out.h5")

    def every_command(self, output):
        """Each command that writes, with this output, once."""
        self.trace("in.h5")
        self.write("small.toml", program.small_sweep())
        sweep = ["sweep", "./small.toml"]
        self.expect_done(*sweep, "-o", "part.h5")
        return [
            ["simulate", "tiny.toml", "--gpu", "./gpu.toml", "-o", output],
            ["report", "in.h5", "-o", output],
            ["export", "in.h5", "--to", "perfetto", "-o", output],
            ["export", "in.h5", "--to", "csv", "-o", output],
            ["calibrate", "in.h5", "--experiment", "./tiny.toml", "-o", output],
            ["calibrate", "in.h5", "--experiment", "./tiny.toml", "-o", "new.toml", "--transfer",
             f"a800={output}"],
            [*sweep, "-o", output],
            [*sweep, "-o", "new.h5", "--summary", output],
            ["merge", "part.h5", "-o", output],
            *([["profile", "tiny.toml", "-o", output]] if program.WITH_CUDA else []),
        ]

    def test_no_command_writes_over_a_file_that_is_not_its_own(self):
        self.write("thesis.tex", "\\documentclass{book}")
        for arguments in self.every_command("thesis.tex"):
            with self.subTest(arguments):
                csv = "csv" in arguments
                self.expect_refused(arguments, "thesis.tex: ",
                                    "a file is in the way" if csv else "--force")
        self.assertEqual((self.folder / "thesis.tex").read_text(), "\\documentclass{book}")

    def test_no_command_writes_to_a_device_or_a_pipe(self):
        os.mkfifo(self.folder / "pipe")
        outputs = ["pipe"]
        if os.geteuid() == 0:  # who alone could replace one
            os.mknod(self.folder / "null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
            (self.folder / "link").symlink_to("null")
            outputs += ["null", "link"]
        for output in outputs:
            for arguments in self.every_command(output):
                with self.subTest(arguments):
                    self.expect_refused(arguments, f"{output}: ")
        self.assertTrue((self.folder / "pipe").is_fifo())

    def test_no_command_writes_over_its_input(self):
        gates = '{"full": [' + ", ".join(["1"] * 32) + "]}\n"
        self.write("gates.jsonl", gates)
        self.write("gated.toml", program.EXPERIMENT + '\n[[policy]]\nname = "flux"\n'
                   'label = "mine"\ngates = "gates.jsonl"\n')
        self.every_command("new")
        (self.folder / "link.h5").symlink_to("in.h5")
        os.link(self.folder / "in.h5", self.folder / "hard.h5")
        calibrate = ["calibrate", "in.h5", "--experiment", "./tiny.toml", "-o"]
        before = {path: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}
        for arguments in (
            ["report", "in.h5", "-o", "in.h5"],
            ["report", "in.h5", "-o", "./link.h5"],
            ["report", "in.h5", "-o", "hard.h5"],
            ["report", "link.h5", "-o", str(self.folder / "in.h5")],
            ["export", "in.h5", "--to", "perfetto", "-o", "in.h5"],
            [*calibrate, "in.h5"],
            [*calibrate, "tiny.toml"],
            [*calibrate, "new.toml", "--transfer", "a800=in.h5"],
            ["simulate", "tiny.toml", "--gpu", "./gpu.toml", "-o", "tiny.toml"],
            ["simulate", "tiny.toml", "--gpu", "./gpu.toml", "-o", "gpu.toml"],
            ["simulate", "gated.toml", "--gpu", "./gpu.toml", "-o", "gates.jsonl"],
            ["sweep", "./small.toml", "-o", "small.toml"],
            ["sweep", "./small.toml", "-o", "gpu.toml"],
            ["sweep", "./small.toml", "-o", "new.h5", "--summary", "small.toml"],
            ["merge", "part.h5", "-o", "part.h5"],
        ):
            with self.subTest(arguments):
                self.expect_refused(arguments, "is an input of this command")
                self.expect_refused([*arguments, "--force"], "is an input of this command")
        for path, content in before.items():
            self.assertEqual(path.read_bytes(), content, path)

    def test_force_writes_over_a_regular_file(self):
        self.write("notes.txt", "mine")
        self.trace("in.h5")
        self.expect_done("report", "in.h5", "-o", "notes.txt", "--format", "md", "--force")
        self.assertTrue((self.folder / "notes.txt").read_text().startswith("# fluxscope report"))

    def test_a_command_replaces_what_it_wrote_itself(self):
        for arguments in self.every_command("out"):
            if "calibrate" in arguments:
                continue  # minutes
            if "profile" in arguments and not self.has_gpu():
                continue
            with self.subTest(arguments):
                arguments = [a.replace("out", "out-" + arguments[0] + arguments[3][2:])
                             if a == "out" else a for a in arguments]
                self.expect_done(*arguments)
                self.expect_done(*arguments)

    def test_a_csv_folder_that_holds_something_else_is_left_alone(self):
        self.trace("in.h5")
        export = ["export", "in.h5", "--to", "csv", "-o", "tables"]
        self.expect_done(*export)
        self.write("tables/notes.txt", "mine")
        self.expect_refused(export, "tables: holds notes.txt")
        self.expect_refused([*export, "--force"], "tables: holds notes.txt")

    def test_a_dash_is_standard_output_of_report_alone(self):
        self.trace("in.h5")
        page = self.expect_done("report", "in.h5", "-o", "-")
        self.assertTrue(page.startswith("<!DOCTYPE html>"))
        text = self.expect_done("report", "in.h5", "-o", "-", "--format", "md")
        self.assertTrue(text.startswith("# fluxscope report"))
        self.expect_refused(["export", "in.h5", "--to", "perfetto", "-o", "-"], "-: is no name")

    def test_two_outputs_of_a_sweep_need_two_names(self):
        self.write("small.toml", program.small_sweep())
        self.expect_refused(["sweep", "./small.toml", "-o", "x", "--summary", "x"],
                            "x: is named for two outputs")

    def test_of_two_sweeps_on_one_output_the_second_is_refused_by_name(self):
        self.write("small.toml", program.small_sweep())
        with open(self.folder / "x.h5.tmp", "wb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            fcntl.lockf(held, fcntl.LOCK_EX)
            self.expect_refused(["sweep", "./small.toml", "-o", "x.h5"],
                                f"x.h5: is being written by process {os.getpid()}")
        self.expect_done("sweep", "./small.toml", "-o", "x.h5")

    def test_shards_of_models_that_differ_do_not_merge(self):
        model = (program.SOURCE / "configs/models/llama-3.1-8b.toml").read_text()
        text = program.small_sweep().replace('model = "llama-3.1-8b"', 'model = "./m.toml"')
        self.write("small.toml", text)
        for shard, layers in ((0, 32), (1, 64)):
            self.write("m.toml", re.sub("^layers = .*", f"layers = {layers}", model,
                                        flags=re.MULTILINE))
            self.expect_done("sweep", "./small.toml", "-o", f"{shard}.h5", "--shard", f"{shard}/2")
        self.expect_refused(["merge", "0.h5", "1.h5", "-o", "m.h5"],
                            "1.h5: is a part of another sweep than 0.h5", "model numbers")

    def test_a_rerun_goes_on_and_restart_begins_anew(self):
        model = (program.SOURCE / "configs/models/llama-3.1-8b.toml").read_text()
        text = program.small_sweep().replace('model = "llama-3.1-8b"', 'model = "./m.toml"')
        self.write("small.toml", text)
        self.write("m.toml", model)
        self.expect_done("sweep", "./small.toml", "-o", "shard.h5", "--shard", "0/2")
        (self.folder / "x.h5.parts").mkdir()
        (self.folder / "shard.h5").rename(self.folder / "x.h5.parts/part-00000000.h5")
        self.write("m.toml", re.sub("^layers = .*", "layers = 64", model, flags=re.MULTILINE))
        sweep = ["sweep", "./small.toml", "-o", "x.h5"]
        self.expect_refused(sweep, "x.h5.parts: holds parts of another sweep", "model numbers")
        self.expect_refused([*sweep, "--resume"], "x.h5.parts: holds parts of another sweep")

        self.write("m.toml", model)
        run = self.fluxscope(*sweep)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("points are those of a run that was stopped", run.stderr)
        self.assertFalse((self.folder / "x.h5.parts").exists())

    def test_ctrl_c_says_where_a_sweep_goes_on(self):
        self.write("small.toml", program.small_sweep())
        with self.started("sweep", "./small.toml", "-o", "x.h5") as run:
            while not (self.folder / "x.h5.parts").exists() and run.poll() is None:
                time.sleep(0.001)
            run.send_signal(signal.SIGINT)
            errors = run.communicate()[1]
        if run.returncode == 0:
            self.skipTest("the sweep was quicker")
        self.assertEqual(run.returncode, -signal.SIGINT)
        self.assertIn("finished points are in x.h5.parts", errors)
        self.assertFalse((self.folder / "x.h5.tmp").exists())

    def test_a_full_standard_output_is_an_error(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            self.expect_refused(["list", "metrics"], "standard output", stdout=full)

    def test_a_failed_run_leaves_the_older_output_as_it_was(self):
        before = (self.folder / self.trace()).read_bytes()
        self.write("bad.toml", program.EXPERIMENT.replace("msr_ratio", "msr"))
        run = ["simulate", "./bad.toml", "--gpu", "./gpu.toml", "-o", "trace.h5"]
        self.expect_refused(run, "./bad.toml:")
        self.assertEqual((self.folder / "trace.h5").read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
