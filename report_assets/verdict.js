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
    format.speedup(row.speedup_best_full),
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
  const tone = ratio >= 1.02 ? 'good' : ratio < 0.98 ? 'bad' : '';
  return el('span', {class: tone}, format.speedup(ratio));
}

function equalKv(row) {
  if (row.level !== 'head') return '–';
  return row.equal_kv ? 'yes' : el('span', {class: 'warn', title: row.note}, 'no');
}

function verdictColumns(rows) {
  const most = Math.max(1, ...rows.map((r) => Math.max(r.ideal_speedup, r.speedup_best_full ?? 0)));
  return [
    textColumn('run', (r) => el('span', {}, dot(rowColour(r)), rowName(r))),
    textColumn('scheduler', (r) => format.name(r.scheduler)),
    column('time', (r) => format.time(r.time_ns), 'attention of all layers, clean median'),
    column('KV selected', (r) => format.bytes(r.kv_bytes_selected)),
    column('speed-up', (r) => meter(r, most), 'against the quickest full run; mark: the ideal'),
    column('of ideal', (r) => format.percent(r.efficiency_ratio, 0)),
    column(
      'same scheduler',
      (r) => format.speedup(r.speedup_same_scheduler),
      'against full attention under the same scheduler',
    ),
    column('against layer', againstLayer, 'layer-level time over this time'),
    column('equal KV', equalKv),
    column('tail area', (r) => format.percent(r.tail_area_ratio)),
  ];
}

/** Attributes of a table row that can be chosen; a line divides the levels. */
function pickable(rows) {
  return (row) => {
    const index = rowsOf(trace()).indexOf(row);
    const before = rows[rows.indexOf(row) - 1];
    const divide = before && before.level !== row.level ? 'divide' : '';
    const pick = () => {
      state.row = index;
      render();
    };
    return {
      class: `pick ${divide} ${index === chosenRowIndex() ? 'picked' : ''}`,
      tabindex: 0,
      onclick: pick,
      onkeydown: (e) => e.key === 'Enter' && pick(),
    };
  };
}

function verdictSection() {
  const rows = verdictRows();
  const title = `Head level against layer level at ${format.tokens(state.kv ?? 0)} tokens`;
  if (rows.length === 0)
    return section('verdict', title, card(null, empty('The trace has no rows.')));
  return section(
    'verdict',
    title,
    about('Every execution and scheduler. Choose a row to see where its speed-up went.'),
    card(null, table(verdictColumns(rows), rows, {rowAttributes: pickable(rows)})),
  );
}
