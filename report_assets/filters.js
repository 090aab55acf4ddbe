// The state of the page: which trace and which rows of its verdict are shown.

const state = {
  trace: 0,
  phase: null,
  batch: null,
  msr: null,
  scheduler: null,
  kv: null,
  row: null,
  timeline: null,
};

const trace = () => report.traces[state.trace];
const rowsOf = (t) => t.verdict.rows;
const unique = (values) => [...new Set(values)];
const schedulerOrder = ['natural', 'longest_first', 'longest_spread', 'persistent', 'balanced_split'];

/** Per cent are enough: 0.4996 of the layers and 0.5 of the heads are one sparsity. */
const msrOf = (row) => Math.round(row.msr_ratio * 100) / 100;

const all = 'all';

/** A row at the chosen batch and MSR (full rows belong to every MSR). */
const inView = (row) =>
  row.phase === state.phase &&
  row.batch === state.batch &&
  (row.level === 'full' || state.msr === all || msrOf(row) === state.msr);
const atContext = (row) => inView(row) && row.kv_len === state.kv;
const best = 'best';
const ofScheduler = (row) => state.scheduler === best || row.scheduler === state.scheduler;

/** Quickest of the rows, or undefined. */
const quickest = (rows) =>
  rows.filter((r) => known(r.time_ns)).sort((a, b) => a.time_ns - b.time_ns)[0];

/** Per run (level, policy, execution) at a context: the row of the chosen or the best scheduler. */
function runsAt(t, kv) {
  const rows = rowsOf(t).filter((r) => inView(r) && r.kv_len === kv && ofScheduler(r));
  const run = (r) => `${r.level}/${r.policy}/${r.msr_ratio}/${r.execution}`;
  return unique(rows.map(run))
    .map((key) => quickest(rows.filter((r) => run(r) === key)))
    .filter(Boolean);
}

const rowColour = (row) =>
  row.level === 'full' ? colours.full : (colours[row.execution] ?? colours.ideal);
const rowName = (row) => {
  if (row.level === 'full') return 'full attention';
  const policies = unique(
    rowsOf(trace())
      .filter((r) => r.level === row.level)
      .map((r) => r.policy),
  );
  const msr = state.msr === all && choices().msr.length > 2 ? `, MSR ${msrOf(row)}` : '';
  const policy =
    policies.length > 1 || row.level === 'layer' ? ` (${row.policy}${msr})` : msr;
  return row.level === 'layer'
    ? `layer level${policy}`
    : `head level, ${format.name(row.execution)}${policy}`;
};

function choices() {
  const phases = unique(rowsOf(trace()).map((r) => r.phase));
  const rows = rowsOf(trace()).filter((r) => state.phase === null || r.phase === state.phase);
  const sparse = rows.filter((r) => r.level !== 'full');
  const schedulers = unique(rows.map((r) => r.scheduler));
  return {
    phase: phases,
    batch: unique(rows.map((r) => r.batch)).sort((a, b) => a - b),
    msr: [all, ...unique(sparse.map(msrOf)).sort((a, b) => a - b)],
    scheduler: [best, ...schedulerOrder.filter((s) => schedulers.includes(s))],
    kv: unique(
      rows.filter((r) => state.batch === null || r.batch === state.batch).map((r) => r.kv_len),
    ).sort((a, b) => a - b),
  };
}

/** The first sparsity of equal KV bytes at both levels; all of them where there is none. */
function firstSparsity(can) {
  const of = trace().verdict.headlines.filter(
    (h) => h.phase === state.phase && h.batch === state.batch,
  );
  return can.msr.find((msr) => of.some((h) => msrOf(h) === msr)) ?? all;
}

/** Keeps what is still possible, else takes the first batch and sparsity and the longest context. */
function settleState() {
  let can = choices();
  if (!can.phase.includes(state.phase)) state.phase = can.phase[0] ?? null;
  can = choices();
  if (!can.batch.includes(state.batch)) state.batch = can.batch[0] ?? null;
  can = choices();
  if (!can.msr.includes(state.msr)) state.msr = firstSparsity(can);
  if (!can.scheduler.includes(state.scheduler)) state.scheduler = best;
  if (!can.kv.includes(state.kv)) state.kv = can.kv[can.kv.length - 1] ?? null;
  if (!rowsOf(trace())[state.row] || !atContext(rowsOf(trace())[state.row])) state.row = null;
  const timelines = trace().timelines;
  if (state.timeline === null || state.timeline >= timelines.length)
    state.timeline = tellingTimeline(timelines);
}

/** A mixed layer in natural order shows the tail best; else the first timeline. */
function tellingTimeline(timelines) {
  const caseAt = (t) => trace().cases[t.case_id];
  const mixed = (c) => c.full_kv_heads > 0 && c.full_kv_heads < c.batch * c.kv_heads;
  const found = timelines.findIndex(
    (t) => mixed(caseAt(t)) && caseAt(t).execution === 'fused' && caseAt(t).scheduler === 'natural',
  );
  const any = timelines.findIndex((t) => mixed(caseAt(t)));
  return Math.max(0, found >= 0 ? found : any);
}

function selector(label, values, current, text, choose) {
  if (values.length < 2) return null;
  const select = el(
    'select',
    {
      'aria-label': label,
      onchange: (e) => {
        choose(values[e.target.selectedIndex]);
        render();
      },
    },
    values.map((v) => el('option', v === current ? {selected: ''} : {}, text(v))),
  );
  return el('label', {class: 'control'}, label, select);
}

/** A selector that sets one field of the state. */
const fieldSelector = (label, field, values, text) =>
  selector(label, values, state[field], text, (value) => {
    state[field] = value;
  });

function filterBar() {
  const can = choices();
  const traceName = (i) => `${report.traces[i].label} · ${report.traces[i].run.source}`;
  const theme = {class: 'plain', 'aria-label': 'switch light and dark', onclick: switchTheme};
  const schedulerName = (s) => (s === best ? 'best of each' : format.name(s));
  return el(
    'div',
    {class: 'bar'},
    el(
      'div',
      {class: 'bar-inner'},
      el('div', {class: 'brand'}, 'flux', el('span', {}, 'scope')),
      selector(
        'Trace',
        report.traces.map((_, i) => i),
        state.trace,
        traceName,
        (i) => {
          state.trace = i;
          state.timeline = null;
        },
      ),
      fieldSelector('Phase', 'phase', can.phase, String),
      fieldSelector('Batch', 'batch', can.batch, String),
      can.msr.length > 2 ? fieldSelector('MSR', 'msr', can.msr, String) : null,
      fieldSelector('Context', 'kv', can.kv, format.tokens),
      fieldSelector('Scheduler', 'scheduler', can.scheduler, schedulerName),
      el('div', {class: 'spacer'}),
      el('button', theme, dark() ? 'Light' : 'Dark'),
    ),
  );
}

function switchTheme() {
  document.documentElement.dataset.theme = dark() ? 'light' : 'dark';
  render();
}
