// The grid on the page: only the rows and columns in sight are elements; the head and the first
// column stay in place; the focus moves from cell to cell with the keyboard.
(function () {
  'use strict';

  const rr = window.runreport;
  const el = rr.el;
  const ROW = 34;
  const SPARE_ROWS = 6;
  const SPARE_PIXELS = 240;
  const PLACEHOLDERS = new Map([['number', '> 0 or 1..5'], ['duration', '> 5m'], ['time', '2026-03']]);
  let grids = 0;

  class GridView {
    // hooks: sortOf(column), queryOf(column), picks(), onSort, onQuery, onPick
    constructor(table, hooks) {
      this.table = table;
      this.hooks = hooks;
      this.name = 'grid' + (grids += 1);
      this.columns = table.columns;
      this.order = new Uint32Array(0);
      this.rows = new Map();
      this.stale = new Set();
      this.heads = new Map();
      this.active = { row: 0, column: 0 };
      this.frame = 0;
      this.head = el('div', { class: 'grid-row grid-head', role: 'row', 'aria-rowindex': '1' });
      this.body = el('div', { class: 'grid-body', role: 'rowgroup' });
      this.element = el('div', {
        class: 'grid-view', role: table.tree ? 'treegrid' : 'grid', tabindex: '0', 'aria-label': 'Runs',
        'aria-multiselectable': hooks.picks() ? 'true' : null,
      }, el('div', { class: 'grid-head-group', role: 'rowgroup' }, this.head), this.body);
      this.listen();
    }

    listen() {
      this.element.addEventListener('scroll', () => this.renderSoon(), { passive: true });
      this.element.addEventListener('keydown', (event) => rr.gridKeys.handle(this, event));
      this.body.addEventListener('click', (event) => this.clicked(event));
      this.element.addEventListener('focus', () => this.showActive(false));
      new ResizeObserver(() => this.resized()).observe(this.element);
      document.fonts.ready.then(() => this.measure());
      document.fonts.addEventListener('loadingdone', () => this.measure());
    }

    clicked(event) {
      const cell = event.target.closest('.grid-cell');
      if (!cell) return;
      this.active = { row: Number(cell.parentElement.dataset.position), column: Number(cell.dataset.column) };
      this.showActive(false);
      if (event.target.closest('.twist')) this.hooks.onTwist(this.order[this.active.row]);
      else if (event.target.closest('.pick')) this.hooks.onPick(this.order[this.active.row]);
    }

    // Sizes depend on the fonts, which may arrive after the first rows.
    measure() {
      if (!this.element.isConnected) return;
      const widths = rr.gridCells.columnWidths(this.table, this.element);
      const same = this.widths && [...widths].every(([id, width]) => this.widths.get(id) === width);
      this.widths = widths;
      if (!same) this.place();
    }

    place() {
      if (!this.widths) return;
      let left = 0;
      const narrow = this.element.clientWidth * 0.46;
      this.lefts = [];
      this.wides = this.columns.map((column, index) => {
        const width = this.widths.get(column.id);
        return index === 0 && narrow > 120 && width > narrow ? Math.floor(narrow) : width;
      });
      for (const width of this.wides) {
        this.lefts.push(left);
        left += width;
      }
      this.total = Math.max(left, this.element.clientWidth);
      this.clear();
      this.fit();
      this.wasWide = this.element.clientWidth;
      this.render();
    }

    fit() {
      const rows = this.order.length * ROW;
      const most = this.order.length <= 24 ? Infinity : Math.max(360, window.innerHeight * 0.8);
      const bar = this.element.offsetHeight - this.element.clientHeight;
      this.body.style.height = rows + 'px';
      this.body.style.width = this.total + 'px';
      this.head.style.width = this.total + 'px';
      this.element.style.height = Math.min(rows + this.head.offsetHeight + bar, most) + 'px';
    }

    resized() {
      if (this.widths && this.element.clientWidth !== this.wasWide) this.place();
    }

    setColumns(columns) {
      this.columns = columns;
      this.active.column = Math.min(this.active.column, columns.length - 1);
      this.element.setAttribute('aria-colcount', String(columns.length));
      for (const head of this.heads.values()) head.remove();
      this.heads.clear();
      this.place();
    }

    // The rows in sight keep their elements, and get other contents.
    setOrder(order) {
      this.order = order;
      this.active.row = Math.max(-1, Math.min(this.active.row, order.length - 1));
      this.element.setAttribute('aria-rowcount', String(order.length + 1));
      if (!this.widths) return;
      this.fit();
      this.stale = new Set(this.rows.values());
      this.render();
    }

    clear() {
      for (const row of this.rows.values()) row.remove();
      this.rows.clear();
      this.stale.clear();
      this.shown = '';
    }

    // The same rows in the same order, filled again: after a change of picks.
    refresh() {
      this.setOrder(this.order);
    }

    showSorts() {
      for (const [index, head] of this.heads) this.fillSort(head, this.columns[index]);
    }

    renderSoon() {
      if (this.frame) return;
      this.frame = window.requestAnimationFrame(() => {
        this.frame = 0;
        this.render();
      });
    }

    // The first column and those between the edges, with some spare; and the one in use.
    columnWindow() {
      const from = this.element.scrollLeft - SPARE_PIXELS;
      const to = this.element.scrollLeft + this.element.clientWidth + SPARE_PIXELS;
      const used = document.activeElement ? Number(document.activeElement.dataset.headIndex) : NaN;
      const shown = [];
      for (let i = 0; i < this.columns.length; i++) {
        const inSight = this.lefts[i] + this.wides[i] >= from && this.lefts[i] <= to;
        if (i === 0 || inSight || i === used || i === this.active.column) shown.push(i);
      }
      return shown;
    }

    render() {
      if (!this.widths) return;
      const indices = this.columnWindow();
      const key = indices.join();
      if (key !== this.shown) {
        this.clear();
        this.shown = key;
        this.renderHead(indices);
      }
      const first = Math.max(0, Math.floor(this.element.scrollTop / ROW) - SPARE_ROWS);
      const height = this.element.clientHeight;
      const last = Math.min(this.order.length, Math.ceil((this.element.scrollTop + height) / ROW) + SPARE_ROWS);
      for (const [position, row] of this.rows) {
        if (position >= first && position < last) continue;
        row.remove();
        this.rows.delete(position);
      }
      let next = this.body.firstChild;
      for (let position = first; position < last; position++) {
        let row = this.rows.get(position);
        if (!row) {
          row = this.makeRow(position, indices);
          this.rows.set(position, row);
          this.body.insertBefore(row, next);
          this.fillRow(row, position, indices);
        } else if (this.stale.has(row)) {
          this.fillRow(row, position, indices);
        }
        next = row.nextSibling;
      }
      this.stale.clear();
      this.markActive();
    }

    makeRow(position, indices) {
      const element = el('div', {
        class: 'grid-row', role: 'row', 'aria-rowindex': String(position + 2), 'data-position': String(position),
      });
      element.style.top = position * ROW + 'px';
      element.style.width = this.total + 'px';
      for (const index of indices) {
        const column = this.columns[index];
        const cell = el('div', {
          class: 'grid-cell k-' + column.kind + (column.align === 'right' ? ' right' : '') + (index ? '' : ' first'),
          role: index ? 'gridcell' : 'rowheader', 'aria-colindex': String(index + 1),
          id: this.name + '-' + position + '-' + index, 'data-column': String(index),
        });
        this.position(cell, index);
        element.append(cell);
      }
      return element;
    }

    fillRow(element, position, indices) {
      const row = this.order[position];
      const picks = this.hooks.picks();
      this.showState(element, row, picks);
      indices.forEach((index, place) => {
        const cell = element.children[place];
        cell.removeAttribute('title');
        rr.gridCells.fill(cell, this.table, this.columns[index], row, picks);
      });
    }

    // Whether the run is picked, and where it is in a tree.
    showState(element, row, picks) {
      const { tree } = this.table;
      const isTree = tree && tree.isOn;
      const state = {
        'aria-selected': picks ? picks.has(row) : null,
        'aria-level': isTree ? tree.depths[row] + 1 : null,
        'aria-expanded': isTree && tree.hasChildren(row) ? !tree.isClosed(row) : null,
      };
      for (const [name, value] of Object.entries(state)) {
        if (value === null) element.removeAttribute(name);
        else element.setAttribute(name, String(value));
      }
    }

    position(cell, index) {
      cell.style.width = this.wides[index] + 'px';
      if (index) cell.style.left = this.lefts[index] + 'px';
    }

    renderHead(indices) {
      const wanted = new Set(indices);
      for (const [index, head] of this.heads) {
        if (wanted.has(index)) continue;
        head.remove();
        this.heads.delete(index);
      }
      let next = this.head.firstChild;
      for (const index of indices) {
        let head = this.heads.get(index);
        if (!head) {
          head = this.makeHead(index);
          this.heads.set(index, head);
          this.head.insertBefore(head, next);
        }
        this.position(head, index);
        next = head.nextSibling;
      }
    }

    makeHead(index) {
      const column = this.columns[index];
      const first = column.group && (index === 0 || this.columns[index - 1].group !== column.group);
      const head = el('div', {
        class: 'grid-cell grid-th k-' + column.kind + (column.align === 'right' ? ' right' : '') + (index ? '' : ' first'),
        role: 'columnheader', 'aria-colindex': String(index + 1), id: this.name + '-head-' + index,
      },
      el('span', { class: 'eyebrow', text: first ? column.group : '' }),
      el('button', {
        class: 'sort', type: 'button', tabindex: '-1', title: 'Sort by ' + column.label,
        onclick: (event) => this.hooks.onSort(column, event.shiftKey),
      }),
      el('input', {
        class: 'filter', type: 'text', 'data-head-index': String(index), autocomplete: 'off', spellcheck: 'false',
        'aria-label': 'Filter ' + (column.group ? column.group + ' ' : '') + column.label,
        placeholder: PLACEHOLDERS.get(column.kind) || 'filter', oninput: (event) => this.hooks.onQuery(column, event.target.value),
      }));
      head.querySelector('.filter').value = this.hooks.queryOf(column);
      this.fillSort(head, column);
      return head;
    }

    fillSort(head, column) {
      const sort = this.hooks.sortOf(column);
      const button = head.querySelector('.sort');
      const goal = column.goal && el('span', { class: 'goal', 'aria-hidden': 'true', text: column.goal === 'max' ? '↑' : '↓' });
      const arrow = sort && el('span', { class: 'arrow ' + (sort.descending ? 'down' : 'up'), 'aria-hidden': 'true' });
      button.replaceChildren(el('span', { class: column.group ? 'label' : 'label fact', text: column.label }), ...[goal, arrow].filter(Boolean));
      button.classList.toggle('on', Boolean(sort));
      if (sort) head.setAttribute('aria-sort', sort.descending ? 'descending' : 'ascending');
      else head.setAttribute('aria-sort', 'none');
    }

    cellAt({ row, column }) {
      return document.getElementById(this.name + '-' + (row < 0 ? 'head' : row) + '-' + column);
    }

    markActive() {
      const old = this.element.querySelector('.active');
      if (old) old.classList.remove('active');
      const cell = this.cellAt(this.active);
      if (!cell) {
        this.element.removeAttribute('aria-activedescendant');
        return;
      }
      cell.classList.add('active');
      this.element.setAttribute('aria-activedescendant', cell.id);
    }

    // Scrolls so far that the cell in use is in sight beside the head and the first column.
    showActive(scroll = true) {
      const { row, column } = this.active;
      if (scroll && row >= 0) {
        const room = this.element.clientHeight - this.head.offsetHeight;
        const top = row * ROW;
        if (top < this.element.scrollTop) this.element.scrollTop = top;
        if (top + ROW > this.element.scrollTop + room) this.element.scrollTop = top + ROW - room;
      }
      if (scroll && column > 0) {
        const left = this.lefts[column] - this.wides[0];
        const right = this.lefts[column] + this.wides[column];
        if (right > this.element.scrollLeft + this.element.clientWidth) this.element.scrollLeft = right - this.element.clientWidth;
        if (left < this.element.scrollLeft) this.element.scrollLeft = left;
      }
      this.render();
    }
  }

  rr.GridView = GridView;
})();
