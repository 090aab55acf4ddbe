// Intervals: as text beside a value, and as error bars in a chart.

/** "1.91–1.97×"; empty where there is none, or where both ends are one number. */
function speedupRange(low, high, digits = 2) {
  if (!known(low) || !known(high) || high - low <= 1e-6 * high) return '';
  return `${low.toFixed(digits)}–${high.toFixed(digits)}×`;
}

/** "12.1–12.8 µs", in the unit of the higher end; empty where there is none. */
function timeRange(low, high) {
  if (!known(low) || !known(high)) return '';
  const [unit, size] = high >= 1e9 ? ['s', 1e9] : timeUnit(high);
  const digits = (ns) => Number((ns / size).toPrecision(4));
  return `${digits(low)}–${digits(high)} ${unit}`;
}

/** A value with its interval in small print below it. */
const withRange = (value, range) =>
  el('span', {class: 'ranged'}, value, range ? el('span', {class: 'range'}, range) : null);
const timeCell = (row) => withRange(format.time(row.time_ns), timeRange(row.time_low_ns, row.time_high_ns));
const sourceCell = (row) => row.provenance || 'not stated';

const kindOfInterval = () =>
  trace().run.source === 'measured'
    ? 'Intervals go from the shortest to the longest sample of one run, over the places on the chip ' +
      'that its CTAs began at (files before schema 1.4: quartiles).'
    : "Intervals of times are the model's 90 %. Two times of one model share its error, so the " +
      'interval of a speed-up holds only what does not cancel; what the model gets wrong from ' +
      'case to case is not in it.';

/** A line with caps between two points of the chart, along the axis `along` (0: x, 1: y). */
function capped(from, to, along, color) {
  const cap = 4;
  const lines = [[from, to]];
  for (const [x, y] of [from, to]) {
    lines.push(
      along === 1
        ? [
            [x - cap, y],
            [x + cap, y],
          ]
        : [
            [x, y - cap],
            [x, y + cap],
          ],
    );
  }
  return {
    type: 'group',
    children: lines.map(([a, b]) => ({
      type: 'line',
      shape: {x1: a[0], y1: a[1], x2: b[0], y2: b[1]},
      style: {stroke: color, lineWidth: 1.4},
    })),
  };
}

/** Error bars; `bars`: [place on the category axis, low, high]; along 0 or 1 is the value axis. */
function errorBars(name, bars, along, color) {
  const at = (api, i) =>
    along === 1
      ? api.coord([api.value(0), api.value(i)])
      : api.coord([api.value(i), api.value(0)]);
  return {
    name,
    type: 'custom',
    silent: true,
    clip: true,
    z: 5,
    itemStyle: {color},
    encode: along === 1 ? {x: 0, y: [1, 2]} : {x: [1, 2], y: 0},
    data: bars.filter(([, low, high]) => known(low) && known(high) && high > low),
    renderItem: (_, api) => capped(at(api, 1), at(api, 2), along, color),
  };
}
