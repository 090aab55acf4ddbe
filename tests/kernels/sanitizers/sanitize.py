"""Runs compute-sanitizer over the tests of every kernel and prints a table of what it found: memcheck,
synccheck and initcheck over all of them, racecheck over a few.
Usage: sanitize.py BUILD [--tool TOOL] [--kernel KERNEL] [--jobs N] [--budget-s S] [--logs FOLDER]
BUILD is a build folder with the kernel tests; --tool and --kernel may be given more than once.
A run that found something, failed or took longer than its budget makes the exit code 1."""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

TOOLS = ("memcheck", "racecheck", "synccheck", "initcheck")

_PREFILL = (
    "Kernels/PrefillShapes.*/{0}_hd64_q129_kv129:Kernels/PrefillShapes.*/{0}_hd128_q113_kv203:"
    "Kernels/Prefill.ReadsPages*/{0}:Kernels/Prefill.ReadsListed*/{0}:"
    "Kernels/Prefill.ScoresFar*/{0}:Kernels/PrefillSchedule.Rep*/{0}:"
    "Kernels/PrefillPlan.BlockLists*/{0}_balanced:Kernels/PrefillProbe.*/{0}"
)
_SCORE = "Kernels/XattnScore.Reads*/{0}:Kernels/XattnScoreWalks.AQueueGives*/{0}"

# kernel: (test program, its tests, those for racecheck, which slows a kernel down a thousandfold).
SUBJECTS = {
    "prefill_mma": ("prefill", "*/prefill_mma*", _PREFILL.format("prefill_mma")),
    "prefill_wgmma": (
        "prefill",
        "*/prefill_wgmma*:PrefillWgmma.*",
        _PREFILL.format("prefill_wgmma"),
    ),
    "decode_split": (
        "decode",
        "DecodeSplit*:DecodePlan*:*/Decode*",
        "DecodeSplit.Reads*:DecodeSplit.AnEarly*:DecodeSplitSchedule.Rep*:"
        "DecodeSplitSchedule.TheProbe*:LengthsAndGroups/DecodeSplitShapes.*/7",
    ),
    "combine": ("decode", "Combine.*", "Combine.*"),
    "gather_kv": ("decode", "GatherKv.*", "GatherKv.*"),
    "router": ("decode", "Router.*", "Router.The*"),
    "rms_norm": ("dense", "RmsNorm.*", "RmsNorm.Listed*:RmsNorm.May*:RmsNorm.AnEarly*"),
    "rope_append": (
        "dense",
        "RopeAppend.*",
        "RopeAppend.Token*:RopeAppend.ATokenW*:RopeAppend.AnEarly*",
    ),
    "silu_mul": ("dense", "SiluMul.*", "SiluMul.Far*:SiluMul.AnEarly*"),
    "embedding": ("dense", "Embedding.*", "Embedding.AToken*"),
    "greedy_token": ("dense", "*/GreedyToken.*", "*/GreedyToken.OfEqual*:*/GreedyToken.ANan*"),
    "xattn_score": ("selection", "*/mma*", _SCORE.format("mma")),
    "xattn_score_wgmma": ("selection", "*/wgmma*", _SCORE.format("wgmma")),
    "xattn_select": (
        "selection",
        "XattnSelect.*",
        "XattnSelect.Ties*:XattnSelect.Lists*:XattnSelect.TheProbe*",
    ),
    "plan_gpu": (
        "flux",
        "PlanGpu.*",
        "PlanGpu.Rows*:PlanGpu.AGate*:PlanGpu.Wrong*:PlanGpu.RoomToSpare*:PlanGpu.TheProbe*",
    ),
    "flux_layer": (
        "flux",
        "*FluxLayer*:RouterFromAFile.*",
        "Kernels/FluxLayer.Acts*:Kernels/FluxLayer.AStreaming*",
    ),
}

_PASSED = re.compile(r"\[  PASSED  \] (\d+) test")
# memcheck, synccheck and initcheck count errors, racecheck the hazards that --print-limit let it show.
_FOUND = re.compile(r"(?:ERROR SUMMARY: (\d+) error|RACECHECK SUMMARY: (\d+) hazard)")


@dataclasses.dataclass(frozen=True)
class Result:
    kernel: str
    tool: str
    passed: int  # tests
    found: int | None  # errors or hazards; None: the run did not end
    seconds: float
    failed: bool  # a test failed or the program broke off

    @property
    def clean(self):
        return self.found == 0 and self.passed > 0 and not self.failed


def parse(text):
    """(tests that passed, errors or hazards or None) of one run's output."""
    passed = _PASSED.search(text)
    found = _FOUND.search(text)
    return int(passed[1]) if passed else 0, int(found[1] or found[2]) if found else None


def run(build, kernel, tool, budget_s, logs):
    name, tests, few = SUBJECTS[kernel]
    program = build / "tests" / "kernels" / f"kernels_{name}_test"
    command = ["compute-sanitizer", "--tool", tool, "--print-limit", "20", str(program),
               f"--gtest_filter={few if tool == 'racecheck' else tests}"]
    begin = time.monotonic()
    # A session of its own: the tool's child must end with it.
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          start_new_session=True) as process:
        try:
            text = process.communicate(timeout=budget_s)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            text = process.communicate()[0]
    if logs is not None:
        (logs / f"{kernel}-{tool}.txt").write_text(text)
    seconds = time.monotonic() - begin
    return Result(kernel, tool, *parse(text), seconds, process.returncode != 0)


def cell(result):
    if result is None:
        return "-"
    if result.found is None:
        return f"did not end in {result.seconds:.0f} s"
    what = "hazards" if result.tool == "racecheck" else "errors"
    failed = " (FAILED)" if result.failed else ""
    return f"{result.found} {what}, {result.passed} tests{failed}, {result.seconds:.0f} s"


def table(results):
    by_place = {(result.kernel, result.tool): result for result in results}
    tools = [tool for tool in TOOLS if any(result.tool == tool for result in results)]
    lines = ["| kernel | " + " | ".join(tools) + " |", "| --- |" + " --- |" * len(tools)]
    for kernel in SUBJECTS:
        if any(result.kernel == kernel for result in results):
            cells = (cell(by_place.get((kernel, tool))) for tool in tools)
            lines.append(f"| {kernel} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(arguments):
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--tool", action="append", choices=TOOLS)
    parser.add_argument("--kernel", action="append", choices=SUBJECTS)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--budget-s", type=float, default=300)
    parser.add_argument("--logs", type=pathlib.Path)
    asked = parser.parse_args(arguments)
    if asked.logs is not None:
        asked.logs.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        runs = [pool.submit(run, asked.build, kernel, tool, asked.budget_s, asked.logs)
                for tool in asked.tool or TOOLS for kernel in asked.kernel or SUBJECTS]
        results = [future.result() for future in runs]
    print(table(results))
    return 0 if all(result.clean for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
