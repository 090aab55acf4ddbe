// What the report says first: each policy's own result.

/** Results at the chosen phase, batch and context, of every sparsity. */
const resultsInView = () =>
  trace().policies.filter(
    (p) => p.phase === state.phase && p.batch === state.batch && p.kv_len === state.kv,
  );
const rowOfResult = (p) => rowsOf(trace())[p.best_row];
const rowsOfResult = (p) => [p.best_row, ...p.equal_rows].map((i) => rowsOf(trace())[i]);

function resultClause(p) {
  if (!known(p.speedup_best_full)) return `${p.policy}: ${format.time(p.time_ns)}`;
  return `${p.policy}: ${format.speedup(p.speedup_best_full)} of ${format.speedup(p.ideal_speedup)} ideal`;
}

/** At most three policies: those of the chosen sparsity where there are more. */
function resultSentence() {
  const own = resultsInView().filter((p) => p.level !== 'full');
  if (!own.length) return 'Full attention only: no policy to set against it.';
  const chosen = own.filter((p) => state.msr === all || msrOf(p) === state.msr);
  const shown = own.length <= 3 || !chosen.length ? own : chosen;
  return shown.slice(0, 3).map(resultClause).join(' · ');
}

function resultScope() {
  const t = trace();
  const sources = unique(resultsInView().map(sourceCell)).join(', ');
  return [
    `Attention of all layers, ${state.phase ?? '–'}, batch ${state.batch ?? '–'}, `,
    `${format.tokens(state.kv ?? 0)} tokens; ${t.run.source} on ${t.device.name}`,
    sources && sources !== t.run.source ? ` (${sources}). ` : '. ',
    'Each policy by its quickest execution and scheduler, against the quickest full attention at ',
    'the same shape; the ideal is what the saved work alone would give.',
  ].join('');
}

function resultColumns(results) {
  const most = Math.max(
    1,
    ...results.map((p) => Math.max(p.ideal_speedup, p.speedup_high ?? p.speedup_best_full ?? 0)),
  );
  return [
    textColumn('policy', (p) => el('span', {}, dot(rowColour(rowOfResult(p))), p.policy)),
    column('MSR', (p) => format.number(p.msr_ratio, 3)),
    column('speed-up', (p) => meter(rowOfResult(p), most), 'mark: the ideal'),
    column('ideal', (p) => format.speedup(p.ideal_speedup)),
    column('of ideal', (p) => format.percent(p.efficiency_ratio, 0)),
    column('time', timeCell),
    column('balance would save', (p) => savingCell(rowOfResult(p)), 'of the time; 68 %'),
    column('KV selected', (p) => format.bytes(p.kv_bytes_selected)),
    textColumn('source', sourceCell),
    textColumn('run', (p) => format.name(p.runs), {wrap: true}),
  ];
}

/** Attributes of a table row that chooses a run; `rowOf` gives the run. */
const picking = (rowOf, extra = () => '') => (item) => {
  const index = rowsOf(trace()).indexOf(rowOf(item));
  const pick = () => {
    state.row = index;
    render();
  };
  return {
    class: `pick ${extra(item)} ${index === chosenRowIndex() ? 'picked' : ''}`,
    tabindex: 0,
    onclick: pick,
    onkeydown: (e) => e.key === 'Enter' && pick(),
  };
};

function hero() {
  const results = resultsInView();
  return el(
    'header',
    {id: 'hero'},
    el('h1', {}, resultSentence()),
    el('p', {class: 'lead'}, resultScope()),
    el(
      'div',
      {class: 'card', id: 'policies'},
      el('h3', {}, "Each policy's own result"),
      results.length
        ? table(resultColumns(results), results, {rowAttributes: picking(rowOfResult)})
        : empty('The trace has no rows.'),
      note(kindOfInterval()),
      placementNote(results.flatMap(rowsOfResult)),
      trace().verdict.tie_notes.map((n) => note(n)),
    ),
    validityChips(trace()),
  );
}
