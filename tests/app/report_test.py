"""`fluxscope report` on a trace of this machine's simulator and on the recorded traces."""

import json
import math
import pathlib
import unittest

import program

PARTS = ("useful_ns", "ramp_ns", "gap_ns", "tail_ns", "selection_ns", "launches_ns")


class Report(program.ProgramTest):
    def report(self, *traces):
        return json.loads(self.expect_done("report", *map(str, traces), "--format", "json"))

    def expect_whole_case(self, case):
        """Tail area, budget, waterfall and cross-check: each with a value, or with the reason why
        not. The budget's parts are its time."""
        tail = case["metrics"]["tail_area_ratio"]
        self.assertTrue(tail["value"] is not None or tail["note"])
        if tail["value"] is not None:
            self.assertTrue(0 <= tail["value"] <= 1, tail)
        budget = case["budget"]
        if budget["known"]:
            parts = sum(budget[part] for part in PARTS)
            # The parts are rounded to what a double prints.
            self.assertTrue(math.isclose(parts, budget["time_ns"], rel_tol=1e-9), budget)
        else:
            self.assertTrue(budget["reason"])
        waterfall = case["waterfall"]
        self.assertTrue("parts" in waterfall if waterfall["known"] else waterfall["reason"])
        self.assertTrue(case["crosschecks"] or case["crosscheck_reason"])

    def expect_whole_trace(self, trace):
        self.assertGreater(len(trace["cases"]), 0)
        for case in trace["cases"]:
            with self.subTest(case["name"]):
                self.expect_whole_case(case)

    def test_every_case_of_a_simulated_trace_is_whole(self):
        (trace,) = self.report(self.trace())["traces"]
        self.expect_whole_trace(trace)
        for case in trace["cases"]:
            self.assertIsNotNone(case["metrics"]["tail_area_ratio"]["value"])
            self.assertTrue(case["budget"]["known"])

    def test_every_case_of_the_recorded_traces_is_whole(self):
        recorded = sorted((program.SOURCE / "traces/recorded").glob("*.h5"))
        self.assertTrue(recorded, "traces/recorded holds no trace")
        for path in recorded:
            (trace,) = self.report(path)["traces"]
            self.expect_whole_trace(trace)
            checked = [case for case in trace["cases"] if case["crosschecks"]]
            self.assertTrue(checked, "no case with a cross-check")

    def test_the_output_s_ending_chooses_the_format(self):
        self.trace()
        starts = {"out.html": "<!doctype html>", "out.md": "#", "out.json": "{"}
        for name, start in starts.items():
            said = self.expect_done("report", "trace.h5", "-o", name)
            self.assertIn(f"wrote {name}", said)
            text = (self.folder / name).read_text(encoding="utf-8")
            self.assertTrue(text.lower().startswith(start), text[:40])

    def test_a_measured_trace_comes_first_in_a_comparison(self):
        trace = pathlib.Path(self.trace())
        comparison = json.loads(self.expect_done("compare", trace, trace, "--format", "json"))
        self.assertTrue(comparison["same_device"])
        self.assertEqual({case["error_ratio"] for case in comparison["cases"]}, {0})

    def test_two_simulated_traces_are_two_models(self):
        trace = self.trace()
        text = self.expect_done("compare", trace, trace)
        self.assertIn("difference between two models", text)
        self.assertNotIn("measured", text)
        self.assertNotRegex(text, r"\berror {2,}")
        kind = json.loads(self.expect_done("compare", trace, trace, "--format", "json"))["kind"]
        self.assertEqual(kind, "two_models")

    def test_a_policy_without_a_comparison_has_its_own_result(self):
        """Decisions of 15 of 32 layers: no head row of the example reads as many KV bytes."""
        self.write("gates.jsonl", json.dumps({"full": [1] * 15 + [0] * 17}))
        text = program.EXPERIMENT.replace(
            'name = "flux"\nmsr_ratio = 0.5', 'name = "flux"\nlabel = "mine"\ngates = "gates.jsonl"'
        )
        self.write("tiny.toml", text)
        trace = self.trace()
        for flags in ([], ["--print"]):
            own = self.expect_done("report", trace, *flags).split("own result")[1]
            own = own.split("Every execution")[0].split("Head level against")[0]
            self.assertRegex(own, r"decode +1 +32K +mine +0\.53125 +1\.\d\dx")
        said = self.expect_done("report", trace, "--print")
        self.assertIn("unequal", said)
        self.assertNotIn("equal KV bytes", said)


if __name__ == "__main__":
    unittest.main()
