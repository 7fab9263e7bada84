// The table as a file (CSV of what is shown) and on paper (its first rows as a plain table).
(function () {
  'use strict';

  const rr = window.runreport;
  const data = rr.gridData;
  const el = rr.el;
  const PRINTED_ROWS = 60;
  const PAPER_WIDTH = 140;
  const PLAIN_NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$|^[-+]?Infinity$/i;

  // Spreadsheets run cells that begin like a formula, unless an apostrophe stands before them.
  function csvCell(text) {
    const safe = /^[=+\-@\t\r\n\0]/.test(text) && !PLAIN_NUMBER.test(text) ? "'" + text : text;
    return /[",\r\n]/.test(safe) ? '"' + safe.replace(/"/g, '""') + '"' : safe;
  }

  function csv(columns, order) {
    const lines = [columns.map((column) => csvCell(column.id)).join(',')];
    for (const row of order) {
      lines.push(columns.map((column) => csvCell(data.fileText(column, row))).join(','));
    }
    return lines.join('\r\n') + '\r\n';
  }

  function download(name, text) {
    const url = window.URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
    const link = el('a', { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    window.setTimeout(() => window.URL.revokeObjectURL(url), 10000);
  }

  // As many columns as paper holds: first those that tell the runs apart. A version may wrap.
  function paperColumns(columns) {
    const weight = (column) => {
      if (column.group === '' || column.goal) return 0;
      if (!column.differs) return 3;
      return column.group === 'param' ? 1 : 2;
    };
    const wanted = columns.map((column, index) => ({ column, index })).sort((a, b) => weight(a.column) - weight(b.column) || a.index - b.index);
    let room = PAPER_WIDTH;
    const kept = [];
    for (const { column, index } of wanted) {
      const need = 2 + (column.kind === 'version' ? Math.min(column.width, 24) : Math.min(column.width, 30));
      if (need > room) continue;
      room -= need;
      kept.push(index);
    }
    return kept.sort((a, b) => a - b).map((index) => columns[index]);
  }

  function paperNote(rows, allRows, columns, allColumns) {
    const count = rr.format.count;
    const parts = [];
    if (rows < allRows) parts.push(count(rows) + ' of ' + count(allRows) + ' runs');
    if (columns < allColumns) parts.push(columns + ' of ' + allColumns + ' columns');
    return parts.length ? 'Printed: ' + parts.join(', ') + '; the page and its CSV file have the rest.' : '';
  }

  function paperTable(columns, order) {
    const shown = paperColumns(columns);
    const rows = order.slice(0, PRINTED_ROWS);
    const head = el('tr', {}, ...shown.map((column) => el('th', { scope: 'col', class: column.align === 'right' ? 'right' : null, text: column.label })));
    const body = Array.from(rows, (row) => el('tr', {}, ...shown.map((column) => (
      el('td', { class: 'k-' + column.kind + (column.align === 'right' ? ' right' : ''), text: data.text(column, row) })
    ))));
    const note = paperNote(rows.length, order.length, shown.length, columns.length);
    return el('div', { class: 'grid-paper' },
      el('table', {}, el('thead', {}, head), el('tbody', {}, ...body)),
      note ? el('p', { class: 'grid-paper-note', text: note }) : null);
  }

  rr.gridExport = { csv, download, paperTable };
})();
