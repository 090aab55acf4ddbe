// Time budget of each run, and the waterfall of the chosen one.

/** Index of the chosen row, else of the quickest head-level run in view. */
function chosenRowIndex() {
  if (state.row !== null) return state.row;
  const runs = runsAt(trace(), state.kv);
  const row =
    quickest(runs.filter((r) => r.level === 'head')) ??
    quickest(runs.filter((r) => r.level !== 'full')) ??
    runs[0];
  return rowsOf(trace()).indexOf(row);
}

/** The runs of the budget chart: full, layer, then head level, quickest first. */
function budgetRuns() {
  const runs = runsAt(trace(), state.kv);
  const order = ['full', 'layer', 'head'];
  return runs.sort(
    (a, b) => order.indexOf(a.level) - order.indexOf(b.level) || a.time_ns - b.time_ns,
  );
}

function budgetSection() {
  const chosen = rowsOf(trace())[chosenRowIndex()];
  const runs = budgetRuns().filter((r) => r.budget.known);
  const missing = budgetRuns().filter((r) => !r.budget.known);
  const height = `height:${90 + 44 * Math.max(1, runs.length)}px`;
  return section(
    'budget',
    'Where the time goes',
    card(
      'Time budget of each run',
      about(
        'Clean time of all layers. SM idle time counts as the share of SMs that idle; ',
        '"SMs busy" is all time with a CTA on the SM. A tail is idle area, not yet a loss: point ',
        'at it for what balance would save.',
      ),
      runs.length ? holder('chart-budget', '', height) : empty('No probed launches in view.'),
      missing.length
        ? note(`Not split: ${missing.map(rowName).join(', ')} (${missing[0].budget.reason}).`)
        : null,
    ),
    chosen && chosen.level !== 'full' ? waterfallCard(chosen) : null,
  );
}

/** [unit, nanoseconds per unit] for times up to `most`. */
const timeUnit = (most) => (most >= 1e6 ? ['ms', 1e6] : ['µs', 1e3]);

function budgetSeries(runs, size) {
  return budgetParts.map(([key, name, colour]) => ({
    name,
    type: 'bar',
    stack: 'time',
    barWidth: 20,
    itemStyle: {color: colour},
    emphasis: {focus: 'series'},
    data: runs.map((row) => ({value: row.budget[key] / size, row, part: row.budget[key]})),
  }));
}

function budgetTooltip(point) {
  const {row, part} = point.data;
  return tooltipRows(rowName(row), [
    [point.seriesName, `${format.time(part)} (${format.percent(part / row.time_ns)})`],
    ['time', format.time(row.time_ns)],
    ['from–to', timeRange(row.time_low_ns, row.time_high_ns) || '–'],
    ['source', sourceCell(row)],
    resolved(row) && ['balance would save', format.time(savingTime(row))],
    ['scheduler', format.name(row.scheduler)],
  ]);
}

function drawBudget() {
  const runs = budgetRuns()
    .filter((r) => r.budget.known)
    .reverse();
  if (!runs.length) return;
  const [unit, size] = timeUnit(Math.max(...runs.map((r) => r.time_ns)));
  chart('chart-budget', {
    grid: {left: 230, right: 84, top: 40, bottom: 40},
    legend: {...legendStyle(), top: 2, data: budgetParts.map((p) => p[1])},
    tooltip: tooltip(budgetTooltip),
    xAxis: {type: 'value', name: unit, ...axisStyle()},
    yAxis: [
      {
        type: 'category',
        data: runs.map(rowName),
        ...axisStyle(),
        splitLine: {show: false},
        axisLabel: {color: css('--ink'), width: 216, overflow: 'truncate'},
      },
      // The totals, clear of bars and intervals.
      {
        type: 'category',
        position: 'right',
        data: runs.map((r) => format.time(r.time_ns)),
        ...axisStyle(),
        splitLine: {show: false},
        axisLine: {show: false},
      },
    ],
    series: [
      ...budgetSeries(runs, size),
      errorBars(
        'interval',
        runs.map((r, i) => [i, r.time_low_ns / size, r.time_high_ns / size]),
        0,
        css('--ink'),
      ),
    ],
  });
}
