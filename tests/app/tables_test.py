"""predict: a table of cases, a mix of tasks; try: neither. calibrate: a table of times."""

import csv
import io
import json
import unittest

import program

CASES = "phase,batch,kv_len,q_heads,kv_heads,head_dim,selection,local_tokens,full_heads,execution"
CASE = "decode,8,32768,32,8,128,streaming,2048,4,fused"
TIMES = "phase,batch,q_len,kv_len,q_heads,kv_heads,head_dim,time_us"
GATES = "".join('{"full": ' + str([layers % 2] * 16 + [1] * 16) + "}\n" for layers in (0, 1))


class Predict(program.ProgramTest):
    def predict(self, *lines, header=CASES):
        self.write("cases.csv", "\n".join((header, *lines)) + "\n")
        return ["predict", "--cases", "cases.csv", "--gpu", "./gpu.toml", "-o", "out.csv"]

    def test_each_row_comes_back_with_its_time(self):
        printed = self.expect_done(*self.predict(CASE, "prefill,1,8192,32,8,128,,,,", CASE))
        self.assertIn("out.csv: 3 rows, 2 cases", printed)
        with open(self.folder / "out.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["phase"] for row in rows], ["decode", "prefill", "decode"])
        for row in rows:
            low, us, high = (float(row[name]) for name in ("lo_us", "predicted_us", "hi_us"))
            self.assertTrue(0 < low < us < high, row)
            self.assertTrue(0 <= float(row["tail_area"]) < 1, row)
            self.assertEqual(row["provenance"], "calibrated")
        self.assertEqual(rows[0], rows[2])

    def test_rows_that_are_none_are_named_and_nothing_is_written(self):
        for line, words in (
            (CASE.replace("32768", "32K"), ["cases.csv:3: kv_len = '32K'", "whole number"]),
            (CASE.replace("32768", "-1"), ["cases.csv:3: kv_len = -1 is outside"]),
            (CASE.replace("decode", "decod"), ["cases.csv:3: ", "expected 'decode'"]),
            (CASE + ",1", ["cases.csv:3: 11 cells"]),
        ):
            with self.subTest(line):
                self.expect_refused(self.predict(CASE, line), *words)
        sizes = "phase,kv_len,q_heads,kv_heads,head_dim"
        no_kernel = self.predict("decode,8192,8,8,128,gone", header=sizes + ",kernel")
        self.expect_refused(no_kernel, "cases.csv:2: kernel", "by gone", "decode_split")
        missing = self.predict("decode,8192,8,8", header="phase,kv_len,q_heads,kv_heads")
        self.expect_refused(missing, "cases.csv:1: ", "no column 'head_dim'")
        unit = self.predict(CASE, header=CASES.replace("kv_len", "kv_len_us"))
        self.expect_refused(unit, "cases.csv:1: 'kv_len_us' is no column")

    def test_the_table_is_not_replaced_by_its_predictions(self):
        arguments = self.predict(CASE)
        self.expect_refused([*arguments[:-1], "cases.csv", "--force"], "cases.csv")


def timed_rows():
    """Decode that takes 10 us and its K and V at 1.5 TB/s."""
    for batch in (1, 2, 4, 8, 16):
        for kv_len in (4096, 8192, 16384, 32768):
            for kv_heads in (4, 8):
                kv_bytes = batch * kv_len * kv_heads * 512
                yield f"decode,{batch},1,{kv_len},32,{kv_heads},128,{10 + kv_bytes / 1.5e6:.3f}"


class TimesTable(program.ProgramTest):
    def calibrate(self, *flags):
        return ["calibrate", "times.csv", "--spec", "a100", "-o", "fitted.toml", *flags]

    def table(self, *lines):
        return self.write("times.csv", "\n".join((TIMES, *lines)) + "\n")

    def test_a_table_becomes_a_profile(self):
        self.table(*timed_rows())
        printed = self.expect_done(*self.calibrate("--decomposition", "flash2"))
        self.assertIn("90 % interval", printed)
        self.assertIn("frontier", printed)
        text = (self.folder / "fitted.toml").read_text()
        self.assertIn('decomposition = "flash2"', text)
        self.assertIn("[[evidence.held_out]]", text)

    def test_a_profile_of_another_kernel_simulates_only_what_it_runs(self):
        self.table(*timed_rows())
        self.expect_done(*self.calibrate("--decomposition", "flash2"))
        arguments = ["simulate", "tiny.toml", "--gpu", "./fitted.toml", "-o", "trace.h5"]
        self.expect_refused(arguments, "decomposition flash2", "natural")
        full = program.EXPERIMENT.split("[[policy]]")[0] + '[[policy]]\nname = "full"\n'
        self.write("full.toml", full.replace(', "persistent"', ""))
        self.expect_done("simulate", "full.toml", "--gpu", "./fitted.toml", "-o", "trace.h5")

    def test_cases_of_another_kernel_are_those_that_it_runs(self):
        self.table(*timed_rows())
        self.expect_done(*self.calibrate("--decomposition", "flash2"))
        header = "phase,kv_len,q_heads,kv_heads,head_dim,scheduler\n"
        predict = ["predict", "--cases", "cases.csv", "--gpu", "./fitted.toml", "-o", "out.csv"]
        self.write("cases.csv", header + "decode,8192,32,8,128,natural\ndecode,8192,64,8,128,\n")
        self.expect_done(*predict)
        words = [line.split(",")[-1] for line in (self.folder / "out.csv").read_text().split()]
        self.assertEqual(words, ["provenance", "calibrated", "extrapolated"])
        self.write("cases.csv", header + "decode,8192,32,8,128,persistent\n")
        self.expect_refused([*predict[:-1], "new.csv"], "cases.csv:2: ", "no scheduler but natural")

    def test_the_decomposition_must_be_named(self):
        self.table(*timed_rows())
        self.expect_refused(self.calibrate(), "no --decomposition", "flash2", "fixed_split:N")
        wrong = self.calibrate("--decomposition", "flash_2")
        self.expect_refused(wrong, "'flash_2'", "expected 'flash2'")

    def test_bad_tables_are_refused_with_their_line(self):
        good = next(timed_rows())
        for lines, words in (
            ([good, good], ["times.csv:3: ", "times.csv:2: ", "--repeats median"]),
            ([good.rsplit(",", 1)[0] + ",-1"], ["times.csv:2: ", "not a time"]),
            ([good.rsplit(",", 1)[0] + ",nan"], ["times.csv:2: ", "finite"]),
            ([good.rsplit(",", 1)[0]], ["times.csv:2: ", "7 cells"]),
            ([good], ["1 rows of decode", "add rows"]),
        ):
            with self.subTest(words):
                self.table(*lines)
                self.expect_refused(self.calibrate("--decomposition", "flash2"), *words)
        self.write("times.csv", TIMES.replace("time_us", "latency") + "\n")
        self.expect_refused(self.calibrate("--decomposition", "flash2"), "times.csv:1: ", "no unit")

    def test_traces_and_tables_do_not_mix(self):
        self.table(*timed_rows())
        mixed = ["calibrate", "times.csv", self.trace(), "-o", "fitted.toml"]
        self.expect_refused(mixed, "traces and tables of times together")


STEPS = """\
name = "steps"
model = "llama-3.1-8b"
unit = "step"
launch = ["eager", "graph"]
schedulers = ["natural"]
[sparse]
kind = "streaming"
sink_tokens = 128
local_tokens = 2048
[[workload]]
phase = "decode"
batches = [1]
kv_lens_tokens = [4096]
[[policy]]
name = "full"
"""
# Every operation of a decoded token that is not attention, at four sizes.
ROW_OPS = ("embedding", "rms_norm", "rope_append", "silu_mul", "greedy_token")
LAUNCH = """
[launch]
eager_gap_ns = 1000
eager_start_ns = 3000
graph_gap_ns = 800
graph_start_ns = 6000
[launch.host_ns]
"""
LAUNCHED = (*ROW_OPS, "qkv_gemm", "out_gemm", "gate_up_gemm", "down_gemm", "lm_head_gemm", "decode", "combine")


class StepTimesTable(program.ProgramTest):
    def tables(self):
        """Products at 60 % of an H200's peak or memory, operations at 3 TB/s behind 3 us."""
        lines = ["m,n,k,time_us"]
        for n, k in ((6144, 4096), (4096, 4096), (4096, 14336)):
            for m in (1, 16, 64, 256, 1024, 4096):
                ns = max(2 * m * n * k / 0.6e6, 2 * (m * k + n * k + m * n) / 2.9e3)
                lines.append(f"{m},{n},{k},{2 + ns / 1e3:.3f}")
        self.write("gemm.csv", "\n".join(lines) + "\n")
        lines = ["op,bytes,time_us"]
        for op in ROW_OPS:
            lines += [f"{op},{size},{3 + size / 3e6:.3f}" for size in (8192, 1 << 17, 1 << 21, 1 << 25)]
        self.write("rows.csv", "\n".join(lines) + "\n")
        self.write("reduce.csv", "ranks,bytes,time_us\n2,1,5\n2,9999,6\n2,99999,8\n2,999999,20\n")
        return ["gemm.csv", "rows.csv", "reduce.csv"]

    def calibrate(self, *tables, base="./gpu.toml", output="steps.toml"):
        return ["calibrate", *tables, "--base", base, "-o", output]

    def rows(self, table):
        """Of an exported table: units are in the first line."""
        lines = (self.folder / f"rows/{table}.csv").read_text().splitlines()
        return list(csv.DictReader(lines[1:]))

    def test_a_profile_with_tables_of_steps_simulates_them(self):
        printed = self.expect_done(*self.calibrate(*self.tables()))
        for words in ("tokens", "weights", "bytes", "gemm.csv, rows.csv, reduce.csv"):
            self.assertIn(words, printed)
        self.write("experiment.toml", STEPS)
        simulate = ["simulate", "experiment.toml", "--gpu", "./steps.toml", "-o", "trace.h5"]
        self.expect_refused(simulate, "has no [launch]")
        text = (self.folder / "steps.toml").read_text()
        self.write("donor.toml", text + LAUNCH + "".join(f"{op} = 2500\n" for op in LAUNCHED))
        borrowed = self.calibrate("gemm.csv", output="borrowed.toml") + ["--steps-of", "./donor.toml"]
        self.expect_done(*borrowed)
        text = (self.folder / "borrowed.toml").read_text()
        self.assertIn('made_from = "gemm.csv"', text)
        self.assertRegex(text, 'transferred = \\["all_reduce", "embedding", .*"launch"')
        self.expect_done("simulate", "experiment.toml", "--gpu", "./borrowed.toml", "-o", "trace.h5")
        self.expect_done("export", "trace.h5", "--to", "csv", "-o", "rows")
        self.assertEqual({row["provenance"] for row in self.rows("steps")}, {"transferred"})
        said = {row["op"]: row["provenance"] for row in self.rows("step_launches")}
        self.assertEqual(said["rms_norm"], "transferred")
        self.assertEqual(said["qkv_gemm"], "calibrated")
        self.assertEqual(said["gate_up_gemm"], "extrapolated")  # no column of its weights

    def test_tables_of_steps_need_a_profile_and_come_alone(self):
        tables = self.tables()
        self.expect_refused(["calibrate", *tables, "-o", "new.toml"], "--base")
        both = self.calibrate(*tables) + ["--decomposition", "flash2"]
        self.expect_refused(both, "leave it out")
        self.write("times.csv", "\n".join((TIMES, *timed_rows())) + "\n")
        self.expect_refused(self.calibrate("gemm.csv", "times.csv"), "times.csv:1: ", "no table of")

    def test_bad_tables_are_refused_with_their_line(self):
        good = "64,6144,4096,50"
        for lines, words in (
            ([good, good], ["gemm.csv:3: ", "gemm.csv:2: ", "--repeats median"]),
            (["64,6144,4096,-1"], ["gemm.csv:2: ", "not a time"]),
            (["64,6144,4096"], ["gemm.csv:2: ", "3 cells"]),
            (["64,6144,4096,0.05"], ["gemm.csv:2: ", "another unit"]),
            ([good], ["gemm.csv:2: ", "one size", "add others"]),
        ):
            with self.subTest(words):
                self.write("gemm.csv", "\n".join(("m,n,k,time_us", *lines)) + "\n")
                self.expect_refused(self.calibrate("gemm.csv"), *words)
        self.write("gemm.csv", "m,n,time_us\n1,2,3\n")
        self.expect_refused(self.calibrate("gemm.csv"), "gemm.csv:1: ", "no column 'k'")


class Replay(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("mix.toml", program.MIX)

    def predict(self, *more, mix="./mix.toml"):
        return ["predict", mix, "--gpu", "./gpu.toml", "--no-break-even", *more]

    def test_the_formats_tell_the_same(self):
        table = self.expect_done(*self.predict())
        self.assertIn("attention alone is predicted, its share of a step is not known", table)
        self.assertIn("has no [launch]", table)
        rows = list(csv.DictReader(io.StringIO(self.expect_done(*self.predict("--format", "csv")))))
        replay = json.loads(self.expect_done(*self.predict("--format", "json")))
        self.assertEqual(len(rows), len(replay["rows"]))
        self.assertEqual([row["policy"] for row in rows[:4]],
                         ["full", "flux", "head_dynamic", "head_dynamic"])
        for row, other in zip(rows, replay["rows"]):
            self.assertEqual(float(row["latency_ns"]), other["latency"]["time_ns"])
            self.assertTrue(float(row["latency_low_ns"]) < float(row["latency_ns"]))
            self.assertEqual(row["scope"], "attention")
            self.assertEqual(row["msr_ratio"], "0" if row["policy"] == "full" else "0.5")
        self.assertIn("| policy |", self.expect_done(*self.predict("--format", "md")))

    def test_a_replay_is_a_page_of_the_report(self):
        self.expect_done("predict", "./mix.toml", "--gpu", "./gpu.toml", "-o", "replay.json")
        printed = self.expect_done("report", "replay.json", "-o", "replay.html")
        self.assertIn("from which context it pays", printed)
        page = (self.folder / "replay.html").read_text(encoding="utf-8")
        self.assertIn("<title>fluxscope report</title>", page)
        self.assertNotIn("<script src", page)
        replay = json.loads((self.folder / "replay.json").read_text())
        self.assertEqual(self.expect_done("report", "replay.json"), self.terminal_of(printed))
        contexts = [point["kv_len"] for point in replay["break_evens"][0]["points"]]
        self.assertEqual(contexts[0], 1024)

    def terminal_of(self, printed):
        return printed[: printed.index("wrote ")]

    def test_gates_of_a_file_take_the_place_of_the_mixs(self):
        self.write("gates.jsonl", GATES)
        replay = json.loads(self.expect_done(*self.predict("--gates", "gates.jsonl", "--format",
                                                           "json")))
        self.assertEqual({row["msr_ratio"] for row in replay["rows"]}, {0, 0.25})
        self.write("short.jsonl", '{"full": [1, 0]}\n')
        self.expect_refused(self.predict("--gates", "short.jsonl"), "--gates", "short.jsonl:1",
                            "llama-3.1-8b has 32")

    def test_what_is_no_mix_is_refused(self):
        for old, new, *words in (
            ("weight = 1", "weight = 0", "bad.toml:12: weight"),
            ("prompt_tokens", "promt_tokens", "promt_tokens"),
            ('msr_source = "what if"\n', "", "no msr_source"),
        ):
            self.write("bad.toml", program.MIX.replace(old, new))
            self.expect_refused(self.predict(mix="./bad.toml"), *words)
        self.expect_refused(["predict", "--gpu", "./gpu.toml"], "MIX.toml or --cases")
        self.expect_refused(self.predict("--cases", "c.csv", "-o", "o.csv"), "--cases")
        self.expect_refused(["predict", "--cases", "c.csv", "--gpu", "./gpu.toml"], "-o")

    def test_a_damaged_replay_is_refused(self):
        self.expect_done(*self.predict("-o", "replay.json"))
        text = (self.folder / "replay.json").read_text()
        self.write("cut.json", text[: len(text) // 2])
        self.expect_refused(["report", "cut.json"], "cut.json", "no JSON")
        self.write("other.json", text.replace('"fluxscope_replay": 1', '"fluxscope_replay": 9'))
        self.expect_refused(["report", "other.json"], "version 9")
        self.trace()
        self.expect_refused(["report", "replay.json", "trace.h5"], "a replay among 2 files")

    def test_try_adds_full_and_the_other_level_at_equal_kv_bytes(self):
        self.write("gates.jsonl", GATES)
        arguments = ["try", "gates.jsonl", "--model", "llama-3.1-8b", "--gpu", "./gpu.toml"]
        replay = json.loads(self.expect_done(*arguments, "--context", "8K", "--format", "json"))
        rows = [row for row in replay["rows"] if row["task"] == ""]
        self.assertEqual({row["policy"] for row in rows}, {"full", "gates", "head level"})
        held = {row["policy"]: row["kv_bytes"] for row in rows if row["execution"] != "gather"}
        self.assertEqual(held["gates"], held["head level"])
        self.assertLess(held["gates"], held["full"])
        self.assertEqual({row["execution"] for row in rows if row["policy"] == "head level"},
                         {"masked", "gather", "two_pool", "fused", "balanced"})
        self.assertIn("drawn under seed 1", "".join(replay["notes"]))
        self.expect_refused([*arguments, "--context", "8k"], "--context '8k'", "128K")
        self.expect_refused([*arguments, "--context", "8K", "--batch", "3"], "2 requests",
                            "batches of 3")


if __name__ == "__main__":
    unittest.main()
