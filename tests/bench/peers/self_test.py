"""libfluxscope_peers.so loads and refuses, and the parts of the modules beside it that need no GPU.

Usage: self_test.py LIBRARY"""

import ast
import ctypes
import importlib.util
import json
import pathlib
import sys
import tempfile
import unittest

import bars as peers_bars
import cases as peers_cases
import store as peers_file
from bindings import Library, Request

LIBRARY = sys.argv.pop()
MODULES = sorted(pathlib.Path(__file__).parent.glob("*.py"))


class Calls(unittest.TestCase):
    """Refusals of fluxscope_peers_make that come before it asks for a GPU."""

    def expect_refused(self, text, **fields):
        layer = ctypes.c_void_p()
        request = Request(**{"kernel": b"prefill_mma", "batch": 1, "head_dim": 128} | fields)
        with self.assertRaisesRegex(RuntimeError, text):
            Library(LIBRARY).call("make", ctypes.byref(request), ctypes.byref(layer))

    def test_an_unknown_kernel_is_named(self):
        self.expect_refused("kernel 'fast'", kernel=b"fast")

    def test_fields_arrive_where_they_are_read(self):
        self.expect_refused("head_dim = 96 ", head_dim=96, q_heads=4, kv_heads=2)
        self.expect_refused("q_heads = 7 .*kv_heads = 2 ", q_heads=7, kv_heads=2)
        heads = {"q_heads": 1, "kv_heads": 1}
        self.expect_refused("sideways", execution=b"sideways", scheduler=b"natural", **heads)
        self.expect_refused("backwards", execution=b"fused", scheduler=b"backwards", **heads)

    def test_every_function_is_exported(self):
        for name in ("make", "visited_blocks", "launch", "free"):
            self.assertTrue(hasattr(ctypes.CDLL(LIBRARY), f"fluxscope_peers_{name}"), name)


class Cases(unittest.TestCase):
    def test_a_pattern_streams_as_many_heads_as_it_says(self):
        for count in range(peers_cases.KV_HEADS + 1):
            pattern = peers_cases.Pattern(streaming=count)
            self.assertEqual(sum(map(pattern.streams, range(peers_cases.KV_HEADS))), count)

    def test_names_tell_the_cases_of_a_group_apart(self):
        for name, cases in peers_cases.groups().items():
            self.assertEqual(len({case.name for case in cases}), len(cases), name)


def decode_row(peer, ours_us, **more):
    row = {"phase": "decode", "causal": False, "batch": 1, "q_len": 1, "kv_len": 4096}
    row |= {"head_dim": 128, "pattern": "dense", "kernel": "decode_split", "kv_bytes": 8_000_000}
    return row | {"peer": peer, "ours_us": ours_us} | more


class File(unittest.TestCase):
    def written(self, *runs):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "peers.json"
            for date, rows in runs:
                run = {"date": date, "bandwidth_bytes_per_s": {"copy": 2e12}}
                peers_file.write(path, run, rows)
            return json.loads(path.read_text(encoding="utf-8"))

    def test_full_bandwidth_is_the_fastest_of_copy_and_decodes(self):
        # 8 MB in 2 us, by the peer: 4e12 bytes per second, above the copy's 2e12.
        rows = [
            decode_row(peers_cases.FLASH, 5.0, peer_us=2.0),
            decode_row(peers_cases.BANDWIDTH, 5.0),
        ]
        document = self.written(("2026-01-01", rows))
        self.assertEqual(document["runs"][0]["full_bandwidth_bytes_per_s"], 4_000_000_000_000)
        self.assertEqual([row["ratio"] for row in document["rows"]], [0.4, 0.4])

    def test_a_later_row_of_the_same_case_and_peer_replaces_the_older_one(self):
        document = self.written(
            ("2026-01-01", [decode_row(peers_cases.FLASH, 5.0, peer_us=2.0)]),
            ("2026-01-02", [decode_row(peers_cases.FLASH, 4.0, peer_us=2.0)]),
        )
        self.assertEqual([run["date"] for run in document["runs"]], ["2026-01-02"])
        self.assertEqual([row["ours_us"] for row in document["rows"]], [4.0])


class Bars(unittest.TestCase):
    def test_a_row_below_the_bar_is_missed(self):
        bar = next(bar for bar in peers_bars.BARS if bar.covers(decode_row("SDPA cuDNN", 1.0)))
        rows = [decode_row("SDPA cuDNN", 1.0, ratio=ratio) for ratio in (0.99, 1.0, 1.2)]
        self.assertEqual([row["ratio"] for row in bar.missed(rows)], [0.99])

    def test_published_times_of_one_gpu_are_no_bar_for_another(self):
        def of(*gpus):
            return [bar.gpu for bar in peers_bars.bars_for([{"gpu": gpu} for gpu in gpus])]

        published = peers_bars.PUBLISHED_ON
        self.assertIn(published, of(published))
        self.assertNotIn(published, of("NVIDIA H100 80GB HBM3"))
        self.assertNotIn(published, of(published, "NVIDIA H100 80GB HBM3"))


def defined(tree):
    """The names at the top of a module."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                yield from (name.id for name in ast.walk(target) if isinstance(name, ast.Name))


class Modules(unittest.TestCase):
    def test_what_one_imports_from_another_is_there(self):
        trees = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
        for name, tree in trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and node.module in trees:
                    wanted = {alias.name for alias in node.names}
                    missing = wanted - set(defined(trees[node.module]))
                    self.assertEqual(missing, set(), f"{name}.py from {node.module}.py")

    @unittest.skipUnless(importlib.util.find_spec("torch"), "no PyTorch")
    def test_every_module_imports(self):
        for path in MODULES:
            if path.stem != pathlib.Path(__file__).stem:
                importlib.import_module(path.stem)


if __name__ == "__main__":
    unittest.main()
