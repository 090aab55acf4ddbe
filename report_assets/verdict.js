// The verdict table: every execution and scheduler at the chosen context.

const levelOrder = ['full', 'layer', 'head'];

function verdictRows() {
  return rowsOf(trace())
    .filter(atContext)
    .sort(
      (a, b) =>
        levelOrder.indexOf(a.level) - levelOrder.indexOf(b.level) ||
        a.execution.localeCompare(b.execution) ||
        schedulerOrder.indexOf(a.scheduler) - schedulerOrder.indexOf(b.scheduler),
    );
}

/** Speed-up with a bar; the mark is the ideal. `most`: the value of a full bar. */
function meter(row, most) {
  if (!known(row.speedup_best_full)) return '–';
  const width = Math.min(100, (100 * row.speedup_best_full) / most);
  const ideal = Math.min(99, (100 * row.ideal_speedup) / most);
  return el(
    'span',
    {},
    withRange(format.speedup(row.speedup_best_full), speedupRange(row.speedup_low, row.speedup_high)),
    el(
      'span',
      {class: 'meter', title: `ideal ${format.speedup(row.ideal_speedup)}`},
      el('i', {style: `width:${width}%;background:${rowColour(row)}`}),
      el('u', {style: `left:${ideal}%`}),
    ),
  );
}

function againstLayer(row) {
  const ratio = row.speedup_over_layer;
  if (!known(ratio)) return '–';
  const tones = {quicker: 'good', slower: 'bad', equal: ''};
  const range = speedupRange(row.speedup_over_layer_low, row.speedup_over_layer_high, 3);
  return el(
    'span',
    {class: tones[row.speedup_over_layer_order]},
    withRange(format.ratio(ratio), range),
  );
}

function equalKv(row) {
  if (row.level !== 'head') return '–';
  return row.equal_kv ? 'yes' : el('span', {class: 'warn', title: row.note}, 'no');
}

function verdictColumns(rows) {
  const most = Math.max(1, ...rows.map((r) => Math.max(r.ideal_speedup, r.speedup_best_full ?? 0)));
  return [
    textColumn('run', (r) => el('span', {}, dot(rowColour(r)), rowName(r))),
    textColumn('scheduler', (r) => format.name(r.scheduler) + star(r)),
    column('time', timeCell, 'attention of all layers'),
    column('KV selected', (r) => format.bytes(r.kv_bytes_selected)),
    column('speed-up', (r) => meter(r, most), 'against the quickest full run; mark: the ideal'),
    column('of ideal', (r) => format.percent(r.efficiency_ratio, 0)),
    column(
      'same order',
      (r) => format.speedup(r.speedup_same_scheduler),
      'speed-up against full attention under the same scheduler',
    ),
    column('against layer', againstLayer, 'layer-level time over this time; plain: equal'),
    column('equal KV', equalKv),
    column('tail area', (r) => format.percent(r.tail_area_ratio), 'idle area, not yet a loss'),
    column('balance would save', savingCell, 'of the time, with every SM ending together; 68 %'),
  ];
}

/** A line divides the levels. */
const dividing = (rows) => (row) => {
  const before = rows[rows.indexOf(row) - 1];
  return before && before.level !== row.level ? 'divide' : '';
};

function verdictSection() {
  const rows = verdictRows();
  const title = `Every run at ${format.tokens(state.kv ?? 0)} tokens`;
  if (rows.length === 0)
    return section('verdict', title, card(null, empty('The trace has no rows.')));
  return section(
    'verdict',
    title,
    about(
      'Every execution and scheduler. Choose a row to see where its speed-up went. Times are ',
      `${unique(rows.map(sourceCell)).join(', ')}.`,
    ),
    card(
      null,
      table(verdictColumns(rows), rows, {rowAttributes: picking((r) => r, dividing(rows))}),
      placementNote(rows),
    ),
  );
}
