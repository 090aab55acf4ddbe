"""Colours, fonts and input shared by the figure scripts."""

import io
import json
import os
import sys

import matplotlib

import output

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

COLOURS = {
    "full": "#7b8794", "layer_uniform": "#2f74e0", "masked": "#c8452f", "gather": "#e08a1e",
    "two_pool": "#8b5fd0", "fused": "#c2a317", "balanced": "#17977a", "ideal": "#93a0ae",
}

plt.rcParams.update({
    "font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "grid.color": "#e3e7ec", "axes.axisbelow": True, "legend.frameon": False, "pdf.fonttype": 42,
    "svg.fonttype": "none",
})


def fail(message):
    """The user's error: one line, exit code 2."""
    print(message, file=sys.stderr)
    sys.exit(2)


def load_trace(report_path, label):
    """The trace of a JSON report (fluxscope report --format json) with this label; the first one
    where label is None."""
    try:
        with open(report_path, encoding="utf-8") as file:
            report = json.load(file)
    except (OSError, ValueError) as error:
        fail(f"{report_path}: cannot be read ({error}) make it with fluxscope report --format json")
    for trace in report["traces"]:
        if label is None or trace["label"] in (label, os.path.basename(label)):
            return trace
    fail(f"{report_path}: no trace {label} (it has {[t['label'] for t in report['traces']]})")


def choose_rows(trace, arguments):
    """Rows of the verdict in the chosen phase, batch and MSR; full rows belong to every MSR.
    A choice that was not made falls on the first value."""
    rows = trace["verdict"]["rows"]
    if not rows:
        fail(f"{trace['label']}: no rows of a policy over a model (the trace holds cases only)")
    phase = arguments.phase or rows[0]["phase"]
    rows = [row for row in rows if row["phase"] == phase]
    batch = arguments.batch or min((row["batch"] for row in rows), default=0)
    rows = [row for row in rows if row["batch"] == batch]
    sparse = [row["msr_ratio"] for row in rows if row["level"] != "full"]
    msr = arguments.msr if arguments.msr is not None else min(sparse, default=0)
    rows = [row for row in rows if row["level"] == "full" or row["msr_ratio"] == msr]
    if not rows:
        fail(f"{trace['label']}: no rows for this phase, batch and MSR")
    return rows, f"{phase}, batch {batch}, MSR {msr:g}"


def add_choices(parser):
    """The arguments that choose_rows and load_trace read."""
    parser.add_argument("report", help="JSON report: fluxscope report TRACE.h5 --format json")
    parser.add_argument("-o", "--output", required=True, help="PDF (or PNG, SVG) to write")
    parser.add_argument("--trace", help="label of the trace; default: the first")
    parser.add_argument("--phase", choices=["prefill", "decode"])
    parser.add_argument("--batch", type=int)
    parser.add_argument("--msr", type=float)


def tokens(count):
    return f"{count // 1024}K" if count % 1024 == 0 else str(count)


def row_name(row):
    if row["level"] == "full":
        return "full attention"
    if row["level"] == "layer":
        return "layer level"
    return "head level, " + row["execution"].replace("_", " ")


def row_colour(row):
    return COLOURS["full"] if row["level"] == "full" else COLOURS.get(row["execution"], "#93a0ae")


def quickest(rows):
    """The row with the least time, None where none has one."""
    timed = [row for row in rows if row["time_ns"] is not None]
    return min(timed, key=lambda row: row["time_ns"]) if timed else None


def check_output(path, inputs):
    """Ends the script where the output must not be written; called before the work."""
    try:
        output.check(path, inputs)
    except (output.Refused, OSError) as error:
        fail(str(error))


def save(figure, path):
    kind = os.path.splitext(path)[1][1:] or "png"
    content = io.BytesIO()
    try:
        figure.savefig(content, format=kind, bbox_inches="tight", dpi=200)
        output.write(path, content.getvalue())
    except (output.Refused, OSError, ValueError) as error:
        fail(str(error))
    print(f"wrote {path}")
