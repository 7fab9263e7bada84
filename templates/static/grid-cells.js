// The inside of the grid's cells: run links, status dots, versions, numbers with bars.
(function () {
  'use strict';

  const rr = window.runreport;
  const data = rr.gridData;
  const el = rr.el;
  const STATUSES = new Set(['running', 'finished', 'failed', 'killed', 'interrupted']);
  const LONGEST = 200;
  const COMMIT = /^[0-9a-f]{9,64}$/i;

  // Long texts end as they do in the rows that came with the page.
  function cut(text) {
    if (text.length <= LONGEST) return text;
    const characters = Array.from(text);
    return characters.length <= LONGEST ? text : characters.slice(0, LONGEST).join('') + '…';
  }

  function runHref(table, row) {
    return rr.root + 'r/' + table.run.slug[row] + '/index.html';
  }

  const STEP = 20;

  // Before a run's name: how deep it lies below other runs, and whether what is below it is shown.
  function fillTree(cell, tree, row) {
    const twist = el('span', { class: 'twist', 'aria-hidden': 'true' });
    if (tree.hasChildren(row)) twist.classList.add(tree.isClosed(row) ? 'closed' : 'open');
    twist.style.marginLeft = STEP * tree.depth(row) + 'px';
    cell.append(twist);
  }

  function fillRun(cell, table, column, row, picks) {
    if (table.tree && table.tree.isOn) fillTree(cell, table.tree, row);
    const name = data.text(column, row);
    const color = table.run.color ? table.run.color[row] : 0;
    const swatch = el('span', { class: 'swatch s' + (color % 12), 'aria-hidden': 'true' });
    if (picks) {
      if (!picks.has(row)) swatch.classList.add('off');
      cell.append(el('span', { class: 'pick', title: 'Show or hide in the history' }, swatch));
    } else {
      cell.append(swatch);
    }
    cell.append(el('a', {
      class: 'run-name', href: runHref(table, row), tabindex: '-1', text: cut(name), title: table.run.id[row] || name,
    }));
    const mark = table.run.marks && table.run.marks[row];
    if (mark) cell.append(' ', el('span', { class: 'run-id', text: mark }));
  }

  function fillStatus(cell, text) {
    if (!text) return;
    const known = STATUSES.has(text) ? ' ' + text : '';
    cell.append(el('span', { class: 'status' + known, text: cut(text) }));
  }

  // A commit's first eight digits say which; the others stay there to copy, muted.
  function fillVersion(cell, table, column, row) {
    const text = data.text(column, row);
    const href = data.link(column, row);
    const target = href ? el('a', { href, tabindex: '-1', rel: 'noopener noreferrer' }) : el('span', {});
    if (COMMIT.test(text)) target.append(text.slice(0, 8), el('span', { class: 'rest', text: text.slice(8) }));
    else target.textContent = text;
    cell.append(target);
  }

  // How far a value lies towards its goal, of the column's range.
  function share(column, value) {
    const [low, high] = data.extent(column);
    if (!Number.isFinite(value) || low >= high) return Number.isFinite(value) ? 1 : 0;
    // Halves, since the range of two numbers can be more than a number holds.
    const part = (value / 2 - low / 2) / (high / 2 - low / 2);
    return column.goal === 'min' ? 1 - part : part;
  }

  function fillNumber(cell, table, column, row) {
    const text = data.text(column, row);
    if (column.goal && text) {
      const bar = el('span', { class: 'bar', 'aria-hidden': 'true' });
      bar.style.width = (100 * share(column, column.numbers[row])).toFixed(1) + '%';
      cell.append(el('span', { class: 'bar-room' }, bar), el('span', { class: 'cell-text', text }));
    } else {
      cell.textContent = text;
    }
    const full = data.fullText(column, row);
    if (full !== text) cell.title = full;
  }

  function fillText(cell, table, column, row) {
    const text = data.text(column, row);
    const href = data.link(column, row);
    if (href) cell.append(el('a', { href, tabindex: '-1', rel: 'noopener noreferrer', text: cut(text) }));
    else cell.textContent = cut(text);
    if (text.length > 20) cell.title = text;
  }

  // Puts a run's value into a cell, in the place of what was in it.
  function fill(cell, table, column, row, picks) {
    if (cell.firstChild) cell.replaceChildren();
    if (column.kind === 'run') fillRun(cell, table, column, row, picks);
    else if (column.kind === 'status') fillStatus(cell, data.text(column, row));
    else if (column.kind === 'version') fillVersion(cell, table, column, row);
    else if (column.numeric) fillNumber(cell, table, column, row);
    else fillText(cell, table, column, row);
  }

  // What stands beside a cell's text, and a cell's two paddings.
  const EXTRA = new Map([['run', 21], ['status', 16]]);
  const PADDING = 26;

  // The texts that can be the widest: all of a short list, else the longest ones.
  function candidates(texts) {
    if (texts.length <= 400) return texts;
    const longest = texts.reduce((most, text) => Math.max(most, text.length), 0);
    return texts.filter((text) => text.length >= longest - 3).slice(0, 400);
  }

  // Widths of a table's columns in pixels. The build counted the characters of the longest cell,
  // which is exact for the fixed-width font; other text is laid out in `host` and measured, and so
  // are versions in other scripts. All of it is there before any is measured: one layout, not many.
  function columnWidths(table, host) {
    const probes = [];
    const widest = (texts, kind) => {
      if (texts.length === 0) return () => 0;
      const text = texts.map((each) => each.replace(/[\r\n]/g, ' ')).join('\n');
      const probe = el('span', { class: 'grid-probe ' + kind, text });
      probes.push(probe);
      return () => probe.getBoundingClientRect().width;
    };
    const digits = widest(['0'.repeat(100)], 'mono');
    const marks = widest(candidates(table.run.marks || []), 'mark');
    const measures = table.columns.map((column) => ({
      column, head: widest([column.label], 'head'),
      content: widest(measuredTexts(column), column.kind === 'version' ? 'mono' : column.kind),
    }));
    host.append(...probes);
    const digit = digits() / 100;
    const widths = measures.map(({ column, head, content }) => {
      const room = contentWidth(table, column, content(), digit) + (EXTRA.get(column.kind) || 0);
      const run = column.kind === 'run' && table.run.marks ? 12 + marks() : 0;
      const least = column.numeric ? 84 : 64;
      return [column.id, Math.ceil(Math.max(room + run, head() + (column.goal ? 30 : 14), least)) + PADDING];
    });
    for (const probe of probes) probe.remove();
    return new Map(widths);
  }

  // The texts of a column whose width the count of their characters does not tell.
  function measuredTexts(column) {
    if (column.numeric) return [];
    return candidates(column.kind === 'version' ? column.dict.filter((text) => /[^\x20-\x7e]/.test(text)) : column.dict);
  }

  function contentWidth(table, column, measured, digit) {
    if (column.numeric) return column.width * digit;
    if (column.kind === 'version') return Math.max(column.width * digit, measured);
    if (column.kind === 'run') return measured + (table.tree ? STEP * (1 + table.tree.deepest()) : 0);
    return column.kind === 'text' ? Math.min(measured, 44 * digit) : measured;
  }

  rr.gridCells = { fill, columnWidths, runHref };
})();
