// Single layers: metrics of every case, and their cross-checks.

/** Cell of a metric: a dash with the reason where there is none, a star where not significant. */
const metricCell = (name, show) => (c) => {
  const m = c.metrics[name];
  if (!known(m.value)) return el('span', {class: 'dim', title: m.note ?? ''}, '–');
  const tone = m.significant !== false ? '' : 'dim';
  return el(
    'span',
    {class: tone, title: m.note ?? ''},
    show(m.value),
    m.significant !== false ? '' : ' *',
  );
};

function caseColumns() {
  const percent = (v) => format.percent(v);
  const plain = (v) => format.number(v, 3);
  return [
    textColumn('case', (c) => c.name),
    column('time', timeCell),
    textColumn('source', sourceCell),
    column('tail area', metricCell('tail_area_ratio', percent)),
    column('balance would save', metricCell('balance_saving_ratio', percent)),
    column('ramp', metricCell('ramp_area_ratio', percent)),
    column('gaps', metricCell('gap_area_ratio', percent)),
    column('tail length', metricCell('tail_length_ratio', percent)),
    column('SM balance', metricCell('sm_balance_ratio', plain)),
    column('waves', metricCell('wave_efficiency_ratio', plain), 'wave efficiency'),
    column('order bound', metricCell('order_bound_ratio', plain)),
    column('p99/p50', metricCell('item_p99_over_p50_ratio', plain)),
    column('ncu estimate', metricCell('ncu_est_speedup_counter_ratio', percent)),
  ];
}

function casesSection() {
  const t = trace();
  const shape = (c) => c.phase === state.phase && c.kv_len === state.kv && c.batch === state.batch;
  const rows = state.phase === null ? t.cases : t.cases.filter(shape);
  return section(
    'cases',
    'Cases',
    about(
      'Single layers at the chosen shape: every distinct selection, execution and scheduler ',
      'ran once. * not significant: below three uncertainties of the clock alignment.',
    ),
    card(null, folded(`${rows.length} of ${t.cases.length} cases`, table(caseColumns(), rows))),
  );
}

function crosscheckTable(checks) {
  const tone = (k) => ({class: k.agrees ? 'good' : 'warn'});
  return table(
    [
      textColumn('case', (k) => k.case),
      textColumn('quantity', (k) => format.name(k.name)),
      column('probe', (k) => format.number(k.probe_value, 5)),
      column('other', (k) => format.number(k.other_value, 5)),
      textColumn('unit', (k) => k.unit),
      column('difference', (k) => el('span', tone(k), format.signed(k.difference_ratio))),
      textColumn('why', (k) => k.note, {wrap: true}),
    ],
    checks,
  );
}

function crosscheckCard(t) {
  const title = 'Cross-checks: one quantity, two instruments';
  const {crosschecks: all, crosschecks_agree: agree} = t.validity;
  const shown = t.crosschecks;
  if (!all) return card(title, about(`None: ${t.cases[0]?.crosscheck_reason ?? 'no cases'}.`));
  const rest = all > shown.length ? `; ${shown.length} shown, all are in the JSON report` : '';
  return card(
    title,
    about(`${agree} of ${all} agree within 5 %. Largest differences first${rest}.`),
    crosscheckTable(shown),
  );
}
