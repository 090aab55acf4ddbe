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

    def test_a_sweep_is_not_a_trace_nor_a_trace_a_sweep(self):
        self.expect_refused(["merge", "trace.h5", "-o", "out.h5"], "trace.h5: ")


if __name__ == "__main__":
    unittest.main()
