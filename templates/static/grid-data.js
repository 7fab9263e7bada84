// The runs table in columns: typed arrays for numbers, a dictionary and codes for text; stable
// sorting by radix, so that 100,000 rows sort in a few milliseconds.
(function () {
  'use strict';

  const rr = window.runreport;
  const NUMERIC = new Set(['number', 'time', 'duration']);
  const NON_FINITE = new Set(['NaN', 'Infinity', '-Infinity']);
  const MISSING = -1;

  function makeColumn(raw, rows) {
    const column = {
      id: raw.id, label: raw.label, group: raw.group || '', kind: raw.kind,
      align: raw.align || 'left', width: raw.width || 4,
      decimals: raw.decimals === undefined ? null : raw.decimals,
      goal: raw.goal || null, differs: raw.differs !== false, rows,
      hidden: raw.hidden === true,
      numeric: NUMERIC.has(raw.kind), links: raw.links || null, keys: null, lower: null,
    };
    if (column.numeric) fillNumbers(column, raw);
    else fillText(column, raw);
    return column;
  }

  // A number that was logged as NaN is a value; a number that was not logged is missing.
  function fillNumbers(column, raw) {
    const values = raw.dict ? null : rr.decode(raw.values);
    const numbers = new Float64Array(column.rows).fill(NaN);
    column.loggedNaN = new Set();
    const codes = raw.dict ? rr.decode(raw.codes) : null;
    for (let row = 0; row < column.rows; row++) {
      const value = codes ? raw.dict[codes[row]] : values[row];
      if (typeof value === 'number') numbers[row] = value;
      else if (NON_FINITE.has(value)) numbers[row] = Number(value);
      if (value === 'NaN') column.loggedNaN.add(row);
    }
    column.numbers = numbers;
  }

  function fillText(column, raw) {
    if (raw.dict) {
      column.dict = raw.dict.map(textOf);
      column.codes = rr.decode(raw.codes);
      return;
    }
    const codes = new Int32Array(column.rows).fill(MISSING);
    const known = new Map();
    const dict = [];
    const links = column.links ? [] : null;
    raw.values.forEach((value, row) => {
      if (value === null || value === undefined) return;
      const text = textOf(value);
      if (!known.has(text)) {
        known.set(text, dict.length);
        if (links) links.push(column.links[row]);
        dict.push(text);
      }
      codes[row] = known.get(text);
    });
    column.dict = dict;
    column.codes = codes;
    column.links = links;
  }

  function textOf(value) {
    if (typeof value === 'string') return value;
    return typeof value === 'number' ? rr.format.exact(value) : JSON.stringify(value);
  }

  function isMissing(column, row) {
    if (!column.numeric) return column.codes[row] < 0;
    return Number.isNaN(column.numbers[row]) && !column.loggedNaN.has(row);
  }

  // What a cell shows.
  function text(column, row) {
    if (isMissing(column, row)) return '';
    if (!column.numeric) return column.dict[column.codes[row]];
    return numberText(column, column.numbers[row]);
  }

  function numberText(column, value) {
    if (column.kind === 'time') return rr.format.time(value);
    if (column.kind === 'duration') return rr.format.duration(value);
    return column.decimals === null ? rr.format.exact(value) : rr.format.fixed(value, column.decimals);
  }

  // What a cell holds, in full: its title on the page.
  function fullText(column, row) {
    if (isMissing(column, row) || !column.numeric) return text(column, row);
    const value = column.numbers[row];
    if (column.kind === 'time') return rr.format.exactTime(value);
    return rr.format.exact(value) + (column.kind === 'duration' ? ' s' : '');
  }

  // The same for a file: plain numbers, and times as ISO 8601.
  function fileText(column, row) {
    if (isMissing(column, row) || !column.numeric) return text(column, row);
    const value = column.numbers[row];
    return column.kind === 'time' ? rr.format.isoTime(value) : rr.format.exact(value);
  }

  function link(column, row) {
    return column.links && !isMissing(column, row) ? rr.safeHref(column.links[column.codes[row]]) : null;
  }

  function lowerDict(column) {
    if (!column.lower) column.lower = column.dict.map((entry) => entry.toLowerCase());
    return column.lower;
  }

  function lowerIds(table) {
    if (!table.ids) table.ids = (table.run.id || []).map((id) => (id || '').toLowerCase());
    return table.ids;
  }

  // The finite values' smallest and largest, for the bars behind a goal metric.
  function extent(column) {
    if (!column.extent) {
      let low = Infinity;
      let high = -Infinity;
      for (const value of column.numbers) {
        if (!Number.isFinite(value)) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      column.extent = [low, high];
    }
    return column.extent;
  }

  // Digits sort by their size ("v1.10" after "v1.9"); commit ids have no such order.
  function naturalKey(entry) {
    const lower = entry.toLowerCase();
    if (/^[0-9a-f]{7,64}$/.test(lower) || !/\d/.test(lower)) return lower;
    return lower.replace(/\d+/g, (digits) => digits.padStart(20, '0'));
  }

  function textRanks(dict) {
    const keys = dict.map(naturalKey);
    const order = Uint32Array.from(keys.keys()).sort((a, b) => {
      if (keys[a] !== keys[b]) return keys[a] < keys[b] ? -1 : 1;
      return dict[a] < dict[b] ? -1 : 1;
    });
    const ranks = new Uint32Array(dict.length);
    order.forEach((entry, rank) => { ranks[entry] = rank; });
    return ranks;
  }

  // Sort keys as unsigned 32-bit words, least significant first.
  function sortKeys(column) {
    if (column.keys) return column.keys;
    const missing = new Uint8Array(column.rows);
    const low = new Uint32Array(column.rows);
    let words = [low];
    if (column.numeric) {
      const high = new Uint32Array(column.rows);
      const bits = new Uint32Array(Float64Array.from(column.numbers, (value) => value + 0).buffer);
      for (let row = 0; row < column.rows; row++) {
        if (Number.isNaN(column.numbers[row])) missing[row] = 1;
        const negative = bits[2 * row + 1] >>> 31;
        low[row] = negative ? ~bits[2 * row] : bits[2 * row];
        high[row] = negative ? ~bits[2 * row + 1] : bits[2 * row + 1] ^ 0x80000000;
      }
      words = [low, high];
    } else {
      const ranks = textRanks(column.dict);
      for (let row = 0; row < column.rows; row++) {
        const code = column.codes[row];
        if (code < 0 || column.dict[code] === '') missing[row] = 1;
        else low[row] = ranks[code];
      }
    }
    column.keys = { words, missing };
    return column.keys;
  }

  function radixPass(order, word, shift, flip) {
    const counts = new Uint32Array(65537);
    for (let i = 0; i < order.length; i++) counts[(((word[order[i]] ^ flip) >>> shift) & 65535) + 1] += 1;
    if (counts.includes(order.length)) return order;
    for (let i = 1; i < counts.length; i++) counts[i] += counts[i - 1];
    const out = new Uint32Array(order.length);
    for (let i = 0; i < order.length; i++) {
      out[counts[((word[order[i]] ^ flip) >>> shift) & 65535]++] = order[i];
    }
    return out;
  }

  // Sorts stably by one column; missing values and NaN come last in both directions.
  function sortBy(order, column, descending) {
    const { words, missing } = sortKeys(column);
    const present = order.filter((row) => !missing[row]);
    let sorted = present;
    for (const word of words) {
      for (const shift of [0, 16]) sorted = radixPass(sorted, word, shift, descending ? 0xffffffff : 0);
    }
    if (present.length === order.length) return sorted;
    const out = new Uint32Array(order.length);
    out.set(sorted);
    out.set(order.filter((row) => missing[row]), sorted.length);
    return out;
  }

  // Sorts by several columns, the first of them counting most.
  function sortRows(order, sorts) {
    let sorted = order;
    for (const sort of [...sorts].reverse()) sorted = sortBy(sorted, sort.column, sort.descending);
    return sorted;
  }

  function makeTable(raw) {
    const columns = raw.columns.map((column) => makeColumn(column, raw.rows));
    const byId = new Map(columns.map((column) => [column.id, column]));
    const run = Object.assign({}, raw.run);
    // What tells runs of one name apart, where names alone do not.
    run.marks = run.mark && run.mark.some((mark) => mark !== '') ? run.mark : null;
    const tree = run.parent ? new rr.GridTree(Int32Array.from(rr.decode(run.parent))) : null;
    return { rows: raw.rows, columns, byId, run, ids: null, tree, metrics: raw.metrics || [], held: raw.held || [] };
  }

  // The data file with a run's history of a metric, or null.
  function historyFile(table, row, metric) {
    const index = table.metrics.indexOf(metric);
    const found = (table.run.histories[row] || []).find(([, list]) => table.held[list].includes(index));
    if (!found) return null;
    return found[0].startsWith('h-') ? found[0] : 'h-' + table.run.slug[row] + '-' + found[0];
  }

  rr.gridData = {
    makeTable, isMissing, text, fullText, fileText, numberText, link, lowerDict, lowerIds, extent,
    sortRows, historyFile,
  };
})();
