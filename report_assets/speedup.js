// Speed-up against context.

/** The simulated trace of the same experiment on the same number of SMs. */
function simulatedTwin() {
  const t = trace();
  if (t.run.source !== 'measured') return null;
  return report.traces.find(
    (o) =>
      o.run.source === 'simulated' &&
      o.run.experiment_name === t.run.experiment_name &&
      o.device.sm_count === t.device.sm_count,
  );
}

function speedupSection() {
  const scope = `${state.phase}, batch ${state.batch}, MSR `;
  const msr = (n) => msrOf({msr_ratio: parseFloat(n.slice(scope.length))});
  const notes = trace().verdict.notes.filter(
    (n) => n.startsWith(scope) && (state.msr === all || msr(n) === state.msr),
  );
  return section(
    'speedup',
    'Speed-up against context',
    about(
      'Against the quickest full attention at the same shape. ',
      'Grey dots: what the saved work alone would give. Bars: intervals. ',
      simulatedTwin() ? ' Dashed: the simulated trace of the same experiment.' : '',
    ),
    card(
      null,
      holder('chart-speedup'),
      placementNote(choices().kv.flatMap((kv) => runsAt(trace(), kv))),
    ),
    el(
      'ul',
      {class: 'plain'},
      notes.map((n) => el('li', {}, n)),
    ),
  );
}

/** Points of every run over the contexts, by name. */
function speedupRuns(t) {
  const runs = new Map();
  for (const kv of choices().kv) {
    for (const row of runsAt(t, kv)) {
      if (row.level === 'full' || !known(row.speedup_best_full)) continue;
      const name = rowName(row);
      if (!runs.has(name)) runs.set(name, {row, points: []});
      runs.get(name).points.push({value: [format.tokens(kv), row.speedup_best_full], row});
    }
  }
  return runs;
}

function speedupSeries(t, dashed) {
  return [...speedupRuns(t)].map(([name, run]) => ({
    name,
    type: 'line',
    data: run.points,
    symbol: dashed ? 'emptyCircle' : 'circle',
    symbolSize: dashed ? 5 : 7,
    lineStyle: dashed ? {width: 1.5, type: 'dashed', opacity: 0.7} : {width: 2.5},
    itemStyle: {color: rowColour(run.row)},
    z: run.row.level === 'layer' ? 4 : 3,
  }));
}

function speedupErrorBars(t) {
  return [...speedupRuns(t)].map(([name, run]) =>
    errorBars(
      name,
      run.points.map((p) => [p.value[0], p.row.speedup_low, p.row.speedup_high]),
      1,
      rowColour(run.row),
    ),
  );
}

function idealSeries(contexts) {
  const sparse = (kv, level) =>
    quickest(rowsOf(trace()).filter((r) => inView(r) && r.kv_len === kv && r.level === level));
  return {
    name: 'ideal',
    type: 'line',
    symbol: 'none',
    itemStyle: {color: colours.ideal},
    lineStyle: {type: [2, 4], width: 2},
    data: contexts.map((kv) => {
      const row = sparse(kv, 'layer') ?? sparse(kv, 'head');
      return {value: [format.tokens(kv), row ? row.ideal_speedup : null], row};
    }),
    markLine: {
      silent: true,
      symbol: 'none',
      label: {show: false},
      lineStyle: {color: css('--faint'), type: 'solid', width: 1},
      data: [{yAxis: 1}],
    },
  };
}

function speedupTooltip(point) {
  const row = point.data.row;
  if (!row) return '';
  const rows = [
    ['context', format.tokens(row.kv_len)],
    ['speed-up', format.speedup(point.data.value[1])],
  ];
  if (point.seriesName !== 'ideal') {
    rows.push(
      ['from–to', speedupRange(row.speedup_low, row.speedup_high) || '–'],
      ['time', format.time(row.time_ns)],
      ['from–to', timeRange(row.time_low_ns, row.time_high_ns) || '–'],
      ['source', sourceCell(row)],
      ['scheduler', format.name(row.scheduler)],
      ['tail area', format.percent(row.tail_area_ratio)],
      resolved(row) && ['balance would save', format.percent(row.balance_saving_ratio)],
    );
  }
  return tooltipRows(point.seriesName, rows);
}

function drawSpeedup() {
  const contexts = choices().kv;
  const twin = simulatedTwin();
  const series = [
    idealSeries(contexts),
    ...speedupSeries(trace(), false),
    ...speedupErrorBars(trace()),
    ...(twin ? speedupSeries(twin, true) : []),
  ];
  const names = unique(series.slice(1).map((s) => s.name));
  chart('chart-speedup', {
    grid: {left: 52, right: 20, top: 46, bottom: 44},
    legend: {...legendStyle(), top: 4, data: [...names, 'ideal']},
    tooltip: tooltip(speedupTooltip),
    xAxis: {
      type: 'category',
      data: contexts.map(format.tokens),
      name: 'context, tokens',
      nameLocation: 'middle',
      nameGap: 30,
      ...axisStyle(),
    },
    yAxis: valueAxis({min: 0, axisLabel: {formatter: '{value}×', color: css('--soft')}}),
    series,
  });
}
