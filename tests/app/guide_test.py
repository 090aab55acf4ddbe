"""docs/guide.md, followed to the letter on a machine without a GPU."""

import json
import re
import unittest

import program


class Tensor:
    """What the guide's lines ask of a tensor."""

    def __init__(self, rows):
        self.rows = rows

    def int(self):
        return self

    def tolist(self):
        return self.rows


class Guide(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.guide = (program.SOURCE / "docs/guide.md").read_text(encoding="utf-8")
        self.write("mine.toml", self.block("toml"))

    def block(self, language):
        return re.search(rf"```{language}\n(.*?)```", self.guide, re.DOTALL).group(1)

    def write_gates(self, requests):
        """Runs the guide's own lines with `requests` as the tensor."""
        lines = self.block("python").replace('"gates.jsonl"', "path")
        exec(lines, {"gates": Tensor(requests), "path": self.folder / "gates.jsonl"})

    def simulate(self, experiment="mine.toml"):
        self.expect_done("simulate", experiment, "--gpu", "a800", "-o", "mine-a800.h5")

    def verdict_rows(self):
        self.expect_done("report", "mine-a800.h5", "--format", "json", "-o", "mine.json")
        return json.loads((self.folder / "mine.json").read_text())["traces"][0]["verdict"]["rows"]

    def test_decisions_of_one_request_are_rows_beside_full_and_duo(self):
        self.write_gates([[1, 0] * 16])
        self.simulate()
        self.expect_done("report", "mine-a800.h5", "-o", "mine.html")
        rows = self.verdict_rows()
        self.assertEqual({row["policy"] for row in rows}, {"full", "flux", "duo"})
        flux = [row for row in rows if row["policy"] == "flux"]
        self.assertEqual({row["msr_ratio"] for row in flux}, {0.5})
        self.assertEqual({row["kv_len"] for row in flux}, {32768, 131072})

    def test_decisions_of_three_requests_need_their_batch_or_a_pick(self):
        self.write_gates([[1, 0] * 16, [0, 1] * 16, [1] * 16 + [0] * 16])
        run = ["simulate", "mine.toml", "--gpu", "a800", "-o", "mine-a800.h5"]
        self.expect_refused(run, "mine.toml:", "3 requests", "batches = [3]", "requests = [0]")
        text = self.block("toml")
        self.write("batch.toml", text.replace("batches = [1]", "batches = [3]"))
        self.simulate("batch.toml")
        self.assertEqual({row["batch"] for row in self.verdict_rows()}, {3})
        gates = 'gates = "gates.jsonl"'
        self.write("pick.toml", text.replace(gates, f"{gates}\nrequests = [2]"))
        self.simulate("pick.toml")
        self.assertEqual({row["batch"] for row in self.verdict_rows()}, {1})


if __name__ == "__main__":
    unittest.main()
