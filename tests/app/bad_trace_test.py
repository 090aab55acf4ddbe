"""Files that are no whole trace of ours, at every command that reads one. What the reader itself
refuses is tested in tests/traces/file/damaged_file_test.cpp."""

import unittest

import program

try:
    import h5py
    import numpy
except ImportError:
    h5py = None


class BadTrace(program.ProgramTest):
    def expect_refused_everywhere(self, name, *words):
        for arguments in (
            ["report", name, "-o", "out.html"],
            ["compare", name, "trace.h5"],
            ["compare", "trace.h5", name],
            ["export", name, "--to", "csv", "-o", "tables"],
            ["export", name, "--to", "perfetto", "-o", "out.pftrace"],
            ["calibrate", name, "-o", "out.toml"],
        ):
            with self.subTest(arguments):
                self.expect_refused(arguments, f"error: {name}: ", *words)

    def setUp(self):
        super().setUp()
        self.trace()

    def test_a_missing_file_is_named(self):
        self.expect_refused_everywhere("absent.h5", "no such file")

    def test_a_truncated_file_is_named(self):
        whole = (self.folder / "trace.h5").read_bytes()
        for part in (0.1, 0.5, 0.999):
            (self.folder / "cut.h5").write_bytes(whole[: int(len(whole) * part)])
            self.expect_refused_everywhere("cut.h5")

    def test_another_format_is_named(self):
        self.write("table.h5", "case,time_ns\na,1\n")
        self.expect_refused_everywhere("table.h5", "is not an HDF5 file")

    @unittest.skipUnless(h5py, "no h5py")
    def test_a_foreign_hdf5_file_is_named(self):
        with h5py.File(self.folder / "foreign.h5", "w") as file:
            file["cases/time_ns"] = [1.0, 2.0]
        self.expect_refused_everywhere("foreign.h5", "is not a fluxscope trace")

    @unittest.skipUnless(h5py, "no h5py")
    def test_another_major_version_is_refused_by_name(self):
        with h5py.File(self.folder / self.trace("later.h5"), "r+") as file:
            file.attrs["schema_version"] = numpy.bytes_("2.0.0")  # of fixed length, as ours are
        self.expect_refused_everywhere("later.h5", "schema version 2.0.0", "major version 1")

    @unittest.skipUnless(h5py, "no h5py")
    def test_an_old_trace_is_read_with_one_warning(self):
        for name in ("old.h5", "older.h5"):
            with h5py.File(self.folder / self.trace(name), "r+") as file:
                file.attrs["schema_version"] = numpy.bytes_("1.1.0")
                del file.attrs["digest"]
        run = self.fluxscope("report", "old.h5", "older.h5", "trace.h5", "--format", "json")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stderr.count("warning"), 1, run.stderr)
        self.assertIn("warning: old.h5, older.h5: of a schema before 1.2", run.stderr)

        self.expect_done("export", "old.h5", "--to", "trace", "-o", "new.h5")
        for command in (["compare", "new.h5", "trace.h5"], ["report", "new.h5"]):
            self.assertEqual(self.fluxscope(*command).stderr, "")

    def test_untrusted_files_are_read_in_a_child_first(self):
        plain = self.expect_done("report", "trace.h5", "--format", "md")
        untrusted = self.expect_done("report", "--untrusted", "trace.h5", "--format", "md")
        self.assertEqual(untrusted.splitlines()[5:], plain.splitlines()[5:])
        whole = (self.folder / "trace.h5").read_bytes()
        (self.folder / "cut.h5").write_bytes(whole[: len(whole) // 2])
        self.expect_refused(["export", "--untrusted", "cut.h5", "--to", "csv", "-o", "t"], "cut.h5: ")
        self.expect_refused(["merge", "--untrusted", "cut.h5", "-o", "t"], "cut.h5: ")

    def test_a_sweep_is_not_a_trace_nor_a_trace_a_sweep(self):
        self.expect_refused(["merge", "trace.h5", "-o", "out.h5"], "trace.h5: ")


if __name__ == "__main__":
    unittest.main()
