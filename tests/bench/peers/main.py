"""Times our kernels and PyTorch's in turns on one GPU and writes docs/measurements/peers.json.

    cmake -S . -B build/peers -G Ninja -DFLUXSCOPE_BENCHMARKS=ON \\
        -DCMAKE_POSITION_INDEPENDENT_CODE=ON && ninja -C build/peers fluxscope_peers
    python3 tests/bench/peers/main.py --library build/peers/tests/bench/libfluxscope_peers.so \\
        --out docs/measurements/peers.json
    python3 tests/bench/peers/page.py docs/measurements/peers.json docs/measurements/peers.md

Each case: random normal tensors that all kernels share, a check that the outputs agree, then rounds
in which every kernel runs once, as a CUDA graph between two events; medians. Decode reads its KV
cold: a graph goes through copies that together are larger than four times the L2."""

import argparse
import gc
import time

import torch

import store as peers_file
import gpu as peers_gpu
import reference as peers_reference
from cases import groups
from bindings import Library
from run import CaseRun
from tensors import Arena
from timing import full_bandwidth

_LONG_KV = 65536  # prefill cases from here on take seconds
_ROUNDS, _LONG_ROUNDS = 11, 7


def arguments():
    names = list(groups())
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", required=True, help="libfluxscope_peers.so")
    parser.add_argument("--out", required=True, help="JSON file; an existing one is added to")
    parser.add_argument("--only", default=",".join(names), help=f"of {', '.join(names)}")
    parser.add_argument("--budget-s", type=float, default=3600, help="starts no case after that")
    parser.add_argument("--commit", default="unknown", help="of the library")
    asked = parser.parse_args()
    unknown = set(asked.only.split(",")) - set(names)
    if unknown:
        parser.error(f"--only: {', '.join(sorted(unknown))} is not one of {', '.join(names)}")
    return asked


def print_rows(rows, seconds):
    for row in rows:
        against = f"{row['peer']:28} {row['peer_us']:10.1f} us" if "peer_us" in row else row["peer"]
        print(f"  {row['pattern']:17} {row['kernel']:14} {row['ours_us']:10.1f} us  {against}")
    print(f"  {seconds:.1f} s", flush=True)


def run_case(case, library, arena, clocks):
    print(case.name, flush=True)
    begin = time.monotonic()
    run = CaseRun(case, library, arena)
    try:
        if not run.kv:
            print("  does not fit the memory", flush=True)
            return []
        run.check()
        is_long = case.phase == "prefill" and case.kv_len >= _LONG_KV
        turns = run.time(_LONG_ROUNDS if is_long else _ROUNDS, 1 if is_long else 2, clocks)
        rows = run.rows(turns, clocks)
        print_rows(rows, time.monotonic() - begin)
        return rows
    finally:
        run.free()
        del run
        gc.collect()
        torch.cuda.empty_cache()


def main():
    asked, begin = arguments(), time.monotonic()
    torch.manual_seed(int(time.time()))
    library, arena, clocks = Library(asked.library), Arena(), peers_gpu.Clocks()
    head = peers_gpu.head(asked.commit)
    head["bandwidth_bytes_per_s"] = {n: round(b) for n, b in full_bandwidth().items()}
    torch.cuda.empty_cache()
    head["fp32_errors"] = peers_reference.errors(library, arena)
    head["skipped"], head["failed"] = [], []
    rows = []
    for name in asked.only.split(","):
        if name.startswith("prefill"):
            arena.release()
            torch.cuda.empty_cache()
        for case in groups()[name]:
            if time.monotonic() - begin > asked.budget_s:
                head["skipped"].append(f"{name}: {case.name}")
                continue
            try:
                rows += run_case(case, library, arena, clocks)
            except RuntimeError as error:
                print(f"  FAILED: {error}", flush=True)
                head["failed"].append(f"{name}: {case.name}: {str(error).splitlines()[0]}")
            head["after"] = peers_gpu.state()
            peers_file.write(asked.out, head, rows)
    print(f"{len(rows)} rows, skipped {head['skipped']}, failed {head['failed']}")


if __name__ == "__main__":
    main()
