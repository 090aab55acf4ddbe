"""--model: a model of configs/models, or a Hugging Face config.json, in place of the file's."""

import json
import re
import unittest

import program

# 4 layers, every other one with a window; 8 query heads of 64, 2 KV heads.
CONFIG = {
    "model_type": "gpt_oss",
    "num_hidden_layers": 4,
    "hidden_size": 2880,
    "head_dim": 64,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "intermediate_size": 2880,
    "vocab_size": 201088,
    "sliding_window": 128,
    "layer_types": ["sliding_attention", "full_attention"] * 2,
}

OWN = '[[policy]]\nname = "own_windows"\n'


class ModelFlag(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("config.json", json.dumps(CONFIG, indent=1))
        half = program.EXPERIMENT.split("[[policy]]")[0]
        self.write("own.toml", half + '[[policy]]\nname = "full"\n\n' + OWN)

    def run_with(self, model, *command):
        run = self.fluxscope(*command, "--model", model)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run

    def simulated(self, experiment, model):
        command = ["simulate", experiment, "--gpu", "./gpu.toml", "-o", "trace.h5"]
        return self.run_with(model, *command).stderr

    def report(self):
        self.expect_done("report", "trace.h5", "--format", "json", "-o", "report.json")
        return json.loads((self.folder / "report.json").read_text())["traces"][0]

    def test_a_config_json_gives_the_model_and_own_windows_its_pattern(self):
        self.assertEqual(self.simulated("own.toml", "config.json"), "")
        rows = self.report()["verdict"]["rows"]
        own = [row for row in rows if row["policy"] == "own_windows"]
        self.assertEqual({row["msr_ratio"] for row in own}, {0.5})

    def test_a_note_says_where_no_policy_keeps_the_own_pattern(self):
        half = program.EXPERIMENT.split('[[policy]]\nname = "static_ratio"')[0]
        self.write("flux.toml", half)
        said = self.simulated("flux.toml", "config.json")
        self.assertIn("simulate: note: 2 of the 4 layers of gpt_oss do not read all KV", said)

    def test_the_command_line_and_the_recorded_file_say_the_model(self):
        self.simulated("own.toml", "config.json")
        recorded = (self.folder / "trace.h5").read_bytes()
        self.assertIn(b"--model config.json", recorded)

    def test_a_sweep_takes_it(self):
        self.write("sweep.toml", program.small_sweep())
        run = self.run_with("config.json", "sweep", "./sweep.toml", "-o", "sweep.h5")
        self.assertIn("sweep: note: 2 of the 4 layers", run.stderr)
        # Points of the file's own model are not mixed with them.
        run = self.run_with("qwen3-8b", "sweep", "./sweep.toml", "-o", "other.h5")
        self.expect_refused(["merge", "sweep.h5", "other.h5", "-o", "all.h5"], "model numbers")

    def test_a_sweep_of_layers_with_unequal_heads_is_refused(self):
        unequal = {**CONFIG, "attention_other_setting": {"num_attention_heads": 4}}
        self.write("unequal.json", json.dumps(unequal))
        self.write("sweep.toml", program.small_sweep())
        run = ["sweep", "./sweep.toml", "-o", "sweep.h5", "--model", "unequal.json"]
        self.expect_refused(run, "sweep.toml:", "layer 0 has 4 over 2, layer 1 has 8 over 2")

    def test_a_path_in_a_file_begins_in_the_files_folder(self):
        for name, text in {
            "own.toml": (self.folder / "own.toml").read_text(),
            "sweep.toml": program.small_sweep(),
        }.items():
            (self.folder / "deep").mkdir(exist_ok=True)
            text = re.sub(r"(?m)^model = .*", 'model = "./hf/config.json"', text)
            self.write(f"deep/{name}", text)
        (self.folder / "deep/hf").mkdir()
        self.write("deep/hf/config.json", json.dumps(CONFIG))
        gpu = ["--gpu", "./gpu.toml"]
        self.expect_done("simulate", "deep/own.toml", *gpu, "-o", "trace.h5")
        self.expect_done("sweep", "deep/sweep.toml", "-o", "sweep.h5")

    def test_what_is_not_supported_is_named_with_layer_and_value(self):
        run = ["simulate", "own.toml", "--gpu", "./gpu.toml", "-o", "trace.h5", "--model"]
        self.write("bad.json", json.dumps({**CONFIG, "global_head_dim": 512}, indent=1))
        self.expect_refused([*run, "bad.json"], "bad.json:", "layer 1: global_head_dim = 512")
        whole = json.dumps(CONFIG)
        self.write("cut.json", whole[: len(whole) // 2])
        self.expect_refused([*run, "cut.json"], "cut.json: no JSON from byte")
        self.expect_refused([*run, "qwen3-8"], "--model: ", "expected 'qwen3-8b'")


if __name__ == "__main__":
    unittest.main()
