// Runs below runs: the order of the grid's rows with every run just above its children, and which
// of them are closed.
(function () {
  'use strict';

  const NONE = -1;

  class GridTree {
    // parents: a row's parent row, or -1; the build has seen to it that there is no ring.
    constructor(parents) {
      this.parents = parents;
      this.depths = new Uint8Array(parents.length);
      this.heads = new Int32Array(parents.length).fill(NONE);
      this.isOn = true;
      this.isOpen = false;
      this.closed = new Set();
    }

    // The nearest row above that is shown: where a parent is filtered out, the run moves up.
    above(row, shown) {
      let parent = this.parents[row];
      while (parent !== NONE && !shown[parent]) parent = this.parents[parent];
      return parent;
    }

    // The rows of an order as trees, siblings in that order; a filter's rows are all shown.
    arrange(order, isFiltered) {
      this.isOpen = isFiltered;
      const rows = this.parents.length;
      const shown = new Uint8Array(rows);
      for (const row of order) shown[row] = 1;
      const next = new Int32Array(rows).fill(NONE);
      this.heads = new Int32Array(rows).fill(NONE);
      let first = NONE;
      for (let i = order.length - 1; i >= 0; i--) {
        const row = order[i];
        const parent = this.above(row, shown);
        next[row] = parent === NONE ? first : this.heads[parent];
        if (parent === NONE) first = row;
        else this.heads[parent] = row;
      }
      return this.walk(first, next, order.length);
    }

    walk(first, next, count) {
      const out = new Uint32Array(count);
      const waiting = [];
      let length = 0;
      let row = first;
      let depth = 0;
      while (row !== NONE || waiting.length) {
        if (row === NONE) {
          row = waiting.pop();
          depth -= 1;
          continue;
        }
        out[length] = row;
        length += 1;
        this.depths[row] = Math.min(depth, 255);
        const child = this.heads[row];
        if (child !== NONE && !this.isClosed(row)) {
          waiting.push(next[row]);
          depth += 1;
          row = child;
        } else {
          row = next[row];
        }
      }
      return out.subarray(0, length);
    }

    hasChildren(row) {
      return this.heads[row] !== NONE;
    }

    isClosed(row) {
      return !this.isOpen && this.closed.has(row);
    }

    toggle(row) {
      if (!this.closed.delete(row)) this.closed.add(row);
    }

    closeAll() {
      this.closed = new Set(this.parents.filter((row) => row !== NONE));
    }

    openAll() {
      this.closed.clear();
    }

    // How far a run's name stands to the right, in steps.
    depth(row) {
      return Math.min(this.depths[row], 6);
    }

    deepest() {
      let most = 0;
      for (let row = 0; row < this.parents.length; row++) {
        let depth = 0;
        for (let at = this.parents[row]; at !== NONE && depth < 6; at = this.parents[at]) depth += 1;
        if (depth > most) most = depth;
      }
      return most;
    }
  }

  window.runreport.GridTree = GridTree;
})();
