"""predict --cases: a table out of a table, and what is refused."""

import csv
import unittest

import program

HEADER = "phase,batch,kv_len,q_heads,kv_heads,head_dim,selection,local_tokens,full_heads,execution"
GOOD = "decode,8,32768,32,8,128,streaming,2048,4,fused"


class Predict(program.ProgramTest):
    def predict(self, *lines, header=HEADER):
        self.write("cases.csv", "\n".join((header, *lines)) + "\n")
        return ["predict", "--cases", "cases.csv", "--gpu", "./gpu.toml", "-o", "out.csv"]

    def test_each_row_comes_back_with_its_time(self):
        printed = self.expect_done(*self.predict(GOOD, "prefill,1,8192,32,8,128,,,,", GOOD))
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
            (GOOD.replace("32768", "32K"), ["cases.csv:3: kv_len = '32K'", "whole number"]),
            (GOOD.replace("32768", "-1"), ["cases.csv:3: kv_len = -1 is outside"]),
            (GOOD.replace("decode", "decod"), ["cases.csv:3: ", "expected 'decode'"]),
            (GOOD + ",1", ["cases.csv:3: 11 cells"]),
        ):
            with self.subTest(line):
                self.expect_refused(self.predict(GOOD, line), *words)
        sizes = "phase,kv_len,q_heads,kv_heads,head_dim"
        no_kernel = self.predict("decode,8192,8,8,128,gone", header=sizes + ",kernel")
        self.expect_refused(no_kernel, "cases.csv:2: kernel", "by gone", "decode_split")
        missing = self.predict("decode,8192,8,8", header="phase,kv_len,q_heads,kv_heads")
        self.expect_refused(missing, "cases.csv:1: ", "no column 'head_dim'")
        unit = self.predict(GOOD, header=HEADER.replace("kv_len", "kv_len_us"))
        self.expect_refused(unit, "cases.csv:1: 'kv_len_us' is no column")

    def test_the_table_is_not_replaced_by_its_predictions(self):
        arguments = self.predict(GOOD)
        self.expect_refused([*arguments[:-1], "cases.csv", "--force"], "cases.csv")


if __name__ == "__main__":
    unittest.main()
