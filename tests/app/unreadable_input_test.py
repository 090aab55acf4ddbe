"""Inputs that are no plain files, no text, or far too large: refused at once, by name."""

import os
import unittest

import program

MOST_MESSAGE_BYTES = 2048


class UnreadableInput(program.ProgramTest):
    def readers(self, path):
        """Command lines that read the text file `path`, which its name says the kind of."""
        self.write("gates.toml", program.EXPERIMENT.replace("msr_ratio = 0.5", f'gates = "{path}"'))
        run = ["-o", "trace.h5"]
        return {
            "toml": [
                ["simulate", f"./{path}", "--gpu", "./gpu.toml", *run],
                ["simulate", "tiny.toml", "--gpu", f"./{path}", *run],
                ["sweep", f"./{path}", *run],
            ],
            "csv": [["simulate", "gates.toml", "--gpu", "./gpu.toml", *run]],
            "jsonl": [["simulate", "gates.toml", "--gpu", "./gpu.toml", *run]],
        }[path.rsplit(".")[-1]]

    def expect_each_refused(self, path, *words):
        for arguments in self.readers(path):
            with self.subTest(arguments):
                message = self.expect_refused(arguments, path, *words)
                self.assertLess(len(message), MOST_MESSAGE_BYTES)

    def test_a_named_pipe_is_refused_and_not_waited_for(self):
        for name in ("pipe.toml", "pipe.csv", "pipe.jsonl"):
            os.mkfifo(self.folder / name)
            self.expect_each_refused(name, "named pipe")

    def test_a_folder_a_device_and_a_round_of_links_are_refused(self):
        for name in ("a.toml", "a.csv", "a.jsonl"):
            (self.folder / name).mkdir()
            self.expect_each_refused(name, "a folder")
        for name in ("b.toml", "b.csv", "b.jsonl"):
            (self.folder / name).symlink_to("/dev/zero")
            self.expect_each_refused(name, "a device")
        for name in ("c.toml", "c.csv", "c.jsonl"):
            (self.folder / name).symlink_to(name)
            self.expect_each_refused(name, "cannot be opened")

    def test_a_read_error_is_no_empty_file(self):
        for name in ("a.toml", "a.csv", "a.jsonl"):
            (self.folder / name).symlink_to("/proc/self/mem")  # EIO at its first byte
            self.expect_each_refused(name, "cannot be read")

    def test_files_of_five_gigabytes_are_refused(self):
        for name in ("a.toml", "a.csv", "a.jsonl"):
            with open(self.folder / name, "wb") as file:
                file.truncate(5 << 30)
            self.expect_each_refused(name, "bytes that are read")

    def test_nul_bytes_are_named_with_their_line(self):
        for name in ("a.toml", "a.csv", "a.jsonl"):
            self.write(name, "\0")
            self.expect_each_refused(name, f"{name}:1: a NUL byte")

    def test_deep_nesting_is_refused(self):
        self.write("a.toml", "\na = " + "[" * 65600 + "]" * 65600)
        self.expect_each_refused("a.toml", "a.toml:2: more than 32 levels")
        self.write("b.toml", "a." * 65600 + "b = 1")
        self.expect_each_refused("b.toml", "b.toml:1: more than 16 parts")
        self.write("a.jsonl", '{"full": ' + "[" * 65600 + "]" * 65600 + "}")
        self.expect_each_refused("a.jsonl", "a.jsonl:1: more than 32 levels")

    def test_what_a_message_echoes_is_cut_and_escaped(self):
        self.write("a.toml", program.EXPERIMENT.replace('"tiny"', "[" + "1, " * 65000 + "]"))
        self.assertIn("bytes)", self.expect_refused(self.readers("a.toml")[0], "a.toml:1: name"))
        self.expect_each_refused("a.toml")
        self.write("a.csv", "\x1b[2J" + "x" * (1 << 20))
        self.assertNotIn("\x1b", self.expect_refused(self.readers("a.csv")[0], "a.csv:1"))
        self.expect_each_refused("a.csv", "\\x1b[2J", "bytes)")

    def test_names_that_the_system_refuses_are_the_users_fault(self):
        run = ["-o", "trace.h5"]
        for name in ("n" * 300, "n/" * 3000 + "a.toml", "\udcff\udcfe", "\x1b[2J.toml"):
            for arguments in (
                ["simulate", name, "--gpu", "./gpu.toml", *run],
                ["simulate", "tiny.toml", "--gpu", name, *run],
                ["sweep", name, *run],
                ["report", name],
                ["export", name, "--to", "csv", "-o", "csv"],
                [name],
            ):
                with self.subTest(arguments):
                    message = self.expect_refused(arguments)
                    self.assertLess(len(message), MOST_MESSAGE_BYTES)
                    self.assertTrue(message[:-1].isprintable(), message)

    def test_a_byte_order_mark_is_taken_as_it_is_meant(self):
        self.write("mark.toml", "\ufeff" + program.EXPERIMENT)
        self.expect_done("simulate", "mark.toml", "--gpu", "./gpu.toml", "-o", "trace.h5")


if __name__ == "__main__":
    unittest.main()
