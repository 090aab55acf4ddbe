#!/usr/bin/env python3
"""SM timeline of a case's attention launches: raw rows from the trace, numbers from the report.

Example: scripts/figures/sm_gantt.py trace.h5 report.json --case NAME -o gantt.pdf
"""

import argparse

import h5py
import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import ListedColormap

from style import check_output, fail, load_trace, plt, save


def rows_of(file, table, launch_id, names):
    """Columns `names` of the rows of one launch."""
    if table not in file or file[table]["launch_id"].shape[0] == 0:
        return {name: np.empty(0, np.int64) for name in names}
    mask = file[table]["launch_id"][:] == launch_id
    return {name: file[table][name][:][mask] for name in names}


def bars_of(file, launch_id):
    """[n] sm, begin_ns, end_ns, tile: tiles where CTAs run several, CTAs otherwise."""
    bars = rows_of(file, "work", launch_id, ["sm", "t_begin_ns", "t_end_ns", "tile"])
    if bars["sm"].size:
        return bars["sm"], bars["t_begin_ns"], bars["t_end_ns"], bars["tile"]
    bars = rows_of(file, "cta", launch_id, ["sm", "t_in_ns", "t_out_ns", "tile"])
    return bars["sm"], bars["t_in_ns"], bars["t_out_ns"], bars["tile"]


def visited_blocks(file, case_id, launch_index, tiles):
    """[n] blocks of each bar's tile; 0 where the tile table was not kept."""
    table = file["tiles"]
    mask = (table["case_id"][:] == case_id) & (table["launch_index"][:] == launch_index)
    blocks = dict(zip(table["tile"][:][mask], table["visited_blocks"][:][mask]))
    return np.array([blocks.get(tile, 0) for tile in tiles])


def choose_case(file, trace, name):
    """The named case, else the mixed one with the largest tail among those with kept CTA rows."""
    kept = set(file["launches/case_id"][:][file["launches/ctas_kept"][:] > 0])
    cases = [case for case in trace["cases"] if case["case_id"] in kept]
    if name:
        cases = [case for case in cases if case["name"] == name]
    if not cases:
        fail(f"{trace['label']}: no CTA rows kept {'of ' + name if name else 'of any case'}")
    mixed = [c for c in cases if 0 < c["full_kv_heads"] < c["batch"] * c["kv_heads"]]
    return max(mixed or cases, key=lambda c: c["metrics"]["tail_area_ratio"]["value"] or 0)


def draw(axes, file, case, launch):
    launch_id = launch["launch_id"]
    sm, begin, end, tile = bars_of(file, launch_id)
    sms = rows_of(file, "sm", launch_id, ["sm", "last_out_ns"])
    order = {s: line for line, s in enumerate(sms["sm"][np.argsort(sms["last_out_ns"])])}
    line = np.array([order[s] for s in sm])
    start = begin.min()
    left, right = (begin - start) / 1e3, (end - start) / 1e3
    blocks = visited_blocks(file, case["case_id"], launch["index"], tile)
    corners = np.stack([np.stack([left, line - 0.5], 1), np.stack([right, line - 0.5], 1),
                        np.stack([right, line + 0.5], 1), np.stack([left, line + 0.5], 1)], 1)
    shades = ListedColormap(plt.get_cmap("Blues")(np.linspace(0.25, 1, 256)))
    collection = PolyCollection(corners, array=blocks, cmap=shades, linewidths=0,
                                clim=(0, max(1, blocks.max())), rasterized=True)
    axes.add_collection(collection)
    axes.set_xlim(0, right.max())
    axes.set_ylim(len(order) - 0.5, -0.5)
    axes.grid(visible=False)
    axes.set_ylabel("SM, first idle at the top")
    tail = launch["metrics"]["tail_area_ratio"]
    label = "" if tail["value"] is None else f", tail area {100 * tail['value']:.1f} %"
    axes.set_title(f"{launch['op']}{label}", fontsize=8)
    axes.figure.colorbar(collection, ax=axes, label="KV blocks", pad=0.01)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace", help="TRACE.h5")
    parser.add_argument("report", help="JSON report of the same trace")
    parser.add_argument("--case", help="name of the case; default: the mixed one with most tail")
    parser.add_argument("-o", "--output", required=True)
    arguments = parser.parse_args()
    check_output(arguments.output, [arguments.report, arguments.trace])
    trace = load_trace(arguments.report, arguments.trace)
    with h5py.File(arguments.trace, "r") as file:
        case = choose_case(file, trace, arguments.case)
        launches = [x for x in case["launches"] if x["op"] in ("prefill", "decode")]
        figure, axes = plt.subplots(len(launches), figsize=(5.6, 2.6 * len(launches)),
                                    squeeze=False, constrained_layout=True)
        for row, launch in zip(axes[:, 0], launches):
            draw(row, file, case, launch)
        axes[-1, 0].set_xlabel("time since the launch's first CTA (us)")
        figure.suptitle(case["name"], fontsize=8)
        save(figure, arguments.output)


if __name__ == "__main__":
    main()
