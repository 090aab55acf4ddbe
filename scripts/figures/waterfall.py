#!/usr/bin/env python3
"""Where the speed-up went: from full attention over the ideal to the measured time.

Example: scripts/figures/waterfall.py report.json --execution gather -o waterfall.pdf
"""

import argparse

from style import (COLOURS, add_choices, check_output, choose_rows, fail, load_trace, plt, quickest,
                   row_colour, row_name, save, tokens)

PARTS = [("selection_ns", "selection", "#8b5fd0"), ("launches_ns", "launches", "#98a3af"),
         ("ramp_ns", "ramp", "#9bb8d9"), ("gaps_ns", "gaps", "#e3c05a"),
         ("tail_ns", "tail", "#d5492f"), ("unselected_ns", "unselected\nblocks", "#9c6b4e"),
         ("rate_ns", "rate\nloss", "#4a86d8")]


def choose_row(rows, arguments):
    """The chosen execution and scheduler at the chosen (or the longest) context; the quickest of
    several."""
    kv_len = arguments.context or max(row["kv_len"] for row in rows)
    rows = [row for row in rows if row["kv_len"] == kv_len and row["level"] != "full"]
    if arguments.execution:
        rows = [row for row in rows if row["execution"] == arguments.execution]
    else:
        rows = [row for row in rows if row["level"] == "head"] or rows
    if arguments.scheduler:
        rows = [row for row in rows if row["scheduler"] == arguments.scheduler]
    row = quickest([row for row in rows if row["waterfall"]["known"]])
    if row is None:
        fail("no row of this context, execution and scheduler has a waterfall")
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add_choices(parser)
    parser.add_argument("--context", type=int, help="kv_len; default: the longest")
    parser.add_argument("--execution")
    parser.add_argument("--scheduler")
    arguments = parser.parse_args()
    check_output(arguments.output, [arguments.report])
    trace = load_trace(arguments.report, arguments.trace)
    rows, title = choose_rows(trace, arguments)
    row = choose_row(rows, arguments)
    fall = row["waterfall"]
    unit, size = ("ms", 1e6) if fall["full_ns"] >= 1e6 else ("us", 1e3)

    bars = [("full", 0, fall["full_ns"], COLOURS["full"]),
            ("work\nsaved", fall["ideal_ns"], fall["full_ns"] - fall["ideal_ns"], "#15805f"),
            ("ideal", 0, fall["ideal_ns"], COLOURS["ideal"])]
    level = fall["ideal_ns"]
    for key, name, colour in PARTS:
        bars.append((name, level, fall["parts"][key], colour))
        level += fall["parts"][key]
    bars.append((trace["run"]["source"], 0, fall["measured_ns"], row_colour(row)))

    figure, axes = plt.subplots(figsize=(6.4, 2.8))
    for i, (name, bottom, height, colour) in enumerate(bars):
        axes.bar(i, height / size, bottom=bottom / size, color=colour, width=0.7)
        top = max(bottom, bottom + height) / size
        axes.annotate(f"{height / size:.2f}", (i, top), textcoords="offset points", xytext=(0, 2),
                      ha="center", fontsize=6.5)
    axes.set_xticks(range(len(bars)))
    axes.set_xticklabels([bar[0] for bar in bars], fontsize=6.5)
    axes.grid(axis="x", visible=False)
    axes.set_ylabel(f"attention time, all layers ({unit})")
    axes.set_title(f"{row_name(row)}, {row['scheduler'].replace('_', ' ')}, "
                   f"{tokens(row['kv_len'])}: {title}", fontsize=8)
    save(figure, arguments.output)


if __name__ == "__main__":
    main()
