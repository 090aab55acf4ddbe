"""Mistakes in experiment, sweep and profile files: file, line, problem and what to do."""

import unittest

import program


class BadConfig(program.ProgramTest):
    def expect_line(self, old, new, *words, table=""):
        """tiny.toml with `old` replaced is refused at that line, or at that of its `table`."""
        text = program.EXPERIMENT.replace(old, new, 1)
        self.assertNotEqual(text, program.EXPERIMENT)
        self.write("bad.toml", text)
        line = text[: text.index(table or new)].count("\n") + 1
        arguments = ["simulate", "./bad.toml", "--gpu", "./gpu.toml", "-o", "trace.h5"]
        self.expect_refused(arguments, f"./bad.toml:{line}: ", *words)

    def test_an_unknown_key_is_named_with_the_near_miss(self):
        misspelt = "sink_tokens", "sink_token", "'sink_tokens' is missing", "'sink_token'"
        self.expect_line(*misspelt, table="[sparse]")
        self.expect_line('name = "full"', 'name = "full"\nmsr_ratio = 0', "msr_ratio", table="msr_r")

    def test_a_key_given_twice_is_named(self):
        self.expect_line('model = "llama-3.1-8b"', 'name = "again"', "name")

    def test_a_wrong_unit_is_named(self):
        wrong = "local_tokens = 2048", "local_blocks = 16", "'local_tokens' is missing"
        self.expect_line(*wrong, "'local_blocks'", table="[sparse]")
        self.expect_line("[8192, 32768]", '["8K"]', "kv_lens_tokens")

    def test_values_that_are_no_such_number_are_named(self):
        for value in ("nan", "inf", "-0.5", "1.5", "true", '"half"'):
            self.expect_line("msr_ratio = 0.5", f"msr_ratio = {value}", "msr_ratio")

    def test_unknown_words_are_named_with_the_near_miss(self):
        self.expect_line('"persistent"', '"persistant"', "persistant", "expected 'persistent'")
        self.expect_line('name = "flux"', 'name = "fluxx"', "fluxx", "expected 'flux'")
        self.expect_line("llama-3.1-8b", "llama-3.1-9b", "llama-3.1-9b", "llama-3.1-8b")

    def test_text_that_is_no_toml_is_refused(self):
        self.expect_line("schedulers = [", "schedulers == [", "Mend the TOML syntax")

    def test_missing_files_are_named(self):
        run = ["--gpu", "./gpu.toml", "-o", "trace.h5"]
        self.expect_refused(["simulate", "./absent.toml", *run], "./absent.toml")
        self.expect_refused(["simulate", "quik", *run], "'quik'", "expected 'quick'")
        run = ["simulate", "tiny.toml", "--gpu", "./absent.toml", "-o", "trace.h5"]
        self.expect_refused(run, "./absent.toml")

    def test_a_gate_file_with_a_missing_layer_is_named(self):
        rows = "".join(f"0,{layer},1\n" for layer in range(32) if layer != 7)
        self.write("gates.csv", "request,layer,full\n" + rows)
        text = program.EXPERIMENT.replace("msr_ratio = 0.5", 'gates = "gates.csv"')
        self.write("bad.toml", text)
        arguments = ["simulate", "./bad.toml", "--gpu", "./gpu.toml", "-o", "trace.h5"]
        self.expect_refused(arguments, "gates.csv", "layer 7")

    def test_a_gate_file_with_more_requests_than_a_batch_is_named_with_the_ways_out(self):
        line = str([1, 0] * 16)
        self.write("gates.jsonl", f'{{"full": {line}}}\n' * 3)
        text = program.EXPERIMENT.replace("msr_ratio = 0.5", 'gates = "gates.jsonl"')
        self.write("bad.toml", text)
        arguments = ["simulate", "./bad.toml", "--gpu", "./gpu.toml", "-o", "trace.h5"]
        ways_out = "batches = [3]", "requests = [0]"
        at = text[: text.index("gates =")].count("\n") + 1
        self.expect_refused(arguments, f"./bad.toml:{at}: ", "gates.jsonl", "3 requests", *ways_out)

    def test_a_profile_with_a_mistake_is_refused_at_its_line(self):
        profile = (self.folder / "gpu.toml").read_text()
        lines = profile.splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith("launch_ns"))
        for wrong in ("launch_ns = nan", "launch_ns = -1", "launch_us = 1.5"):
            lines[at] = wrong
            self.write("bad_gpu.toml", "\n".join(lines))
            arguments = ["simulate", "tiny.toml", "--gpu", "./bad_gpu.toml", "-o", "trace.h5"]
            self.expect_refused(arguments, "./bad_gpu.toml:", wrong.split(" ")[0])

    def test_a_sweep_with_a_mistake_is_refused_at_its_line(self):
        self.write("bad.toml", program.small_sweep().replace("msr_ratios", "msr_ratio"))
        self.expect_refused(["sweep", "./bad.toml", "-o", "sweep.h5"], "./bad.toml:", "msr_ratios")


if __name__ == "__main__":
    unittest.main()
