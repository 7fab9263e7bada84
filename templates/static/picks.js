// Which runs the history panel draws; shared by the panel and the runs table. Until somebody
// chooses, all runs are drawn, or of more than 100 the best.
(function () {
  'use strict';

  const rr = window.runreport;
  const MOST = 100;
  const BEST = 20;
  const IN_ADDRESS = 60;
  const listeners = [];
  let table = null;
  let chosen = null;
  let standard = new Set();

  // The goal metric that the best runs are told by, or null.
  function goalColumn() {
    return table.columns.find((column) => column.group === 'metric' && column.goal) || null;
  }

  function drawable() {
    const histories = table.run.histories || [];
    return Array.from({ length: table.rows }, (_, row) => row)
      .filter((row) => histories[row] && histories[row].length > 0);
  }

  function best(rows) {
    const column = goalColumn() || table.byId.get('started');
    if (!column) return rows.slice(0, BEST);
    const descending = column.goal !== 'min';
    const order = rr.gridData.sortRows(Uint32Array.from(rows), [{ column, descending }]);
    return [...order.slice(0, BEST)];
  }

  function fromAddress() {
    const slugs = new Set(rr.state.getList('runs'));
    if (slugs.size === 0) return null;
    const rows = drawable().filter((row) => slugs.has(table.run.slug[row]));
    return rows.length ? new Set(rows) : null;
  }

  // Called by whoever has the table first; later calls change nothing.
  function use(newTable) {
    if (table) return;
    table = newTable;
    const rows = drawable();
    standard = new Set(rows.length > MOST ? best(rows) : rows);
    chosen = fromAddress();
  }

  function get() {
    return chosen || standard;
  }

  function set(rows) {
    chosen = rows === null ? null : new Set(rows);
    const slugs = chosen ? [...chosen].map((row) => table.run.slug[row]) : [];
    rr.state.setList('runs', slugs.length <= IN_ADDRESS ? slugs : []);
    for (const listener of listeners) listener();
  }

  function toggle(row) {
    const rows = new Set(get());
    if (!rows.delete(row)) rows.add(row);
    set(rows);
  }

  // What the drawn runs are, in words.
  function title() {
    const all = drawable().length;
    const count = rr.format.count(get().size);
    if (chosen) return count + ' of ' + rr.format.count(all) + ' runs';
    if (standard.size === all) return count + (all === 1 ? ' run' : ' runs');
    const goal = goalColumn();
    return goal ? count + ' best runs by ' + goal.label : count + ' newest runs';
  }

  rr.picks = {
    use, get, set, toggle, title, drawable,
    isChosen: () => chosen !== null,
    onChange: (listener) => listeners.push(listener),
  };
})();
