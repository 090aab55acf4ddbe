// Head level against layer level at equal KV bytes.

const headlinesInView = () =>
  trace().verdict.headlines.filter(
    (h) =>
      h.phase === state.phase &&
      h.batch === state.batch &&
      h.kv_len === state.kv &&
      (state.msr === all || msrOf(h) === state.msr),
  );

function tile(name, value, sub, colour = 'var(--line)', size = '') {
  return el(
    'div',
    {class: `tile ${size}`, style: `--tile:${colour}`},
    el('div', {class: 'name'}, name),
    el('div', {class: 'value'}, value),
    el('div', {class: 'sub'}, sub),
  );
}

function runTile(name, row) {
  const range = speedupRange(row.speedup_low, row.speedup_high);
  const sub = [range, format.time(row.time_ns), format.name(row.scheduler) + star(row)];
  const value = format.speedup(row.speedup_best_full);
  return tile(name, value, sub.filter(Boolean).join(' · '), rowColour(row));
}

function headlineBlock(h) {
  const at = (index) => rowsOf(trace())[index];
  const [layer, best, worst] = [at(h.layer_row), at(h.head_best_row), at(h.head_worst_row)];
  const range = speedupRange(h.head_over_layer_speedup_low, h.head_over_layer_speedup_high, 3);
  const ratio = `${format.ratio(h.head_over_layer_speedup)}${range ? ` (${range})` : ''}`;
  const alike = h.head_equal_rows.length;
  return el(
    'div',
    {class: 'headline'},
    el('h3', {}, h.sentence),
    about(
      `MSR ${format.number(h.msr_ratio, 3)}. Layer-level time over the best head-level time: ${ratio}.`,
      alike ? ` ${alike} more head-level runs are equal to the best within the uncertainty.` : '',
    ),
    el(
      'div',
      {class: 'tiles'},
      tile('Ideal', format.speedup(h.ideal_speedup), 'what the saved work allows', colours.ideal),
      runTile('Layer level', layer),
      runTile(`Best head level: ${format.name(best.execution)}`, best),
      h.head_worst_is_slower
        ? runTile(`Slowest head level: ${format.name(worst.execution)}`, worst)
        : null,
    ),
    placementNote([best, ...(h.head_worst_is_slower ? [worst] : [])]),
  );
}

function headlineSection() {
  const headlines = headlinesInView();
  const none =
    'No layer-level and head-level rows of this shape and sparsity select equal KV bytes (within ' +
    '1 %): a comparison would be one of budgets, not of granularity.';
  return section(
    'headlines',
    `Head level against layer level at ${format.tokens(state.kv ?? 0)} tokens`,
    headlines.length
      ? about('At equal KV bytes, each level by its quickest execution and scheduler.')
      : about(none),
    headlines.map(headlineBlock),
  );
}
