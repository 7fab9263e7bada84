// What the card of groups shows: each group of runs with the mean and the standard deviation of its
// metrics.
(function () {
  'use strict';

  const rr = window.runreport;
  const el = rr.el;
  const TAG = 'tags.group';
  const MOST_GROUPS = 100;
  const MOST_DECIMALS = 6;

  function average(values) {
    const finite = values.filter(Number.isFinite);
    if (!finite.length) return { mean: NaN, text: '' };
    const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
    if (!Number.isFinite(mean)) return { mean: NaN, text: '' };
    const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const spread = finite.length > 1 ? Math.sqrt(squares / (finite.length - 1)) : NaN;
    if (!(spread > 0)) {
      const text = rr.format.fixed(mean, rr.format.decimalsFor([mean]));
      return { mean, text: Number.isNaN(spread) ? text : text + ' ± 0' };
    }
    const decimals = Math.min(Math.max(1 - Math.floor(Math.log10(spread)), 0), MOST_DECIMALS);
    return { mean, text: rr.format.fixed(mean, decimals) + ' ± ' + rr.format.fixed(spread, decimals) };
  }

  // The groups of the rows that the filters let through, the best first.
  function groupsOf({ grid, column, metrics }) {
    const found = new Map();
    for (const row of grid.matching) {
      if (rr.gridData.isMissing(column, row)) continue;
      const key = rr.groupKey(column, row);
      if (!found.has(key)) found.set(key, []);
      found.get(key).push(row);
    }
    const made = [...found.values()].map((rows) => ({
      value: rr.gridData.fullText(column, rows[0]), rows, averages: metrics.map((metric) => average(rows.map((row) => metric.numbers[row]))),
    }));
    const sign = metrics[0].goal === 'max' ? -1 : 1;
    const rank = (group) => (metrics[0].goal && !Number.isNaN(group.averages[0].mean) ? sign * group.averages[0].mean : Infinity);
    return made.sort((a, b) => rank(a) - rank(b) || (a.value < b.value ? -1 : 1));
  }

  function content(groups) {
    const { column, metrics } = groups;
    const found = groupsOf(groups);
    const note = 'mean ± standard deviation of the runs'
      + (found.length > MOST_GROUPS ? '; ' + MOST_GROUPS + ' of ' + rr.format.count(found.length) + ' groups are shown' : '');
    const head = el('header', { class: 'card-head' },
      el('h2', { text: column.id === TAG ? 'Groups' : 'Groups by ' + column.label }),
      el('span', { class: 'count', text: rr.format.count(found.length) }), el('span', { class: 'card-note', text: note }));
    const goal = (metric) => metric.goal && el('span', { class: 'goal', 'aria-hidden': 'true', text: metric.goal === 'max' ? '↑' : '↓' });
    const titles = el('tr', {}, el('th', { scope: 'col', text: column.id === TAG ? 'Group' : column.label }), el('th', { scope: 'col', class: 'num', text: 'Runs' }),
      ...metrics.map((metric) => el('th', { scope: 'col', class: 'num', text: metric.label }, goal(metric))));
    const table = el('table', { class: 'related' }, el('caption', { class: 'sr', text: 'Groups of runs' }),
      el('thead', {}, titles), el('tbody', {}, ...found.slice(0, MOST_GROUPS).map((group) => row(groups, group))));
    return [head, el('div', { class: 'scroller', role: 'region', 'aria-label': 'Groups of runs', tabindex: 0 }, table)];
  }

  function row({ grid, column }, { value, rows, averages }) {
    const link = el('a', { href: '#runs', text: value, onclick: (event) => {
      event.preventDefault();
      grid.filterTo(column, '= ' + value);
    } });
    return el('tr', {}, el('th', { scope: 'row' }, link), el('td', { class: 'num', text: rr.format.count(rows.length) }),
      ...averages.map(({ text }) => el('td', { class: 'num', text })));
  }

  rr.gridAverages = { content };
})();
