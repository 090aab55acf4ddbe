// From full attention over the ideal to the measured time of the chosen run.

function waterfallCard(row) {
  const w = row.waterfall;
  return card(
    'Where the speed-up went',
    about(
      `From full attention to ${rowName(row)}, ${format.name(row.scheduler)}: the ideal is the `,
      'full time under the same scheduler times the work that is left ',
      `(${format.percent(w.work_ratio)}). The parts sum to the gap exactly.`,
    ),
    w.known ? holder('chart-waterfall', 'mid') : empty(`Not split: ${w.reason}.`),
    w.note ? note(`Note: ${w.note}.`) : null,
    note(savingSentence(row)),
  );
}

/** Bars {name, from, to, colour, change, isPart} in nanoseconds. */
function waterfallBars(row) {
  const w = row.waterfall;
  const bar = (name, from, to, colour, change, isPart = false) => ({
    name,
    from,
    to,
    colour,
    change,
    isPart,
  });
  const bars = [
    bar('full', 0, w.full_ns, colours.full, w.full_ns),
    bar('work saved', w.ideal_ns, w.full_ns, css('--good'), w.ideal_ns - w.full_ns),
    bar('ideal', 0, w.ideal_ns, colours.ideal, w.ideal_ns),
  ];
  let at = w.ideal_ns;
  for (const [key, name, colour] of waterfallParts) {
    bars.push(bar(name, at, at + w.parts[key], colour, w.parts[key], true));
    at += w.parts[key];
  }
  const end = row.level === 'head' ? format.name(row.execution) : 'layer level';
  bars.push(bar(end, 0, w.measured_ns, rowColour(row), w.measured_ns));
  return bars;
}

const changeText = (b) =>
  (b.isPart && b.change > 0 ? '+' : '') + format.time(b.change).replace('-', '−');

/** An invisible bar up to the lower end, and the bar itself on top of it. */
function waterfallSeries(bars, size) {
  const label = {
    show: true,
    position: 'top',
    color: css('--soft'),
    fontSize: 11,
    formatter: (p) => changeText(bars[p.dataIndex]),
  };
  return [
    {
      type: 'bar',
      stack: 'waterfall',
      silent: true,
      barCategoryGap: '28%',
      itemStyle: {color: 'transparent'},
      data: bars.map((b) => Math.min(b.from, b.to) / size),
    },
    {
      type: 'bar',
      stack: 'waterfall',
      label,
      data: bars.map((b, i) => ({
        value: Math.abs(b.to - b.from) / size,
        // The last bar has an interval above it.
        label: i === bars.length - 1 ? {position: 'insideBottom', color: '#fff'} : undefined,
        itemStyle: {color: b.colour, opacity: b.isPart && b.change < 0 ? 0.45 : 1},
      })),
    },
  ];
}

/** The interval of the measured time, on the last bar. */
const waterfallInterval = (row, bars, size) =>
  errorBars(
    'interval',
    [[bars.length - 1, row.time_low_ns / size, row.time_high_ns / size]],
    1,
    css('--ink'),
  );

function drawWaterfall() {
  const row = rowsOf(trace())[chosenRowIndex()];
  if (!row || row.level === 'full' || !row.waterfall.known) return;
  const bars = waterfallBars(row);
  const full = row.waterfall.full_ns;
  const [unit, size] = timeUnit(full);
  chart('chart-waterfall', {
    grid: {left: 62, right: 16, top: 26, bottom: 46},
    tooltip: tooltip((p) =>
      tooltipRows(bars[p.dataIndex].name, [
        ['time', changeText(bars[p.dataIndex])],
        ['of full time', format.percent(Math.abs(bars[p.dataIndex].change) / full)],
        bars[p.dataIndex].name === 'tail' &&
          resolved(row) && ['balance would save', format.time(savingTime(row))],
      ]),
    ),
    xAxis: {
      type: 'category',
      data: bars.map((b) => b.name),
      ...axisStyle(),
      axisLabel: {
        color: css('--soft'),
        interval: 0,
        fontSize: 11.5,
        lineHeight: 14,
        formatter: (name) => name.replace(' ', '\n'),
      },
    },
    yAxis: {type: 'value', name: unit, ...axisStyle()},
    series: [...waterfallSeries(bars, size), waterfallInterval(row, bars, size)],
  });
}
