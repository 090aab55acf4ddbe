// Whole steps: what they are made of, and what of attention's gain reaches the clock.

/** Names of the parts, as in the formulas, and their colours. */
const stepParts = () => [
  ['attention', colours.full],
  ['selection and router', '#d5492f'],
  ['launches and gaps', css('--faint')],
  ['everything else', colours.ideal],
];

/** A bar of the step's parts, as long as its time beside the longest step's. */
function stepBar(step, longest) {
  if (!step.parts_ns) return el('span', {class: 'dim', title: step.reason}, '–');
  const width = (ns) => Math.max(0, (160 * ns) / longest);
  return el(
    'span',
    {style: 'display:inline-flex;height:10px'},
    stepParts().map(([name, colour]) =>
      el('span', {
        title: `${name}: ${format.time(step.parts_ns[name])}`,
        style: `width:${width(step.parts_ns[name])}px;background:${colour}`,
      }),
    ),
  );
}

function stepTable(steps) {
  const longest = Math.max(...steps.map((s) => s.time_ns ?? 0));
  const part = (name) => column(name, (s) => format.time(s.parts_ns?.[name]));
  return table(
    [
      textColumn('step', (s) => s.name),
      column('time', (s) => format.time(s.time_ns)),
      textColumn('parts', (s) => stepBar(s, longest)),
      ...stepParts().map(([name]) => part(name)),
      column('host', (s) => format.time(s.host_ns), 'the host enqueued for so long'),
      textColumn('source', (s) => s.provenance),
    ],
    steps,
  );
}

function stepGainTable(steps) {
  const gain = (name) => column(name, (s) => format.time(s.gain.gains_ns?.[name]));
  return table(
    [
      textColumn('step', (s) => s.name),
      column('attention', (s) => format.speedup(s.gain.attention_speedup), 'full over this time'),
      column('full step', (s) => format.time(s.gain.full_ns)),
      ...stepParts().map(([name]) => gain(name)),
      column('this step', (s) => format.time(s.time_ns)),
      column('step', (s) => format.speedup(s.gain.step_speedup), 'full over this time'),
    ],
    steps,
  );
}

/** Of products, norms, attention, ...: each operation's time in each step. */
function stepOpTable(steps) {
  const ops = unique(steps.flatMap((s) => s.ops.map((o) => o.op)));
  const time = (op) => (s) => format.time(s.ops.find((o) => o.op === op)?.time_ns);
  return table(
    [textColumn('step', (s) => s.name), ...ops.map((op) => column(format.name(op), time(op)))],
    steps,
  );
}

function stepsSection() {
  const steps = trace().steps;
  if (!steps) return null;
  const gains = steps.filter((s, i) => s.gain && s.gain.full_step !== i);
  return section(
    'steps',
    'Whole steps',
    about(
      'All operations of a prefill, a chunk of one, or a decoded token. Eager: launched one by ',
      'one; graph: as one CUDA graph. The parts of a step sum to its time.',
    ),
    gains.length
      ? card(
          "From attention's gain to the step's",
          about('What of the full step is saved, part by part; negative: what is paid.'),
          stepGainTable(gains),
        )
      : null,
    card(null, stepTable(steps), folded('Time by operation', stepOpTable(steps))),
  );
}

/** Errors of steps by operation; null where the two traces have none in common. */
function stepErrorTable(c) {
  if (!c.steps) return null;
  const {what_if_pairs: pairs, what_if_right: right} = c.steps;
  return el(
    'div',
    {},
    table(
      [
        textColumn('operation', (s) => (s.op ? format.name(s.op) : 'whole steps')),
        column('steps', (s) => s.steps),
        column('share', (s) => format.percent(s.share_ratio)),
        column('MAPE', (s) => format.percent(s.mape_ratio)),
        column('p90', (s) => format.percent(s.p90_ratio)),
        column('bias', (s) => format.signed(s.bias_ratio)),
      ],
      c.steps.summaries,
    ),
    note(
      `Which of two steps of the same lengths is quicker: right in ${right} of ${pairs} pairs ` +
        'that differ by more than 3 %.',
    ),
  );
}
