// The keyboard in the grid: arrows, Home, End and the page keys move; Enter opens or sorts; Space
// picks a run for the history. In a run's cell, right opens what is below it, left closes it or
// leads to the run above.
(function () {
  'use strict';

  const rr = window.runreport;

  function target(view, event) {
    const { row, column } = view.active;
    const lastRow = view.order.length - 1;
    const lastColumn = view.columns.length - 1;
    const page = Math.max(1, Math.floor(view.element.clientHeight / 34) - 3);
    switch (event.key) {
      case 'ArrowDown': return [row + 1, column];
      case 'ArrowUp': return [row - 1, column];
      case 'ArrowRight': return [row, column + 1];
      case 'ArrowLeft': return [row, column - 1];
      case 'PageDown': return [Math.min(lastRow, row + page), column];
      case 'PageUp': return [Math.max(0, row - page), column];
      case 'Home': return event.ctrlKey ? [0, 0] : [row, 0];
      case 'End': return event.ctrlKey ? [lastRow, lastColumn] : [row, lastColumn];
      default: return null;
    }
  }

  function open(view, event) {
    const cell = view.cellAt(view.active);
    if (view.active.row < 0) {
      view.hooks.onSort(view.columns[view.active.column], event.shiftKey);
      return;
    }
    const link = cell && cell.querySelector('a');
    if (link) link.click();
  }

  function twisted(view, event) {
    const { tree } = view.table;
    if (!tree || !tree.isOn || view.active.column !== 0 || view.active.row < 0) return false;
    const row = view.order[view.active.row];
    const isClosed = tree.isClosed(row);
    if (event.key === 'ArrowRight' && tree.hasChildren(row) && isClosed) {
      view.hooks.onTwist(row);
      return true;
    }
    if (event.key !== 'ArrowLeft') return false;
    if (tree.hasChildren(row) && !isClosed && !tree.isOpen) {
      view.hooks.onTwist(row);
      return true;
    }
    let position = view.active.row;
    while (position > 0 && tree.depths[view.order[position]] >= tree.depths[row]) position -= 1;
    if (tree.depths[row] === 0) return false;
    view.active = { row: position, column: 0 };
    view.showActive();
    return true;
  }

  // Keys typed into a filter field belong to the field; Escape and ArrowDown lead back to the cells.
  function inField(view, event) {
    if (event.key !== 'Escape' && event.key !== 'ArrowDown' && event.key !== 'Enter') return;
    if (event.key === 'Escape' && event.target.value) {
      event.target.value = '';
      event.target.dispatchEvent(new Event('input'));
      return;
    }
    event.preventDefault();
    view.active = { row: view.order.length ? 0 : -1, column: Number(event.target.dataset.headIndex) };
    view.element.focus();
    view.showActive();
  }

  function handle(view, event) {
    if (event.altKey || event.metaKey) return;
    if (event.target.matches('input')) {
      inField(view, event);
      return;
    }
    if (event.target !== view.element) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (event.key === 'Enter' || view.active.row < 0) open(view, event);
      else if (view.hooks.picks()) view.hooks.onPick(view.order[view.active.row]);
      return;
    }
    if (twisted(view, event)) {
      event.preventDefault();
      return;
    }
    const next = target(view, event);
    if (!next) return;
    event.preventDefault();
    view.active = {
      row: Math.max(-1, Math.min(view.order.length - 1, next[0])),
      column: Math.max(0, Math.min(view.columns.length - 1, next[1])),
    };
    view.showActive();
  }

  rr.gridKeys = { handle };
})();
