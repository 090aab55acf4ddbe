// What a tail costs: the time that balance would save. And times that depend on placement.

const resolved = (row) => known(row.balance_saving_ratio);
const savingTime = (row) => row.balance_saving_ratio * row.time_ns;

/** "3.0 % ± 0.8 %"; a dash with the reason where it is not resolved. */
function savingCell(row) {
  if (!resolved(row)) return el('span', {class: 'dim', title: row.balance_saving_reason}, '–');
  const u = row.balance_saving_u_ratio;
  return withRange(format.percent(row.balance_saving_ratio), known(u) ? `± ${format.percent(u)}` : '');
}

/** What of the run's tail is a loss, as a sentence. */
function savingSentence(row) {
  const tail = row.budget.known ? row.budget.tail_ns : NaN;
  const idle = known(tail) ? ` A tail of ${format.time(tail)} is idle area` : ' A tail is idle area';
  const area = `${idle}, not yet a loss: SMs that go on may draw the bandwidth that idle ones leave.`;
  if (!resolved(row)) {
    const why = row.balance_saving_reason ? `: ${row.balance_saving_reason}` : '';
    return `${area} What balance would save of it is not resolved${why}.`;
  }
  const u = known(row.balance_saving_u_ratio) ? ` ± ${format.percent(row.balance_saving_u_ratio)}` : '';
  return (
    `${area} With every SM ending together this run would save ${format.time(savingTime(row))}, ` +
    `${format.percent(row.balance_saving_ratio)}${u} of its time.`
  );
}

/** A star behind what depends on where the GPU places the CTAs. */
const star = (row) => (row.placement_varies ? ' *' : '');

/** The verdict's own note on placement, where one of the rows needs it. */
function placementNote(rows) {
  const text = trace().verdict.placement_note;
  return text && rows.some((r) => r.placement_varies) ? note(`* ${text}`, true) : null;
}
