'use strict';
// What every section uses: the data, formats, colours, DOM helpers and the chart registry.

const report = JSON.parse(document.getElementById('report-data').textContent);

const colours = {
  full: '#7b8794',
  layer_uniform: '#2f74e0',
  masked: '#c8452f',
  gather: '#e08a1e',
  two_pool: '#8b5fd0',
  fused: '#c2a317',
  balanced: '#17977a',
  ideal: '#93a0ae',
};
const budgetParts = [
  ['useful_ns', 'SMs busy', '#4a86d8'],
  ['ramp_ns', 'ramp', '#9bb8d9'],
  ['gap_ns', 'gaps between CTAs', '#e3c05a'],
  ['tail_ns', 'tail', '#d5492f'],
  ['selection_ns', 'selection', '#8b5fd0'],
  ['launches_ns', 'launches', '#98a3af'],
];
const waterfallParts = [
  ['selection_ns', 'selection', '#8b5fd0'],
  ['launches_ns', 'launches', '#98a3af'],
  ['ramp_ns', 'ramp', '#9bb8d9'],
  ['gaps_ns', 'gaps', '#e3c05a'],
  ['tail_ns', 'tail', '#d5492f'],
  ['unselected_ns', 'unselected blocks', '#9c6b4e'],
  ['rate_ns', 'rate loss', '#4a86d8'],
];

const known = (x) => typeof x === 'number' && Number.isFinite(x);
const format = {
  time(ns) {
    if (!known(ns)) return '–';
    const size = Math.abs(ns);
    if (size >= 1e9) return `${(ns / 1e9).toPrecision(3)} s`;
    if (size >= 1e6) return `${(ns / 1e6).toPrecision(4)} ms`;
    if (size >= 1e3 || size === 0) return `${(ns / 1e3).toPrecision(size === 0 ? 1 : 4)} µs`;
    return `${Math.round(ns)} ns`;
  },
  /** For axes: no trailing zeros, unit of the largest value `most`. */
  axisTime(most) {
    const [unit, size] = most >= 1e9 ? ['s', 1e9] : most >= 1e6 ? ['ms', 1e6] : ['µs', 1e3];
    return (ns) => `${Number((ns / size).toPrecision(3))} ${unit}`;
  },
  speedup: (x) => (known(x) ? `${x.toFixed(2)}×` : '–'),
  /** Of two times that may be as near as 2 %. */
  ratio: (x) => (known(x) ? `${x.toFixed(3)}×` : '–'),
  percent: (x, digits = 1) => (known(x) ? `${(100 * x).toFixed(digits)} %` : '–'),
  signed: (x, digits = 1) =>
    known(x) ? `${x >= 0 ? '+' : '−'}${Math.abs(100 * x).toFixed(digits)} %` : '–',
  points: (x) => (known(x) ? x.toFixed(3) : '–'),
  number: (x, digits = 4) => (known(x) ? String(Number(x.toPrecision(digits))) : '–'),
  count: (x) => (known(x) ? x.toLocaleString('en') : '–'),
  tokens: (n) => (n >= 1024 && n % 1024 === 0 ? `${n / 1024}K` : String(n)),
  bytes(n) {
    const gib = 2 ** 30;
    if (n >= 1000 * gib) return `${(n / gib / 1024).toPrecision(3)} TiB`;
    return n >= gib ? `${(n / gib).toPrecision(3)} GiB` : `${(n / 2 ** 20).toPrecision(3)} MiB`;
  },
  name: (word) => String(word).replaceAll('_', ' '),
};

/** Creates an element. Strings become text nodes, so nothing from a trace is ever markup. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key === 'style') node.style.cssText = value;
    else if (value !== undefined && value !== null) node.setAttribute(key, value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) node.append(child);
  }
  return node;
}

/** columns: [{title, text, cell(row) -> string or node}]; options: rowAttributes(row). */
function table(columns, rows, options = {}) {
  const head = el(
    'tr',
    {},
    columns.map((c) => el('th', {class: c.text ? 'text' : '', title: c.hint}, c.title)),
  );
  const body = rows.map((row) =>
    el(
      'tr',
      options.rowAttributes ? options.rowAttributes(row) : {},
      columns.map((c) =>
        el('td', {class: `${c.text ? 'text' : ''} ${c.wrap ? 'wrap' : ''}`}, c.cell(row)),
      ),
    ),
  );
  return el(
    'div',
    {class: 'table-wrap'},
    el('table', {}, el('thead', {}, head), el('tbody', {}, body)),
  );
}

const dot = (colour) => el('span', {class: 'dot', style: `background:${colour}`});
const dark = () => document.documentElement.dataset.theme === 'dark';
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const charts = new Map();
/** Fills the chart container `id`; `options` may use ink(), soft() of the theme. */
function chart(id, options) {
  const holder = document.getElementById(id);
  if (!holder) return null;
  charts.get(id)?.dispose();
  const instance = echarts.init(holder, null, {renderer: 'canvas'});
  instance.setOption({
    animation: false,
    textStyle: {fontFamily: getComputedStyle(document.body).fontFamily, color: css('--ink')},
    ...options,
  });
  charts.set(id, instance);
  return instance;
}
const axisStyle = () => ({
  axisLine: {lineStyle: {color: css('--line')}},
  axisTick: {show: false},
  axisLabel: {color: css('--soft')},
  nameTextStyle: {color: css('--soft')},
  splitLine: {lineStyle: {color: css('--line')}},
});
const tooltipStyle = () => ({
  backgroundColor: css('--card'),
  borderColor: css('--line'),
  textStyle: {color: css('--ink'), fontSize: 13},
  confine: true,
});
const legendStyle = () => ({
  textStyle: {color: css('--soft')},
  itemWidth: 14,
  itemHeight: 9,
  icon: 'roundRect',
});
const escapeText = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const tooltipRows = (title, rows) =>
  `<b>${escapeText(title)}</b><br>` +
  rows
    .filter(Boolean)
    .map(([name, value]) => `${escapeText(name)}: <b>${escapeText(value)}</b>`)
    .join('<br>');

window.addEventListener('resize', () => charts.forEach((c) => c.resize()));

// Building blocks of the page.
const about = (...text) => el('p', {class: 'about'}, ...text);
const note = (text, warn) => el('p', {class: `note ${warn ? 'warn' : ''}`}, text);
const empty = (text) => el('div', {class: 'empty'}, text);
const holder = (id, size = '', style = null) => el('div', {class: `chart ${size}`, id, style});
const section = (id, title, ...children) => el('section', {id}, el('h2', {}, title), ...children);
const card = (title, ...children) =>
  el('div', {class: 'card'}, title ? el('h3', {}, title) : null, ...children);
const folded = (title, ...children) => el('details', {}, el('summary', {}, title), ...children);

/** Columns of a table: text on the left, numbers on the right. */
const textColumn = (title, cell, options = {}) => ({title, text: true, cell, ...options});
const column = (title, cell, hint) => ({title, cell, hint});

/** Axis of times in nanoseconds up to `most`. */
const timeValueAxis = (most, options = {}) => ({
  type: 'value',
  nameLocation: 'middle',
  nameGap: 28,
  ...axisStyle(),
  axisLabel: {color: css('--soft'), formatter: format.axisTime(most), hideOverlap: true},
  ...options,
});
const valueAxis = (options) => ({
  type: 'value',
  nameLocation: 'middle',
  nameGap: 28,
  ...axisStyle(),
  ...options,
});
const tooltip = (formatter, trigger = 'item') => ({...tooltipStyle(), trigger, formatter});
