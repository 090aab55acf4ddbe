// The headline: one sentence and its numbers.

/** Per run (level, policy, execution) at a context: the row of the chosen or the best scheduler. */
function runsAt(t, kv) {
  const rows = rowsOf(t).filter((r) => inView(r) && r.kv_len === kv && ofScheduler(r));
  const run = (r) => `${r.level}/${r.policy}/${r.execution}`;
  return unique(rows.map(run))
    .map((key) => quickest(rows.filter((r) => run(r) === key)))
    .filter(Boolean);
}

function headlineSentence(layer, head) {
  if (!layer || !head) {
    return 'This trace has no layer-level and head-level rows to set against each other.';
  }
  const ratio = layer.time_ns / head.time_ns;
  const how = `${format.name(head.execution)}, ${format.name(head.scheduler)}`;
  const equal = trace().verdict.equal_times_ratio;
  if (ratio > 1 + equal) return `Head level (${how}) is ${ratio.toFixed(2)}× as quick as layer level.`;
  if (ratio >= 1 - equal) {
    const within = `${(100 * equal).toFixed(0)} %`;
    return `Head level (${how}) and layer level are equally quick, within ${within}.`;
  }
  return `Layer level is ${(1 / ratio).toFixed(2)}× as quick as the best head level (${how}).`;
}

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
  const sub = `${format.time(row.time_ns)} · tail ${format.percent(row.tail_area_ratio)}`;
  return tile(name, format.speedup(row.speedup_best_full), sub, rowColour(row));
}

function headlineTiles(layer, best, worst) {
  const tiles = [];
  if (layer) {
    tiles.push(
      tile(
        'What the saved work allows',
        format.speedup(layer.ideal_speedup),
        'ideal speed-up at this sparsity',
        colours.ideal,
      ),
    );
    tiles.push(runTile('Layer level', layer));
  }
  if (best) tiles.push(runTile(`Best head level: ${format.name(best.execution)}`, best));
  if (worst && worst !== best) {
    tiles.push(runTile(`Worst head level: ${format.name(worst.execution)}`, worst));
  }
  return tiles;
}

function hero() {
  const t = trace();
  const runs = runsAt(t, state.kv);
  const layer = quickest(runs.filter((r) => r.level === 'layer'));
  const heads = runs
    .filter((r) => r.level === 'head' && known(r.time_ns))
    .sort((a, b) => a.time_ns - b.time_ns);
  const unequal = heads.some((r) => !r.equal_kv);
  const where = [
    `Attention of all layers, ${state.phase ?? '–'}, batch ${state.batch ?? '–'}, `,
    `${format.tokens(state.kv ?? 0)} tokens, MSR ${state.msr ?? '–'}; `,
    `${t.run.source} on ${t.device.name}. `,
    'Speed-ups are against the quickest full attention at the same shape',
    unequal
      ? '. Not all head-level rows select equal KV bytes: see the table.'
      : ', at equal KV bytes.',
  ];
  return el(
    'header',
    {id: 'hero'},
    el('h1', {}, headlineSentence(layer, heads[0])),
    el('p', {class: 'lead'}, where.join('')),
    el('div', {class: 'tiles'}, headlineTiles(layer, heads[0], heads[heads.length - 1])),
    validityChips(t),
  );
}
