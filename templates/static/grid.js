// Puts the columnar grid in the place of the runs table that the page came with, once its data is
// there; keeps what is sorted, filtered and hidden in the address.
(function () {
  'use strict';

  const rr = window.runreport;
  const NOTHING = '-';

  class Grid {
    constructor(table, host) {
      this.table = table;
      this.host = host;
      this.query = '';
      this.queries = new Map();
      this.sorts = [];
      this.hidden = new Set();
      this.all = Uint32Array.from({ length: table.rows }, (_, row) => row);
      this.sorted = this.all;
      this.order = this.all;
      this.hasHistories = document.querySelector('[data-histories]') !== null;
      this.readAddress();
      this.view = new rr.GridView(table, this.hooks());
      this.groups = new rr.GridGroups(this);
      this.tools = rr.gridTools.makeTools(this);
    }

    hooks() {
      return {
        sortOf: (column) => this.sorts.find((sort) => sort.column === column) || null,
        queryOf: (column) => this.queries.get(column.id) || '',
        picks: () => (this.hasHistories ? rr.picks.get() : null),
        onSort: (column, add) => this.sortBy(column, add),
        onQuery: (column, text) => this.filterColumn(column, text),
        onPick: (row) => rr.picks.toggle(row),
        onTwist: (row) => this.twist(row),
      };
    }

    readAddress() {
      this.query = rr.state.get('q') || '';
      this.queries = new Map(rr.state.withPrefix('f.'));
      if (this.table.tree) this.readTree(rr.state.get('tree'));
      this.hidden = this.readHidden();
      this.sorts = rr.state.getList('sort').map((text) => ({
        column: this.table.byId.get(text.replace(/^-/, '')), descending: text.startsWith('-'),
      })).filter((sort) => sort.column);
      this.sorted = rr.gridData.sortRows(this.all, this.sorts);
      this.filter();
    }

    // Columns that the site's configuration hides are hidden until the reader says otherwise.
    readHidden() {
      const listed = rr.state.getList('hide');
      if (listed.length === 0) return new Set(this.standardHidden());
      return new Set(listed[0] === NOTHING ? [] : listed);
    }

    standardHidden() {
      return this.table.columns.filter((column) => column.hidden).map((column) => column.id);
    }

    visible() {
      return this.table.columns.filter((column, index) => index === 0 || !this.hidden.has(column.id));
    }

    // Once sorted, filtering keeps the order.
    filter() {
      const mask = rr.gridFilter.filterRows(this.table, this.query, this.queries);
      this.matching = this.isFiltered() ? this.sorted.filter((row) => mask[row]) : this.sorted;
      this.arrange();
    }

    // With children below their parents, unless the reader wants a plain list.
    arrange() {
      const { tree } = this.table;
      this.order = tree && tree.isOn ? tree.arrange(this.matching, this.isFiltered()) : this.matching;
    }

    readTree(text) {
      const { tree } = this.table;
      tree.isOn = text !== 'flat';
      if (text === 'closed') tree.closeAll();
    }

    // "flat" shows a plain list, "closed" the trees closed, "" all of them open.
    showTree(text) {
      this.table.tree.openAll();
      this.readTree(text);
      rr.state.set('tree', text);
      this.rearrange();
    }

    twist(row) {
      this.table.tree.toggle(row);
      this.rearrange();
    }

    rearrange() {
      this.arrange();
      this.view.setOrder(this.order);
      this.tools.refresh();
    }

    isFiltered() {
      return this.query.trim() !== '' || [...this.queries.values()].some((text) => text.trim() !== '');
    }

    update() {
      this.filter();
      this.view.setOrder(this.order);
      this.tools.refresh();
    }

    search(text) {
      this.query = text;
      rr.state.set('q', text.trim());
      this.update();
    }

    filterColumn(column, text) {
      if (text.trim()) this.queries.set(column.id, text);
      else this.queries.delete(column.id);
      rr.state.set('f.' + column.id, text.trim());
      this.update();
    }

    // Leaves one group's rows, and goes there.
    filterTo(column, text) {
      this.filterColumn(column, text);
      this.view.setColumns(this.visible());
      this.host.scrollIntoView({ block: 'nearest' });
    }

    clearFilters() {
      for (const id of this.queries.keys()) rr.state.set('f.' + id, '');
      this.queries.clear();
      this.search('');
      this.view.setColumns(this.visible());
    }

    // First the better end of a metric, then the other, then the order of the file again.
    sortBy(column, add) {
      const old = this.sorts.find((sort) => sort.column === column);
      const first = column.group === 'metric' ? column.goal !== 'min' : column.kind === 'time';
      let next = [{ column, descending: first }];
      if (old) next = old.descending === first ? [{ column, descending: !first }] : [];
      const others = add ? this.sorts.filter((sort) => sort.column !== column) : [];
      this.sorts = [...others, ...next];
      rr.state.setList('sort', this.sorts.map((sort) => (sort.descending ? '-' : '') + sort.column.id));
      this.sorted = rr.gridData.sortRows(this.all, this.sorts);
      this.filter();
      this.view.setOrder(this.order);
      this.view.showSorts();
    }

    showColumn(column, shown) {
      if (shown) this.hidden.delete(column.id);
      else this.hidden.add(column.id);
      this.columnsChanged();
    }

    showColumns(test) {
      this.hidden = new Set(this.table.columns.slice(1).filter((column) => !test(column)).map((column) => column.id));
      this.columnsChanged();
    }

    columnsChanged() {
      const standard = this.standardHidden();
      const asBefore = standard.length === this.hidden.size && standard.every((id) => this.hidden.has(id));
      if (asBefore) rr.state.set('hide', '');
      else rr.state.setList('hide', this.hidden.size ? [...this.hidden] : [NOTHING]);
      this.view.setColumns(this.visible());
      this.tools.refresh();
    }

    downloadCsv() {
      rr.gridExport.download((this.table.name || 'runs') + '.csv', rr.gridExport.csv(this.visible(), this.matching));
    }

    paper() {
      return rr.gridExport.paperTable(this.visible(), this.order);
    }

    // The rows that came with the page stay in it, hidden, for a failed script and for readers.
    mount() {
      for (const child of this.host.children) child.hidden = true;
      const section = this.host.closest('section');
      const place = section && section.querySelector('[data-grid-tools]');
      if (place) place.append(this.tools.element);
      else this.host.before(this.tools.element);
      this.host.append(this.view.element);
      if (section) section.classList.add('is-live');
      this.view.order = this.order;
      this.view.setColumns(this.visible());
      this.view.setOrder(this.order);
      this.view.measure();
      this.tools.refresh();
    }
  }

  function start(host) {
    const url = host.dataset.src;
    rr.tableOf(url).then((table) => {
      table.name = url.slice(url.lastIndexOf('/') + 1).replace(/^t-|\.[0-9a-f]{8}\.js$/g, '');
      const grid = new Grid(table, host);
      host.grid = grid;
      grid.mount();
      rr.picks.onChange(() => grid.view.refresh());
      rr.state.onChange(() => {
        grid.readAddress();
        grid.view.setColumns(grid.visible());
        grid.view.setOrder(grid.order);
        grid.tools.refresh();
      });
    }).catch((error) => {
      host.classList.add('is-failed');
      rr.complain(host, error);
    });
  }

  const tables = new Map();

  // The experiment's table, made once for the grid and the history panel.
  rr.tableOf = (url) => {
    if (!tables.has(url)) {
      tables.set(url, rr.load(url).then((raw) => {
        const table = rr.gridData.makeTable(raw);
        rr.picks.use(table);
        return table;
      }));
    }
    return tables.get(url);
  };

  rr.ready(() => document.querySelectorAll('[data-grid][data-src]').forEach(start));
})();
