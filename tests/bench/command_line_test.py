"""A benchmark says what it takes and refuses the rest, with or without a GPU.

Usage: command_line_test.py PROGRAM"""

import subprocess
import sys
import unittest

PROGRAM = sys.argv.pop()


def run(option):
    return subprocess.run([PROGRAM, option], capture_output=True, text=True, timeout=60)


class CommandLine(unittest.TestCase):
    def test_help_lists_the_options(self):
        ran = run("--help")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("[--", ran.stdout)

    def test_an_unknown_option_is_refused_by_name(self):
        ran = run("--no-such-option")
        self.assertIn(ran.returncode, (1, 2))
        self.assertIn("--no-such-option", ran.stderr)


if __name__ == "__main__":
    unittest.main()
