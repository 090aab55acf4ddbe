'use strict';
// A replay: what policies gain over a mix of tasks, and from which context on they pay.

const partColours = {
  ideal: '#4a86d8',
  rate: '#9bb8d9',
  tail: '#d5492f',
  splits: '#e3c05a',
  selection: '#8b5fd0',
  launches: '#98a3af',
  not_attention: '#7b8794',
};
const runName = (r) =>
  [r.policy, r.execution, r.scheduler, r.mode].filter(Boolean).map(format.name).join(' / ');
const timeCell = (t) =>
  format.time(t.time_ns) +
  (known(t.low_ns) && known(t.high_ns)
    ? ` (${format.time(t.low_ns)} to ${format.time(t.high_ns)})`
    : '');
const speedupCell = (s) =>
  format.speedup(s.value) +
  (known(s.low) && known(s.high)
    ? ` (${format.speedup(s.low)} to ${format.speedup(s.high)})`
    : '');
const fits = (n) => (n < 0 ? '–' : format.count(n));
const scope = () => (report.attention_alone ? 'attention of ' : '');
const mixRows = () => report.rows.filter((r) => r.task === '');

function headSection() {
  return section(
    'replay',
    `${report.name}: ${report.model} on ${report.gpu}`,
    about(`Batch ${report.batch}. Predictions: ${report.profile}.`),
    report.attention_alone
      ? note(
          `Attention alone is predicted, its share of a step is not known: ${report.attention_alone}`,
          true,
        )
      : null,
    report.not_charged.map((what) => note(`Not charged: ${what}.`, false)),
    report.notes.map((what) => note(what, false)),
  );
}

function breakEvenSection() {
  if (report.break_evens.length === 0) return null;
  return section(
    'break-even',
    'From which context it pays',
    about(
      'Speed-up over the quickest full attention. Each policy by its quickest run; dashed: decode. ',
      'The last columns are what the time at the longest context is made of.',
    ),
    card(null, holder('chart-context')),
    card(
      null,
      table(
        [
          textColumn('phase', (b) => b.phase),
          textColumn('run', runName),
          column('MSR', (b) => b.msr_ratio.toFixed(2)),
          textColumn('pays', (b) => b.pays),
          column('at the longest', (b) => speedupCell(b.points.at(-1).speedup)),
          ...Object.keys(partColours).map((part) =>
            column(format.name(part), (b) => format.time(b.longest_ns[part])),
          ),
        ],
        report.break_evens,
      ),
    ),
  );
}

const rowColumns = () => [
  textColumn('run', runName),
  column('MSR', (r) => r.msr_ratio.toFixed(2)),
  column(`${scope()}first token`, (r) => timeCell(r.first_token)),
  column(`${scope()}each token`, (r) => timeCell(r.per_token)),
  column(`${scope()}request`, (r) => timeCell(r.latency)),
  column('speed-up', (r) => speedupCell(r.latency_speedup)),
  column("attention's share", (r) => format.percent(r.attention_ratio)),
  column('KV of a request', (r) => format.bytes(r.kv_bytes)),
  column('requests fit', (r) => fits(r.requests_fit)),
  textColumn('source', (r) => r.provenance),
];

function mixSection() {
  return section(
    'mix',
    'The mix',
    about('Weighted means over the requests of all tasks. Bars: what the time of a request is of.'),
    card(null, holder('chart-parts', '', `height:${90 + 26 * mixRows().length}px`)),
    card(null, table(rowColumns(), mixRows())),
  );
}

function tasksSection() {
  const tasks = report.rows.filter((r) => r.task !== '');
  const columns = [
    textColumn('task', (r) => r.task),
    column('weight', (r) => format.percent(r.weight)),
    column('prompt', (r) => format.count(Math.round(r.prompt_tokens))),
    column('output', (r) => format.count(Math.round(r.output_tokens))),
    ...rowColumns(),
  ];
  return section('tasks', 'By task', card(null, table(columns, tasks)));
}

function drawParts() {
  const rows = mixRows();
  const sum = (r, part) => (r.prefill_ns[part] ?? 0) + (r.decode_ns[part] ?? 0);
  const most = Math.max(...rows.map((r) => r.latency.time_ns ?? 0));
  chart('chart-parts', {
    grid: {left: 8, right: 24, top: 36, bottom: 8, containLabel: true},
    legend: {...legendStyle(), top: 0},
    tooltip: tooltip((p) => tooltipRows(rows[p.dataIndex] && runName(rows[p.dataIndex]), [
      [format.name(p.seriesName), format.time(p.value)],
    ])),
    xAxis: timeValueAxis(most),
    yAxis: {type: 'category', inverse: true, data: rows.map(runName), ...axisStyle()},
    series: Object.entries(partColours).map(([part, colour]) => ({
      name: part,
      type: 'bar',
      stack: 'time',
      itemStyle: {color: colour},
      data: rows.map((r) => sum(r, part)),
    })),
  });
}

function drawContexts() {
  const contexts = [
    ...new Set(report.break_evens.flatMap((b) => b.points.map((p) => format.tokens(p.kv_len)))),
  ];
  chart('chart-context', {
    grid: {left: 8, right: 24, top: 60, bottom: 24, containLabel: true},
    legend: {...legendStyle(), type: 'scroll', top: 0},
    tooltip: tooltip((p) =>
      tooltipRows(p.seriesName, [
        ['context', p.value[0]],
        ['speed-up', speedupCell(p.data.point.speedup)],
      ]),
    ),
    xAxis: {type: 'category', data: contexts, ...axisStyle()},
    yAxis: valueAxis({type: 'log', logBase: 2}),
    series: report.break_evens.map((b) => ({
      name: `${b.phase}: ${runName(b)}`,
      type: 'line',
      lineStyle: {type: b.phase === 'prefill' ? 'solid' : 'dashed'},
      data: b.points.map((point) => ({
        value: [format.tokens(point.kv_len), point.speedup.value],
        point,
      })),
    })),
  });
}

document.documentElement.dataset.theme = window.matchMedia('(prefers-color-scheme: dark)').matches
  ? 'dark'
  : 'light';
try {
  document
    .getElementById('app')
    .replaceChildren(
      el(
        'main',
        {},
        headSection(),
        breakEvenSection() ?? '',
        mixSection(),
        tasksSection(),
      ),
      el('footer', {}, `fluxscope ${report.version} · ${report.created} · this page fetches nothing`),
    );
  drawParts();
  drawContexts();
  document.body.dataset.selfcheck = JSON.stringify({charts: charts.size});
} catch (error) {
  document.body.dataset.failure = String(error.stack ?? error);
  document.getElementById('app').textContent = `This report cannot be drawn: ${error}`;
}
