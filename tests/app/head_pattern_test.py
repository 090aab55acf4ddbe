"""Head patterns of other projects, with the lines that docs/guide.md gives for each."""

import json
import re
import unittest

import program

LAYERS, Q_HEADS, GROUP = 32, 32, 4  # llama-3.1-8b


def full(layer, head):
    """One query head of each group is full in even layers, all of every other group in odd ones."""
    return head % GROUP == 0 if layer % 2 == 0 else (head // GROUP) % 2 == 0


def by_query(value):
    return [[value(full(layer, head)) for head in range(Q_HEADS)] for layer in range(LAYERS)]


def by_kv(value):
    groups = range(Q_HEADS // GROUP)
    rows = [[full(layer, GROUP * group) for group in groups] for layer in range(LAYERS)]
    return "".join("\t".join(value(one) for one in row) + "\r\n" for row in rows)


def minference(is_full):
    return ["vertical_and_slash" if is_full else "stream_llm", 30, 2000, 0.5]


FILES = {
    "full_attention_heads.tsv": by_kv(lambda one: "9.75e-01" if one else "-1.25e-01"),
    "masks.tsv": by_kv(lambda one: "1.0" if one else "0.0"),
    "best_pattern.json": json.dumps(
        [{str(head): one for head, one in enumerate(row)} for row in by_query(minference)]
    ),
    "headwise.json": json.dumps(
        {
            "sink_token_num": 4,
            "swa_token_num": 8192,
            **{str(layer): row for layer, row in enumerate(by_query(int))},
        }
    ),
    "head_score.json": json.dumps(
        {
            f"{layer}-{head}": [0.5, int(one)]
            for layer, row in enumerate(by_query(int))
            for head, one in enumerate(row)
        }
    ),
    "threshold.py": f"fuse_8 = {by_query(lambda one: 0.0)}\nfuse_16 = {by_query(float)}\n",
}


class HeadPatterns(program.ProgramTest):
    def setUp(self):
        super().setUp()
        for name, text in FILES.items():
            self.write(name, text)
        guide = (program.SOURCE / "docs/guide.md").read_text(encoding="utf-8")
        lines = [line for line in guide.splitlines() if re.search("\\| `name = ", line)]
        self.policies = [re.findall(r"`([^`]*)`", line.split("|")[3]) for line in lines]

    def simulate(self, lines):
        head = program.EXPERIMENT.split("[[policy]]")[0]
        policies = '[[policy]]\nname = "full"\n\n[[policy]]\n' + "\n".join(lines)
        self.write("mine.toml", head + policies + '\nexecutions = ["fused"]\n')
        run = self.fluxscope("simulate", "mine.toml", "--gpu", "./gpu.toml", "-o", "mine.h5")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.expect_done("report", "mine.h5", "--format", "json", "-o", "mine.json")
        text = (self.folder / "mine.json").read_text()
        rows = json.loads(text)["traces"][0]["verdict"]["rows"]
        return run.stderr, {row["msr_ratio"] for row in rows if row["policy"] != "full"}

    def test_the_guides_lines_run_and_mixed_groups_are_told(self):
        self.assertEqual(len(self.policies), len(FILES))
        for lines in self.policies:
            with self.subTest(lines):
                said, msr_ratios = self.simulate(lines)
                if any(".tsv" in line for line in lines):  # per KV head
                    self.assertEqual(said, "")
                    at_kv = {0.5} if '"duo"' in lines[0] else {0.25}
                    self.assertEqual(msr_ratios, at_kv)
                elif '"head_dynamic"' in lines[0]:
                    # Even layers: 24 sparse heads of 32, all mixed. Odd ones: 16, none mixed.
                    self.assertIn("384 of its 640 sparse query heads save no KV", said)
                    # 16 layers of 8 KV heads, 16 of 4: 192 of 256. 384 of 1024 query heads.
                    full = "75.0 % of the KV is read and kept in full, for the 37.5 % of query heads"
                    self.assertIn(full, said)
                    self.assertEqual(msr_ratios, {0.25})
                else:  # at MSR 0.5 512 query heads are full: 384 by their score, 128 by chance
                    self.assertRegex(said, r"\d+ of its 512 sparse query heads save no KV")
                    self.assertLess(max(msr_ratios), 0.25)

    def test_a_pattern_of_another_model_is_refused(self):
        self.write("masks.tsv", FILES["masks.tsv"].split("\r\n", 1)[1])
        head = program.EXPERIMENT.split("[[policy]]")[0]
        self.write("mine.toml", head + '[[policy]]\nname = "head_dynamic"\ngates = "masks.tsv"\n')
        run = ["simulate", "mine.toml", "--gpu", "./gpu.toml", "-o", "mine.h5"]
        self.expect_refused(run, "mine.toml:17: gates: ", "masks.tsv:31: 31 layers", "has 32")


if __name__ == "__main__":
    unittest.main()
