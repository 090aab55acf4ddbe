// SM timeline and active SMs of one launch.

const barField = {
  line: 0,
  lane: 1,
  begin: 2,
  end: 3,
  cta: 4,
  head: 5,
  seq: 6,
  q: 7,
  split: 8,
  blocks: 9,
};
const workRamp = ['#d6e6fb', '#a9cbf5', '#74a9ea', '#4a86d8', '#2b62b3', '#173f7d'];

function ganttBar(timeline, most) {
  const sub = 0.86 / timeline.lanes;
  return (params, api) => {
    const [x0, y] = api.coord([api.value(barField.begin), api.value(barField.line)]);
    const [x1] = api.coord([api.value(barField.end), api.value(barField.line)]);
    const height = api.size([0, 1])[1];
    const top = y - 0.43 * height + api.value(barField.lane) * sub * height;
    const shape = echarts.graphic.clipRectByRect(
      {x: x0, y: top, width: Math.max(0.6, x1 - x0), height: Math.max(0.8, sub * height)},
      {
        x: params.coordSys.x,
        y: params.coordSys.y,
        width: params.coordSys.width,
        height: params.coordSys.height,
      },
    );
    const blocks = api.value(barField.blocks);
    const step =
      blocks < 0
        ? 3
        : Math.min(workRamp.length - 1, Math.floor((workRamp.length * blocks) / (most + 1)));
    return (
      shape && {
        type: 'rect',
        shape,
        style: {fill: workRamp[step], stroke: css('--card'), lineWidth: x1 - x0 > 4 ? 0.5 : 0},
      }
    );
  };
}

function ganttTooltip(t, timeline) {
  return (p) => {
    const b = p.value;
    const c = caseOf(t, timeline.case_id);
    const field = (x) => (x < 0 ? '–' : x);
    return tooltipRows(`SM ${timeline.line_sm[b[barField.line]]}, CTA ${field(b[barField.cta])}`, [
      [c.phase === 'decode' ? 'KV head' : 'head', field(b[barField.head])],
      c.batch > 1 && ['request', field(b[barField.seq])],
      c.phase === 'decode'
        ? ['split', field(b[barField.split])]
        : ['query block', field(b[barField.q])],
      ['KV blocks', field(b[barField.blocks])],
      ['from', format.time(b[barField.begin])],
      ['to', format.time(b[barField.end])],
      ['lasts', format.time(b[barField.end] - b[barField.begin])],
    ]);
  };
}

/** The simulated timeline of the same launch of the same case, if it is in the report. */
function twinTimeline(timeline) {
  const twin = simulatedTwin();
  if (!twin) return null;
  const t = trace();
  const name = caseOf(t, timeline.case_id).name;
  const same = (x, list, cases) =>
    list.filter((o) => cases[o.case_id].name === name && o.op === x.op);
  const rank = same(timeline, t.timelines, t.cases).indexOf(timeline);
  return same(timeline, twin.timelines, twin.cases)[rank] ?? null;
}

const drawnWindow = (timeline) =>
  Math.max(timeline.window_ns, twinTimeline(timeline)?.window_ns ?? 0);

/** Time axis of the Gantt and of the staircase below it. */
const timeAxis = (timeline, name) => ({
  // As long as the longer of the measured and the simulated launch.
  type: 'value',
  min: 0,
  max: drawnWindow(timeline),
  name,
  nameLocation: 'middle',
  nameGap: 26,
  ...axisStyle(),
  axisLabel: {
    color: css('--soft'),
    formatter: format.axisTime(drawnWindow(timeline)),
    showMaxLabel: false,
  },
  splitLine: {show: false},
});

/** Every 22nd part of the SM lines has a label. */
const smAxis = (timeline) => ({
  type: 'category',
  inverse: true,
  data: timeline.line_sm.map((sm) => `SM ${sm}`),
  ...axisStyle(),
  splitLine: {show: false},
  axisLabel: {
    color: css('--soft'),
    interval: Math.max(0, Math.ceil(timeline.line_sm.length / 22) - 1),
  },
});

function drawGantt(t, timeline) {
  const most = Math.max(1, ...timeline.bars.map((b) => b[barField.blocks]));
  const slider = {type: 'slider', height: 16, bottom: 8, showDetail: false};
  return chart('chart-gantt', {
    grid: {left: 58, right: 20, top: 10, bottom: 64},
    tooltip: tooltip(ganttTooltip(t, timeline)),
    dataZoom: [
      {type: 'inside', filterMode: 'weakFilter'},
      {...slider, filterMode: 'weakFilter', borderColor: css('--line')},
    ],
    xAxis: timeAxis(timeline, ''),
    yAxis: smAxis(timeline),
    series: [
      {
        type: 'custom',
        renderItem: ganttBar(timeline, most),
        dimensions: Object.keys(barField),
        encode: {x: [barField.begin, barField.end], y: barField.line},
        data: timeline.bars,
      },
    ],
  });
}

function staircaseSeries(name, timeline, color, simulated) {
  return {
    name,
    type: 'line',
    step: 'end',
    symbol: 'none',
    data: timeline.staircase,
    itemStyle: {color},
    lineStyle: {color, width: 1.5, type: simulated ? 'dashed' : 'solid'},
    areaStyle: simulated ? undefined : {color, opacity: 0.18},
  };
}

function drawStaircase(timeline) {
  const twin = twinTimeline(timeline);
  const own = staircaseSeries(trace().run.source, timeline, colours.layer_uniform, false);
  const series = twin ? [own, staircaseSeries('simulated', twin, colours.masked, true)] : [own];
  const active = (p) => [p.seriesName, `${p.value[1]} active SMs`];
  return chart('chart-staircase', {
    grid: {left: 58, right: 20, top: twin ? 26 : 10, bottom: 40},
    legend: {...legendStyle(), top: 0, show: Boolean(twin)},
    tooltip: tooltip((p) => tooltipRows(format.time(p[0].value[0]), p.map(active)), 'axis'),
    xAxis: timeAxis(timeline, 'since the first CTA'),
    yAxis: {type: 'value', max: timeline.sm_count, splitNumber: 3, ...axisStyle()},
    series,
  });
}

/** The staircase shows the stretch that the Gantt is zoomed to. */
function followZoom(gantt, stairs, timeline) {
  gantt.on('datazoom', () => {
    const zoom = gantt.getOption().dataZoom[0];
    const at = (percent) => (drawnWindow(timeline) * percent) / 100;
    stairs.setOption({xAxis: {min: at(zoom.start), max: at(zoom.end)}});
  });
}
