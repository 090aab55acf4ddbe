// Draws the page and checks itself: what a test reads is in <body data-selfcheck>.

const footerText = () =>
  `fluxscope ${report.generator_version} · ${report.created} · this page fetches nothing`;

function render() {
  settleState();
  charts.forEach((c) => c.dispose());
  charts.clear();
  const app = document.getElementById('app');
  const at = window.scrollY;
  app.replaceChildren(
    filterBar(),
    el(
      'main',
      {},
      hero(),
      headlineSection(),
      speedupSection(),
      verdictSection(),
      stepsSection() ?? '',
      budgetSection(),
      launchSection(),
      comparisonSection() ?? '',
      casesSection(),
      trustSection(),
      glossarySection(),
    ),
    el('footer', {}, footerText()),
  );
  drawSpeedup();
  drawBudget();
  drawWaterfall();
  drawLaunch();
  drawComparisons();
  window.scrollTo(0, at);
  selfCheck();
}

/** Per chart: number of series, of data points, and whether its canvas holds any ink. */
function selfCheck() {
  const check = {charts: {}, row: rowsOf(trace())[chosenRowIndex()] ?? null};
  charts.forEach((instance, id) => {
    instance.getZr().flush();
    const series = instance.getOption().series ?? [];
    const points = series.reduce(
      (sum, s) => sum + (s.data ?? []).filter((d) => d !== null).length,
      0,
    );
    const canvas = document.getElementById(id).querySelector('canvas');
    const pixels = canvas
      ? canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
      : [];
    let ink = 0;
    for (let i = 3; i < pixels.length; i += 4) ink += pixels[i] > 0 ? 1 : 0;
    check.charts[id] = {series: series.length, points, ink};
  });
  document.body.dataset.selfcheck = JSON.stringify(check);
}

document.documentElement.dataset.theme = window.matchMedia('(prefers-color-scheme: dark)').matches
  ? 'dark'
  : 'light';
try {
  render();
} catch (error) {
  document.body.dataset.failure = String(error.stack ?? error);
  document.getElementById('app').textContent = `This report cannot be drawn: ${error}`;
}
