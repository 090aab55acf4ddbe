// Inside one launch: its numbers, its timeline, its items.

const caseOf = (t, id) => t.cases[id];

function launchSection() {
  const t = trace();
  const timeline = t.timelines[state.timeline];
  if (!timeline) {
    return section(
      'launch',
      'Inside one launch',
      card(
        null,
        empty(
          'The trace keeps no CTA rows, so there is no timeline. Metrics come from its SM rows.',
        ),
      ),
    );
  }
  const c = caseOf(t, timeline.case_id);
  const name = (i) => `${caseOf(t, t.timelines[i].case_id).name} · ${t.timelines[i].op}`;
  return section(
    'launch',
    'Inside one launch',
    about(
      'Each line is one SM, the first to go idle at the top; each bar is a CTA, or a tile where ',
      'CTAs run several. Darker: more KV blocks. Blank on the right is the tail: idle area, of ',
      'which only what balance would save is lost.',
    ),
    selector(
      'Case',
      t.timelines.map((_, i) => i),
      state.timeline,
      name,
      (i) => {
        state.timeline = i;
      },
    ),
    el('div', {class: 'tiles spaced'}, tailTile(c), savingTile(c), ...caseTiles(c)),
    card(
      'SM timeline',
      holder('chart-gantt', 'tall'),
      el('h3', {}, 'Active SMs'),
      holder('chart-staircase', 'low'),
      timeline.note ? note(timeline.note) : null,
    ),
    el('div', {class: 'grid2 spaced'}, itemCard(timeline), workCard(c)),
  );
}

function itemCard(timeline) {
  return card(
    'Item durations',
    about('Share of CTAs or tiles that end within a duration.'),
    timeline.item_quantiles_ns.length
      ? holder('chart-ecdf', 'mid')
      : empty('Durations of single items were not kept.'),
  );
}

function workCard(c) {
  return card(
    'Duration against work',
    about(
      'Mean, minimum and 99th percentile of the items that visit the same number of KV blocks, ',
      'all attention launches of the case.',
    ),
    c.tile_times ? holder('chart-work', 'mid') : empty('Not recorded.'),
  );
}

function uncertaintyText(metric) {
  if (metric.uncertainty === undefined) return 'exact';
  if (!known(metric.uncertainty)) return 'uncertainty not known';
  if (metric.uncertainty < 5e-5) return '± less than 0.01 %';
  return `± ${format.percent(metric.uncertainty, 2)}`;
}

function tailTile(c) {
  const tail = c.metrics.tail_area_ratio;
  const claim = tail.significant !== false ? '' : '; below 3 σ, not significant';
  return tile(
    'Tail area',
    format.percent(tail.value),
    uncertaintyText(tail) + claim,
    '#d5492f',
    'small',
  );
}

function savingTile(c) {
  const saving = c.metrics.balance_saving_ratio;
  if (!saving) return null;
  const why = known(saving.value) ? uncertaintyText(saving) : saving.note ?? 'not resolved';
  const claim = saving.significant !== false ? '' : ', not significant';
  return tile('Balance would save', format.percent(saving.value), why + claim, undefined, 'small');
}

function caseTiles(c) {
  const balance = c.metrics.sm_balance_ratio;
  const spread = c.metrics.item_p99_over_p50_ratio;
  const {longest_first_ratio: order, lower_bound_ratio: bound, note: how} = c.reorder;
  const saving = known(order) ? format.percent(1 - order) : '–';
  const limit = known(bound)
    ? `no order saves more than ${format.percent(1 - bound)}${how ? '; group means' : ''}`
    : how;
  const plain = (name, value, sub) => tile(name, value, sub, undefined, 'small');
  return [
    plain('SM balance', format.number(balance.value, 3), 'mean over largest SM load'),
    plain('Item p99 / p50', format.number(spread.value, 3), spread.note ?? 'of CTAs or tiles'),
    plain('Longest first would save', saving, limit),
  ];
}

function drawLaunch() {
  const t = trace();
  const timeline = t.timelines[state.timeline];
  if (!timeline) return;
  const c = caseOf(t, timeline.case_id);
  followZoom(drawGantt(t, timeline), drawStaircase(timeline), timeline);
  drawDurations(timeline, c);
  drawDurationAgainstWork(c);
}
