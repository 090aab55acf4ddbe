"""What is too large is refused at once, with what it would take and the limit."""

import resource
import subprocess
import time
import unittest

import program

MOST_SECONDS = 5  # on a machine that does much else; alone it is a tenth of a second
MOST_BYTES = 300 << 20


class Limits(program.ProgramTest):
    def expect_soon_refused(self, arguments, *words):
        begin = time.monotonic()
        message = self.expect_refused(arguments, *words)
        self.assertLess(time.monotonic() - begin, MOST_SECONDS)
        return message

    def simulate(self, text, *words):
        self.write("large.toml", text)
        run = ["simulate", "./large.toml", "--gpu", "./gpu.toml", "-o", "trace.h5"]
        self.expect_soon_refused(run, "./large.toml:", *words)

    def sweep(self, *changes, words):
        text = program.small_sweep()
        for old, new in changes:
            key = old + " = "
            lines = [f"{key}{new}" if one.startswith(key) else one for one in text.splitlines()]
            text = "\n".join(lines)
        self.write("large.toml", text)
        self.expect_soon_refused(["sweep", "./large.toml", "-o", "sweep.h5"], "large.toml:", *words)

    def model(self, **sizes):
        """tiny.toml with another model."""
        base = {"layers": 32, "hidden_size": 4096, "intermediate_size": 14336, "vocab_size": 1000}
        base |= {"q_heads": 32, "kv_heads": 8, "head_dim": 128}
        lines = [f"{key} = {value}" for key, value in (base | sizes).items()]
        self.write("model.toml", "\n".join(['name = "m"', *lines]))
        return program.EXPERIMENT.replace("llama-3.1-8b", "./model.toml")

    def test_too_many_gpus_in_a_sweep(self):
        names = ['"' + "./" * count + 'gpu.toml"' for count in range(1, 257)]
        self.sweep(("gpus", f"[{', '.join(names)}]"), words=["256", "at most 255"])

    def test_too_many_points_in_a_sweep(self):
        seeds = str(list(range(60_000)))
        ratios = str([i / 1000 for i in range(1000)])
        self.sweep(("seeds", seeds), ("msr_ratios", ratios), words=["points", "at most 2000000"])

    def test_too_large_a_batch(self):
        text = program.EXPERIMENT.replace("batches = [1]", "batches = [1, 1024]")
        text = text.replace("[8192, 32768]", "[8388608]")
        self.simulate(text, "1024 with 8388608 tokens", "TB", "at most 134217728")
        changes = ("decode_batches", "[1024]"), ("kv_lens_tokens", "[8388608]")
        self.sweep(*changes, words=["1024 with 8388608 tokens", "TB"])

    def test_too_large_a_model(self):
        self.simulate(self.model(layers=16 << 20), "layers = 16777216 is outside [1, 4096]")
        heads = self.model(q_heads=1_000_000, kv_heads=1_000_000)
        self.simulate(heads, "q_heads = 1000000 is outside [1, 4096]")
        many = self.model(layers=4096, q_heads=4096, kv_heads=4096)
        self.simulate(many.replace("[1]", "[64]"), "selections", "at most 67108864")

    def test_a_group_that_no_decode_kernel_holds(self):
        self.simulate(self.model(q_heads=4096, kv_heads=1), "q_heads / kv_heads = 4096", "16")
        self.model(q_heads=34, kv_heads=2)
        self.sweep(("model", '"./model.toml"'), words=["q_heads / kv_heads = 17"])

    def test_too_many_rows(self):
        lens = str([128 * i for i in range(1, 40_000)])
        self.simulate(program.EXPERIMENT.replace("[8192, 32768]", lens), "rows", "at most 100000")

    def test_memory_that_runs_out_is_the_users_fault(self):
        text = program.EXPERIMENT.replace("batches = [1]", "batches = [1024]")
        self.write("large.toml", text.replace('"decode"', '"prefill"'))
        gpu = (self.folder / "gpu.toml").read_text().splitlines()
        gpu = ["memory_bytes = 1000000000000000" if "memory_bytes" in one else one for one in gpu]
        self.write("huge.toml", "\n".join(gpu))
        run = [program.FLUXSCOPE, "simulate", "./large.toml", "--gpu", "./huge.toml", "-o", "t.h5"]
        ended = subprocess.run(
            run,
            cwd=self.folder,
            env={"FLUXSCOPE_CONFIGS": str(program.SOURCE / "configs")},
            capture_output=True,
            text=True,
            timeout=240,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES)),
        )
        if "Sanitizer" in ended.stderr:
            self.skipTest("the sanitizer's own memory is beyond the limit")
        self.assertEqual(ended.returncode, 2, ended.stderr)
        self.assertIn("simulate ./large.toml", ended.stderr)
        self.assertIn("needs more memory than this machine gives", ended.stderr)


if __name__ == "__main__":
    unittest.main()
