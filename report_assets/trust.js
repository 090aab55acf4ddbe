// What to know before believing a number: validity, provenance, losses, formulas.

const chip = (label, value, warn) =>
  el('span', {class: `chip ${warn ? 'warn' : ''}`}, `${label} `, el('b', {}, value));

function measuredChips(t) {
  const v = t.validity;
  const tick = t.clock.globaltimer_tick_ns_after_cupti ?? t.clock.globaltimer_tick_ns_before_cupti;
  const samples = `${format.count(v.samples_kept)} kept, ${format.count(v.samples_dropped)} dropped`;
  const aligned =
    `± ${format.number(v.alignment_max_u_ns, 3)} ns` +
    (known(tick) ? `, tick ${format.number(tick)} ns` : '');
  const chips = [chip('samples', samples, v.samples_dropped > 0), chip('SM clocks', aligned)];
  if (v.overhead_cases) {
    const overhead =
      `median ${format.percent(v.overhead_median_ratio)}, ` +
      `largest ${format.percent(v.overhead_max_ratio)}`;
    chips.push(chip('probe overhead', overhead, v.overhead_max_ratio > 0.05));
  }
  return chips;
}

function validityChips(t) {
  const v = t.validity;
  const chips =
    t.run.source === 'measured'
      ? measuredChips(t)
      : [chip('simulated', t.device.profile || 'device profile')];
  if (!t.complete) chips.push(chip('trace', 'unfinished: what was written is in it', true));
  if (v.crosschecks) {
    chips.push(
      chip(
        'cross-checks within 5 %',
        `${v.crosschecks_agree} of ${v.crosschecks}`,
        v.crosschecks_agree < v.crosschecks,
      ),
    );
  }
  if (v.insignificant_tails) {
    chips.push(chip('tails below 3 σ', `${v.insignificant_tails} of ${t.cases.length} cases`));
  }
  const shared = {
    other_gpu_processes: 'other processes on the GPU',
    foreign_kernels: 'kernels of other code',
  };
  for (const loss of t.losses.filter((l) => shared[l.name] && l.count)) {
    chips.push(chip(shared[loss.name], format.count(loss.count), true));
  }
  if (v.launches_without_case) {
    chips.push(chip('launches without a case', format.count(v.launches_without_case), true));
  }
  if (v.unprobed_cases) chips.push(chip('cases without a probe', String(v.unprobed_cases), true));
  for (const pass of t.passes.filter((p) => !p.present)) {
    chips.push(chip(`${pass.name} absent`, pass.reason, true));
  }
  return el('div', {class: 'chips', id: 'validity'}, chips);
}

function provenanceFacts(t) {
  const d = t.device;
  const capability = d.cc_major ? `, compute capability ${d.cc_major}.${d.cc_minor}` : '';
  const versions = [d.driver_version, d.cuda_runtime_version, d.cupti_version];
  return [
    ['trace', `${t.label}, ${t.run.source}`],
    ['experiment', t.run.experiment_name],
    ['device', `${d.name}, ${d.sm_count} SMs${capability}`],
    ['driver, runtime, CUPTI', versions.some(Boolean) && versions.map((x) => x || '–').join(', ')],
    ['device profile', d.profile],
    ['made', t.run.created],
    ['written by', t.run.creator_version],
    ['command', t.run.command_line],
  ].filter(([, value]) => value);
}

function provenanceCard(t) {
  const text = t.run.experiment_toml;
  return card(
    'Provenance',
    table(
      [textColumn('what', (f) => f[0]), textColumn('value', (f) => f[1], {wrap: true})],
      provenanceFacts(t),
    ),
    text ? folded('Experiment file', el('pre', {}, el('code', {}, text))) : null,
  );
}

function lossCard(t) {
  const state = (p) =>
    p.present
      ? el('span', {class: 'good'}, 'present')
      : el('span', {class: 'warn'}, `absent: ${p.reason}`);
  return card(
    'Passes and losses',
    table(
      [textColumn('pass', (p) => `${p.pass} ${p.name}`), textColumn('state', state, {wrap: true})],
      t.passes,
    ),
    table(
      [
        textColumn('not recorded', (l) => format.name(l.name)),
        column('count', (l) => format.count(l.count)),
        textColumn('meaning', (l) => l.meaning, {wrap: true}),
      ],
      t.losses,
    ),
  );
}

function trustSection() {
  const t = trace();
  return section(
    'trust',
    'How far to trust it',
    el('div', {class: 'grid2'}, provenanceCard(t), lossCard(t)),
    el('div', {class: 'spaced'}, crosscheckCard(t)),
  );
}

const glossaryTitles = {
  symbols: 'Symbols',
  budget: 'Time budget',
  waterfall: 'Waterfall',
  verdict: 'Verdict',
  comparison: 'Comparison',
};

function glossarySection() {
  const name = textColumn('name', (f) => el('code', {}, f.name));
  const rest = [
    textColumn('unit', (f) => f.unit),
    textColumn('formula', (f) => (f.formula ? el('code', {}, f.formula) : '')),
    textColumn('meaning', (f) => f.meaning, {wrap: true}),
  ];
  const metricColumns = [
    name,
    textColumn('number', (f) => f.id),
    ...rest,
    textColumn('source', (f) => f.source, {wrap: true}),
  ];
  return section(
    'glossary',
    'Formulas',
    about('Printed from the table that computes them.'),
    card(
      null,
      folded('Metrics', table(metricColumns, report.metric_table)),
      Object.entries(report.formulas).map(([key, rows]) =>
        folded(glossaryTitles[key] ?? key, table([name, ...rest], rows)),
      ),
    ),
  );
}
