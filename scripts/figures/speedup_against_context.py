#!/usr/bin/env python3
"""Speed-up of attention against context: every execution under its best scheduler.

Example: fluxscope report trace.h5 --format json -o report.json
         scripts/figures/speedup_against_context.py report.json -o speedup.pdf
"""

import argparse

from style import (COLOURS, add_choices, check_output, choose_rows, load_trace, plt, quickest,
                   row_colour, row_name, save, tokens)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add_choices(parser)
    arguments = parser.parse_args()
    check_output(arguments.output, [arguments.report])
    trace = load_trace(arguments.report, arguments.trace)
    rows, title = choose_rows(trace, arguments)

    contexts = sorted({row["kv_len"] for row in rows})
    sparse = [row for row in rows if row["level"] != "full"]
    figure, axes = plt.subplots(figsize=(5.6, 2.8))
    names = []
    for row in sparse:
        if row_name(row) not in names:
            names.append(row_name(row))
    for name in names:
        points = []
        for kv_len in contexts:
            run = quickest([r for r in sparse if row_name(r) == name and r["kv_len"] == kv_len])
            if run is not None and run["speedup_best_full"] is not None:
                points.append((kv_len, run["speedup_best_full"], row_colour(run)))
        if points:
            axes.plot([p[0] for p in points], [p[1] for p in points], "o-", ms=3, lw=1.4,
                      color=points[0][2], label=name)
    ideal = [(r["kv_len"], r["ideal_speedup"]) for r in sparse if row_name(r) == names[0]]
    axes.plot(*zip(*sorted(set(ideal))), ":", color=COLOURS["ideal"], label="ideal (work saved)")
    axes.axhline(1, color="#93a0ae", lw=0.8)
    axes.set_xscale("log", base=2)
    axes.set_xticks(contexts)
    axes.set_xticklabels([tokens(kv_len) for kv_len in contexts])
    axes.set_ylim(bottom=0)
    axes.set_xlabel("context, tokens")
    axes.set_ylabel("speed-up over full attention")
    axes.set_title(f"{trace['device']['name']}, {trace['run']['source']}: {title}", fontsize=8)
    axes.legend(fontsize=6.5, bbox_to_anchor=(1.01, 1), loc="upper left")
    save(figure, arguments.output)


if __name__ == "__main__":
    main()
