// A simulated trace against the measured one of the same experiment.

function comparisonSection() {
  if (!report.comparisons.length) return null;
  return section(
    'comparison',
    'Model against measurement',
    about(
      'Cases are joined by name; error is simulated over measured, minus one. ',
      'Held out: cases the model was not fitted on.',
    ),
    report.comparisons.map(comparisonCard),
  );
}

function comparisonCard(c, i) {
  const side = (label, device) => `${label} (${device})`;
  const title =
    `${side(c.measured_label, c.measured_device)} against ` +
    side(c.simulated_label, c.simulated_device);
  const other = "The devices differ: these are not the model's errors.";
  return card(
    title,
    c.same_device ? null : note(other, true),
    c.cases.length ? holder(`chart-comparison-${i}`, 'mid') : null,
    c.cases.length ? summaryTable(c) : null,
    c.cases.length ? folded('Cases with the largest errors', worstTable(c)) : null,
    stepErrorTable(c),
  );
}

function groupName(s) {
  if (s.group === 'all') return 'all cases';
  if (s.group === 'kv_len') return `${format.tokens(Number(s.value))} tokens`;
  return format.name(s.value);
}

function summaryTable(c) {
  const groups = ['all', 'held_out', 'phase', 'execution', 'kv_len'];
  return table(
    [
      textColumn('group', groupName),
      column('cases', (s) => s.cases),
      column('MAPE', (s) => format.percent(s.mape_ratio)),
      column('median', (s) => format.percent(s.median_ratio)),
      column('p90', (s) => format.percent(s.p90_ratio)),
      column('bias', (s) => format.signed(s.bias_ratio)),
      column('tail area, mean difference', (s) => format.points(s.tail_mean_difference)),
      column('largest', (s) => format.points(s.tail_max_difference)),
    ],
    c.summaries.filter((s) => groups.includes(s.group)),
  );
}

function worstTable(c) {
  const size = (e) => Math.abs(e.error_ratio);
  return table(
    [
      textColumn('case', (e) => e.name),
      column('measured', (e) => format.time(e.measured_ns)),
      column('simulated', (e) => format.time(e.simulated_ns)),
      column('error', (e) => format.signed(e.error_ratio)),
      column('tail', (e) => format.percent(e.tail_area_measured)),
      column('tail, simulated', (e) => format.percent(e.tail_area_simulated)),
      column('SM load correlation', (e) => format.number(e.load_correlation, 3)),
      textColumn('provenance', (e) => e.provenance),
    ],
    [...c.cases].sort((a, b) => size(b) - size(a)).slice(0, 12),
  );
}

function comparisonSeries(c, low, high) {
  const of = (execution) => c.cases.filter((e) => e.execution === execution);
  const equal = {
    name: 'equal',
    type: 'line',
    symbol: 'none',
    silent: true,
    lineStyle: {color: css('--faint'), width: 1},
    itemStyle: {color: css('--faint')},
    data: [
      [low, low],
      [high, high],
    ],
  };
  return [
    ...unique(c.cases.map((e) => e.execution)).map((execution) => ({
      name: format.name(execution),
      type: 'scatter',
      symbolSize: 7,
      itemStyle: {color: colours[execution] ?? colours.ideal, opacity: 0.8},
      data: of(execution).map((e) => ({value: [e.measured_ns, e.simulated_ns], error: e})),
    })),
    equal,
  ];
}

function errorTooltip(point) {
  const e = point.data.error;
  if (!e) return '';
  return tooltipRows(e.name, [
    ['measured', format.time(e.measured_ns)],
    ['simulated', format.time(e.simulated_ns)],
    ['error', format.signed(e.error_ratio)],
    ['provenance', e.provenance],
  ]);
}

function drawComparisons() {
  report.comparisons.forEach((c, i) => {
    if (!c.cases.length) return;
    const times = c.cases.flatMap((e) => [e.measured_ns, e.simulated_ns]);
    const [low, high] = [Math.min(...times) * 0.8, Math.max(...times) * 1.25];
    const label = {
      color: css('--soft'),
      formatter: (v) => format.axisTime(v)(v),
      hideOverlap: true,
      showMinLabel: false,
      showMaxLabel: false,
    };
    const axis = (name, nameGap) => ({
      type: 'log',
      min: low,
      max: high,
      name,
      nameLocation: 'middle',
      nameGap,
      ...axisStyle(),
      axisLabel: label,
      minorSplitLine: {show: false},
    });
    chart(`chart-comparison-${i}`, {
      grid: {left: 86, right: 24, top: 36, bottom: 48},
      legend: {...legendStyle(), top: 0, icon: 'circle'},
      tooltip: tooltip(errorTooltip),
      xAxis: axis('measured', 30),
      yAxis: axis('simulated', 58),
      series: comparisonSeries(c, low, high),
    });
  });
}
