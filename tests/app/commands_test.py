"""Commands, flags, help, version and exit codes."""

import re
import tomllib
import unittest

import program


class Commands(program.ProgramTest):
    def test_the_main_help_lists_the_commands(self):
        names = set(self.commands())
        self.assertLessEqual({"profile", "simulate", "report", "compare", "calibrate"}, names)
        self.assertLessEqual({"sweep", "merge", "export", "doctor", "list"}, names)

    def test_each_help_has_an_example_of_its_command(self):
        for name in self.commands():
            with self.subTest(name):
                examples = self.expect_done(name, "--help").split("Example:\n")[1]
                self.assertIn(f"fluxscope {name}", examples)

    def test_the_version_says_commit_and_cuda(self):
        cuda = "with CUDA" if program.WITH_CUDA else "without CUDA"
        pattern = rf"fluxscope \d+\.\d+\.\d+ \(([0-9a-f]{{12}}(-dirty)?|unknown), {cuda}\)\n"
        self.assertRegex(self.expect_done("--version"), f"^{pattern}$")

    def test_mistakes_on_the_line_are_named(self):
        self.expect_refused([], "subcommand is required", "fluxscope --help")
        self.expect_refused(["simulat"], "'simulat' is not a command", "expected 'simulate'")
        self.expect_refused(["frobnicate"], "expected one of", "profile")
        self.expect_refused(["list", "metrics", "--fast"], "--fast", "fluxscope list --help")
        self.expect_refused(["simulate", "tiny.toml", "--gpu", "x"], "--output is required")
        self.expect_refused(["report", "x.h5", "--format", "pdf"], "--format", "pdf", "html")
        self.expect_refused(["list", "gpu"], "gpu not in", "gpus")
        self.expect_refused(["report"], "no trace was named")
        passes = ["profile", "tiny.toml", "-o", "x.h5", "--passes"]
        self.expect_refused([*passes, "0,prob"], "'prob' is no pass", "expected 'probe'")
        self.expect_refused([*passes, "7"], "'7' is no pass", "overhead")

    def test_every_list_has_lines(self):
        help_text = self.expect_done("list", "--help")
        topics = re.search(r"\{(.*?)\}", help_text).group(1).split(",")
        self.assertIn("policies", topics)
        for topic in topics:
            with self.subTest(topic):
                self.assertGreater(len(self.expect_done("list", topic).splitlines()), 1)

    def test_formats_say_what_they_hold_in_which_unit_and_where_their_path_goes(self):
        listed = self.expect_done("list", "formats")
        self.assertRegex(listed, r"DuoAttention scores .* policy duo: pattern, msr_ratio")
        self.assertRegex(listed, r"Mooncake .* timestamp in ms.* fluxscope requests FILE")
        self.assertRegex(listed, r"Hugging Face config.json .* --model PATH")

    def test_models_say_which_layers_do_not_read_all(self):
        listed = self.expect_done("list", "models")
        self.assertRegex(listed, r"gpt-oss-20b +24 +64 +8 +64 +12 of 24: window 128")

    def test_policies_say_their_level_their_keys_and_what_they_do(self):
        lines = self.expect_done("list", "policies").splitlines()
        flux = next(line for line in lines if line.startswith("flux "))
        self.assertRegex(flux, r"^flux +layer +.*\bmsr_ratio\b.*\bgates\b.* Each layer .*\.$")

    def test_a_transferred_gpu_has_its_own_interval_and_no_error_of_the_fit(self):
        listed = self.expect_done("list", "gpus").splitlines()
        line = next(line for line in listed if " transferred " in line)
        name = line.split()[0]
        profile = tomllib.loads((program.SOURCE / f"configs/gpus/{name}.toml").read_text())
        for evidence in (profile["evidence"][phase] for phase in ("prefill", "decode")):
            low, high = (100 * (evidence[end] - 1) for end in ("low_ratio", "high_ratio"))
            self.assertIn(f"{low:+.1f} % to {high:+.1f} %", line)
            self.assertNotIn(f" {100 * evidence['mape_ratio']:.1f} %", line)

    def test_doctor_always_answers(self):
        self.assertRegex(self.expect_done("doctor"), "(works|missing)")

    def test_profile_without_a_gpu_points_to_the_simulator(self):
        if self.has_gpu():
            self.skipTest("this machine has a GPU")
        why = "driver" if program.WITH_CUDA else "built without CUDA"
        self.expect_refused(["profile", "tiny.toml", "-o", "x.h5"], why, "fluxscope simulate")


if __name__ == "__main__":
    unittest.main()
