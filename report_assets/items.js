// Durations of the items of one case.

const rowColourOfCase = (c) =>
  c.full_kv_heads === c.batch * c.kv_heads ? colours.full : (colours[c.execution] ?? colours.ideal);

function drawDurations(timeline, c) {
  const quantiles = timeline.item_quantiles_ns;
  if (!quantiles.length) return;
  chart('chart-ecdf', {
    grid: {left: 52, right: 20, top: 14, bottom: 44},
    tooltip: tooltip(
      (p) => tooltipRows(`${p[0].value[1]} % of items`, [['within', format.time(p[0].value[0])]]),
      'axis',
    ),
    xAxis: timeValueAxis(quantiles[100], {name: 'duration'}),
    yAxis: valueAxis({max: 100, axisLabel: {color: css('--soft'), formatter: '{value} %'}}),
    series: [
      {
        type: 'line',
        step: 'end',
        symbol: 'none',
        data: quantiles.map((ns, i) => [ns, i]),
        lineStyle: {color: rowColourOfCase(c), width: 2},
      },
    ],
  });
}

/** Columns of a case's tile_times. */
const groupField = {blocks: 0, count: 1, mean: 2, min: 3, p99: 4, max: 5};

function drawDurationAgainstWork(c) {
  const groups = c.tile_times;
  if (!groups) return;
  const series = [
    ['minimum', groupField.min, 4, 0.6, '#9bb8d9'],
    ['99th percentile', groupField.p99, 4, 0.8, '#d5492f'],
    ['mean', groupField.mean, 6, 1, rowColourOfCase(c)],
  ];
  chart('chart-work', {
    grid: {left: 70, right: 20, top: 34, bottom: 44},
    legend: {...legendStyle(), top: 0, icon: 'circle'},
    tooltip: tooltip((p) =>
      tooltipRows(`${p.value[0]} KV blocks`, [
        [p.seriesName, format.time(p.value[1])],
        ['items', format.count(p.value[2])],
      ]),
    ),
    xAxis: valueAxis({name: 'KV blocks visited'}),
    yAxis: timeValueAxis(Math.max(...groups.map((g) => g[groupField.p99]))),
    series: series.map(([name, field, symbolSize, opacity, color]) => ({
      name,
      type: 'scatter',
      symbolSize,
      itemStyle: {color, opacity},
      data: groups.map((g) => [g[groupField.blocks], g[field], g[groupField.count]]),
    })),
  });
}
