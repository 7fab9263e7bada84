// Runs in groups: the reader chooses a column, and a card above the grid has its values' groups.
// What fills the card is loaded with the first choice.
(function () {
  'use strict';

  const rr = window.runreport;
  const el = rr.el;
  const TAG = 'tags.group';
  const LOOKED_AT = 5000;
  const MOST_VALUES = 500;
  const METRICS = 3;

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
      if (!this.column) return;
      rr.part('groups').then(() => {
        if (this.column) this.card.replaceChildren(...rr.gridAverages.content(this));
      }).catch((error) => rr.complain(this.card, error));
    }
  }

  rr.GridGroups = GridGroups;
  rr.groupKey = keyOf;
})();
