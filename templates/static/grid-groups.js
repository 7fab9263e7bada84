// Runs in groups: the rows of the grid that the filters let through, by the values of a column the
// reader chooses, with the mean and the standard deviation of the metrics.
(function () {
  'use strict';

  const rr = window.runreport;
  const el = rr.el;
  const TAG = 'tags.group';
  const LOOKED_AT = 5000;
  const MOST_VALUES = 500;
  const MOST_GROUPS = 100;
  const METRICS = 3;
  const MOST_DECIMALS = 6;

  function keyOf(column, row) {
    return column.numeric ? column.numbers[row] : column.codes[row];
  }

  // The columns in which two runs have the same, but not all runs; a look at the first rows will do.
  function columnsFor(table) {
    const rows = Math.min(table.rows, LOOKED_AT);
    return table.columns.slice(1).filter((column) => {
      if (!column.differs || column.group === 'metric' || column.kind === 'time' || column.kind === 'duration') return false;
      const values = new Set();
      for (let row = 0; row < rows && values.size <= MOST_VALUES; row++) values.add(keyOf(column, row));
      return values.size <= MOST_VALUES && values.size < rows;
    });
  }

  function metricsFor(table) {
    const metrics = table.columns.filter((column) => column.group === 'metric' && column.numeric);
    const goals = metrics.filter((column) => column.goal).sort((a, b) => (a.label < b.label ? -1 : 1));
    return goals.length ? goals.slice(0, METRICS) : metrics.slice(0, METRICS - 1);
  }

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

  class GridGroups {
    constructor(grid) {
      this.grid = grid;
      this.columns = columnsFor(grid.table);
      this.metrics = metricsFor(grid.table);
      this.card = document.querySelector('[data-groups]');
      const wanted = rr.state.get('group');
      this.column = this.columns.find((column) => column.id === wanted)
        || (this.card && wanted === null && this.columns.find((column) => column.id === TAG)) || null;
      this.element = this.columns.length && this.metrics.length ? this.makeChoice() : null;
    }

    makeChoice() {
      const label = (column) => (column.group ? column.group + ' ' : '') + column.label;
      const select = el('select', { 'aria-label': 'Group runs by', onchange: () => this.choose(select.value) },
        el('option', { value: '', text: 'No groups' }),
        ...this.columns.map((column) => el('option', { value: column.id, text: 'By ' + label(column), selected: column === this.column })));
      return select;
    }

    choose(id) {
      this.column = this.columns.find((column) => column.id === id) || null;
      rr.state.set('group', id || (this.card && this.card.id !== 'made-groups' ? 'none' : ''));
      this.refresh();
    }

    makeCard() {
      const card = el('section', { class: 'card groups', id: 'made-groups', 'aria-label': 'Groups' });
      this.grid.host.closest('section').before(card);
      return card;
    }

    // Once the grid is there, and after each change of what it shows.
    refresh() {
      if (!this.element || (!this.column && !this.card)) return;
      if (!this.card) this.card = this.makeCard();
      this.card.hidden = !this.column;
      if (this.column) this.card.replaceChildren(...this.content());
    }

    groups() {
      const found = new Map();
      for (const row of this.grid.matching) {
        if (rr.gridData.isMissing(this.column, row)) continue;
        const key = keyOf(this.column, row);
        if (!found.has(key)) found.set(key, []);
        found.get(key).push(row);
      }
      const made = [...found.values()].map((rows) => ({
        value: rr.gridData.fullText(this.column, rows[0]), rows, averages: this.metrics.map((metric) => average(rows.map((row) => metric.numbers[row]))),
      }));
      const sign = this.metrics[0].goal === 'max' ? -1 : 1;
      const rank = (group) => (this.metrics[0].goal && !Number.isNaN(group.averages[0].mean) ? sign * group.averages[0].mean : Infinity);
      return made.sort((a, b) => rank(a) - rank(b) || (a.value < b.value ? -1 : 1));
    }

    content() {
      const groups = this.groups();
      const note = 'mean ± standard deviation of the runs'
        + (groups.length > MOST_GROUPS ? '; ' + MOST_GROUPS + ' of ' + rr.format.count(groups.length) + ' groups are shown' : '');
      const head = el('header', { class: 'card-head' },
        el('h2', { text: this.column.id === TAG ? 'Groups' : 'Groups by ' + this.column.label }),
        el('span', { class: 'count', text: rr.format.count(groups.length) }), el('span', { class: 'card-note', text: note }));
      const goal = (metric) => metric.goal && el('span', { class: 'goal', 'aria-hidden': 'true', text: metric.goal === 'max' ? '↑' : '↓' });
      const titles = el('tr', {}, el('th', { scope: 'col', text: this.column.id === TAG ? 'Group' : this.column.label }), el('th', { scope: 'col', class: 'num', text: 'Runs' }),
        ...this.metrics.map((metric) => el('th', { scope: 'col', class: 'num', text: metric.label }, goal(metric))));
      const table = el('table', { class: 'related' }, el('caption', { class: 'sr', text: 'Groups of runs' }),
        el('thead', {}, titles), el('tbody', {}, ...groups.slice(0, MOST_GROUPS).map((group) => this.row(group))));
      return [head, el('div', { class: 'scroller', role: 'region', 'aria-label': 'Groups of runs', tabindex: 0 }, table)];
    }

    row({ value, rows, averages }) {
      const link = el('a', { href: '#runs', text: value, onclick: (event) => {
        event.preventDefault();
        this.grid.filterTo(this.column, '= ' + value);
      } });
      return el('tr', {}, el('th', { scope: 'row' }, link), el('td', { class: 'num', text: rr.format.count(rows.length) }),
        ...averages.map(({ text }) => el('td', { class: 'num', text })));
    }
  }

  rr.GridGroups = GridGroups;
})();
