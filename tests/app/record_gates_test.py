"""scripts/record_gates.py: hooks on modules that return gates, and the file that comes of them."""

import importlib.util
import json
import subprocess
import sys
import unittest

import program

SCRIPT = program.SOURCE / "scripts/record_gates.py"
_spec = importlib.util.spec_from_file_location("record_gates", SCRIPT)
record_gates = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(record_gates)

try:
    import torch
except ImportError:
    torch = None


class Tensor:
    """What the recorder asks of a tensor."""

    def __init__(self, values):
        self.values = values

    def detach(self):
        return self

    def tolist(self):
        return self.values


class Handle:
    def __init__(self, hooks, hook):
        self.hooks, self.hook = hooks, hook

    def remove(self):
        self.hooks.remove(self.hook)


class Router:
    """A module as torch has it: hooks are called with (module, inputs, output)."""

    def __init__(self, outputs):
        self.outputs, self.hooks = list(outputs), []

    def register_forward_hook(self, hook):
        self.hooks.append(hook)
        return Handle(self.hooks, hook)

    def __call__(self):
        output = self.outputs.pop(0)
        for hook in self.hooks:
            hook(self, (), output)


class Model:
    """Layers with routers that return what they are given, one output per call."""

    def __init__(self, *outputs):
        self.routers = [Router(of_layer) for of_layer in outputs]

    def named_modules(self):
        yield "", self
        for layer, router in enumerate(self.routers):
            yield f"layers.{layer}.attention", Router([])
            yield f"layers.{layer}.router", router

    def __call__(self):
        for router in self.routers:
            router()


ROUTERS = r"layers\.\d+\.router"


class Decisions(unittest.TestCase):
    def refused(self, *arguments, **options):
        with self.assertRaises(record_gates.GateError) as caught:
            record_gates.gate_of(*arguments, **options)
        return str(caught.exception)

    def test_a_gate_is_0_or_1(self):
        decisions = [record_gates.gate_of(value, "m") for value in (1, 0, 1.0, 0.0, True)]
        self.assertEqual(decisions, [1, 0, 1, 0, 1])
        message = self.refused(Tensor([0.9]), "m")
        self.assertIn("m: returns 0.9, which is neither 0 nor 1; give a threshold", message)
        self.assertIn("m: returns 2", self.refused(2, "m"))

    def test_a_gate_above_the_threshold_is_full(self):
        gate_of = record_gates.gate_of
        decisions = [gate_of(value, "m", threshold=0.5) for value in (0.51, 0.5, 1, 0, True)]
        self.assertEqual(decisions, [1, 0, 1, 0, 1])
        self.assertEqual(gate_of(-0.1, "m", threshold=-0.2), 1)

    def test_a_tensor_gives_its_last_token_and_one_gate_per_kv_head(self):
        gate_of = record_gates.gate_of
        self.assertEqual(gate_of(Tensor([[1]]), "m"), 1)
        self.assertEqual(gate_of(Tensor([[[1], [0]]]), "m"), 0)
        self.assertEqual(gate_of(Tensor([[1, 0]]), "m", kv_heads=2), [1, 0])
        self.assertEqual(gate_of(Tensor([[[0, 0], [0, 1]]]), "m", kv_heads=2), [0, 1])
        self.assertEqual(gate_of(Tensor([1]), "m", kv_heads=2), 1)  # of the whole layer

    def test_an_entry_of_a_tuple_or_dict_is_named(self):
        gate_of = record_gates.gate_of
        self.assertEqual(gate_of((Tensor([1]), Tensor([0])), "m", key=1), 0)
        self.assertEqual(gate_of({"gate": 1}, "m", key="gate"), 1)
        self.assertIn("m: returns a tuple", self.refused((1, 0), "m"))
        self.assertIn("no entry 'gat'", self.refused({"gate": 1}, "m", key="gat"))

    def test_what_is_no_gate_is_named_with_its_module(self):
        self.assertIn("m: returns 3 numbers", self.refused(Tensor([[1, 0, 1]]), "m", kv_heads=2))
        self.assertIn("a batch of 2", self.refused(Tensor([[1], [0]]), "m"))
        for threshold in (None, 0.5):
            message = self.refused(float("nan"), "m", threshold=threshold)
            self.assertIn("m: returns nan", message)
        self.assertIn("m: returns None", self.refused(None, "m"))
        self.assertIn("empty", self.refused(Tensor([]), "m"))


class Recording(program.ProgramTest):
    def record(self, model, requests, **options):
        with record_gates.GateRecorder(model, ROUTERS, **options) as recorder:
            for _ in range(requests):
                model()
                recorder.end_request()
        recorder.save(self.folder / "gates.jsonl")
        text = (self.folder / "gates.jsonl").read_text(encoding="utf-8")
        return [json.loads(line)["full"] for line in text.splitlines()]

    def test_a_line_per_request_has_the_layers_in_order(self):
        model = Model([0.9, 0.1], [0.2, 0.8], [0.7, 0.3])
        got = self.record(model, 2, threshold=0.5)
        self.assertEqual(got, [[1, 0, 1], [0, 1, 0]])
        self.assertEqual([router.hooks for router in model.routers], [[], [], []])

    def test_the_gate_of_the_prefill_is_kept_in_decode(self):
        model = Model([1, 0, 0], [0, 1, 1])
        with record_gates.GateRecorder(model, ROUTERS) as recorder:
            for _ in range(3):  # prefill and two tokens
                model()
            recorder.end_request()
        self.assertEqual(recorder.lines, ['{"full": [1, 0]}'])

    def test_gates_of_another_length_than_the_others_are_named_with_their_module(self):
        model = Model([Tensor([[1, 0]])], [Tensor([[1, 0, 1]])])
        with record_gates.GateRecorder(model, ROUTERS, kv_heads=2):
            with self.assertRaisesRegex(record_gates.GateError, r"layers\.1\.router: returns 3 num"):
                model()

    def test_what_was_not_recorded_is_named(self):
        model = Model([1], [0])
        with self.assertRaisesRegex(record_gates.GateError, "no module's name matches 'router'"):
            record_gates.GateRecorder(model, "router")
        with record_gates.GateRecorder(model, ROUTERS) as recorder:
            model.routers[1]()
            with self.assertRaisesRegex(record_gates.GateError, r"layers\.0\.router: was not"):
                recorder.end_request()
            with self.assertRaisesRegex(record_gates.GateError, "was not ended"):
                recorder.save(self.folder / "gates.jsonl")
        self.assertFalse((self.folder / "gates.jsonl").exists())

    def test_fluxscope_reads_what_was_recorded(self):
        heads = [Tensor([[layer % 2, 1, 0, 0, 1, 1, 0, 0]]) for layer in range(32)]
        model = Model(*([gates] for gates in heads))
        self.record(model, 1, kv_heads=8)
        policies = '[[policy]]\nname = "full"\n\n[[policy]]\nname = "head_dynamic"\n'
        head = program.EXPERIMENT.split("[[policy]]")[0]
        self.write("mine.toml", head + policies + 'gates = "gates.jsonl"\nexecutions = ["fused"]\n')
        self.expect_done("simulate", "mine.toml", "--gpu", "./gpu.toml", "-o", "mine.h5")
        self.expect_done("report", "mine.h5", "--format", "json", "-o", "mine.json")
        rows = json.loads((self.folder / "mine.json").read_text())["traces"][0]["verdict"]["rows"]
        # Half of the layers have 4 full heads of 8, half have 3: 9 of 16 are sparse.
        self.assertEqual({row["msr_ratio"] for row in rows}, {0, 9 / 16})

    def test_the_command_runs_a_function_of_the_user(self):
        toy = "from toy_model import Model\n\n\ndef make():\n    model = Model([1, 0], [0, 0])\n"
        self.write("toy.py", toy + "    return model, [model, model]\n")
        source = (program.SOURCE / "tests/app/record_gates_test.py").read_text(encoding="utf-8")
        self.write("toy_model.py", source[source.index("class Handle") : source.index("ROUTERS =")])
        command = [sys.executable, "-B", str(SCRIPT), "toy:make", "-o", "gates.jsonl", "--modules"]
        run = lambda pattern: subprocess.run(
            [*command, pattern], cwd=self.folder, capture_output=True, text=True
        )
        done = run(ROUTERS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, "gates.jsonl: 2 requests, 2 layers\n")
        lines = (self.folder / "gates.jsonl").read_text().splitlines()
        self.assertEqual(lines, ['{"full": [1, 0]}', '{"full": [0, 0]}'])
        self.assertEqual(run("router").returncode, 2)


@unittest.skipUnless(torch, "torch is not installed (python3-torch)")
class WithTorch(unittest.TestCase):
    def test_gates_of_a_toy_model_are_those_that_its_routers_return(self):
        class Layer(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.router = torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.Sigmoid())

            def forward(self, x):
                return x * self.router(x.mean(dim=1, keepdim=True)).mean()

        torch.manual_seed(3)
        model = torch.nn.Sequential(*(Layer() for _ in range(3)))
        seen = []
        for layer in model:
            layer.router.register_forward_hook(
                lambda module, inputs, output: seen.append((output[0, -1] > 0.5).int().tolist())
            )
        recorder = record_gates.GateRecorder(model, r"\d+\.router", kv_heads=2, threshold=0.5)
        with recorder:
            model(torch.randn(1, 5, 4))
            recorder.end_request()
        self.assertEqual(json.loads(recorder.lines[0])["full"], seen)


if __name__ == "__main__":
    unittest.main()
