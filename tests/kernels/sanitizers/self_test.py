"""sanitize.py against a compute-sanitizer of our own: what it reads, what it counts as clean."""

import contextlib
import io
import os
import pathlib
import stat
import tempfile
import unittest

import sanitize

MEMCHECK = """========= COMPUTE-SANITIZER
[==========] 11 tests from 5 test suites ran. (100 ms total)
[  PASSED  ] 11 tests.
========= ERROR SUMMARY: 0 errors
"""
RACECHECK = """[  PASSED  ] 2 tests.
========= RACECHECK SUMMARY: 3 hazards displayed (3 errors, 0 warnings)
"""
SKIPPED = """[  PASSED  ] 0 tests.
[  SKIPPED ] 4 tests, listed below:
========= ERROR SUMMARY: 0 errors
"""
ONE = ["--kernel", "combine", "--jobs", "1"]


class Parse(unittest.TestCase):
    def test_counts_of_either_summary_are_read(self):
        self.assertEqual(sanitize.parse(MEMCHECK), (11, 0))
        self.assertEqual(sanitize.parse(RACECHECK), (2, 3))

    def test_a_run_that_broke_off_found_neither_nothing_nor_something(self):
        self.assertEqual(sanitize.parse("[ RUN      ] A.B\n"), (0, None))


class Run(unittest.TestCase):
    """Main with a program named compute-sanitizer that prints TEXT and then sleeps SECONDS."""

    def call(self, text, seconds, arguments, code=0):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "compute-sanitizer"
            program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}END\nsleep {seconds}\nexit {code}\n")
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
            path, os.environ["PATH"] = os.environ["PATH"], f"{folder}:{os.environ['PATH']}"
            told = io.StringIO()
            try:
                with contextlib.redirect_stdout(told):
                    code = sanitize.main([folder, *arguments])
            finally:
                os.environ["PATH"] = path
        return code, told.getvalue()

    def test_no_error_is_clean(self):
        code, told = self.call(MEMCHECK, 0, [*ONE, "--tool", "memcheck"])
        self.assertEqual(code, 0)
        self.assertIn("| combine | 0 errors, 11 tests, 0 s |", told)

    def test_hazards_are_not_clean(self):
        code, told = self.call(RACECHECK, 0, [*ONE, "--tool", "racecheck"])
        self.assertEqual(code, 1)
        self.assertIn("| combine | 3 hazards, 2 tests, 0 s |", told)

    def test_a_failed_test_is_not_clean_though_others_passed(self):
        code, told = self.call(MEMCHECK, 0, [*ONE, "--tool", "memcheck"], code=1)
        self.assertEqual(code, 1)
        self.assertIn("11 tests (FAILED)", told)

    def test_skipped_tests_prove_nothing(self):
        self.assertEqual(self.call(SKIPPED, 0, [*ONE, "--tool", "memcheck"])[0], 1)

    def test_a_run_over_its_budget_is_ended_and_said(self):
        code, told = self.call("", 60, [*ONE, "--tool", "synccheck", "--budget-s", "1"])
        self.assertEqual(code, 1)
        self.assertIn("| combine | did not end in 1 s |", told)

    def test_every_program_is_one_that_the_build_makes(self):
        built = (pathlib.Path(__file__).parents[1] / "CMakeLists.txt").read_text(encoding="utf-8")
        for name, _, _ in sanitize.SUBJECTS.values():
            self.assertIn(f"fluxscope_test(kernels_{name}_test\n", built)


if __name__ == "__main__":
    unittest.main()
