"""Outputs that cannot be written are named, and nothing is left behind."""

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
