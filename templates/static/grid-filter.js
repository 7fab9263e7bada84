// What the filter box and the fields under the column heads mean, as masks over rows.
(function () {
  'use strict';

  const rr = window.runreport;
  const data = rr.gridData;
  const UNITS = new Map([['ms', 0.001], ['s', 1], ['m', 60], ['h', 3600], ['d', 86400], ['', 1]]);
  const NUMBER = '[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?';
  const COMPARE = /^\s*(<=|>=|!=|=|<|>)\s*(.+?)\s*$/;
  const BETWEEN = /^\s*(.+?)\s*\.\.\s*(.+?)\s*$/;

  function wordsOf(query) {
    return query.toLowerCase().split(/\s+/).filter((word) => word !== '');
  }

  // A number as the column understands it: "5m" of a duration, "2026-03" of a time.
  function parseValue(column, text) {
    if (/^[-+]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
    if (column.kind === 'time') {
      const iso = text.trim().replace(' ', 'T');
      const full = /T\d\d:\d\d/.test(iso) && !/(Z|[-+]\d\d:?\d\d)$/.test(iso) ? iso + 'Z' : iso;
      return Date.parse(full) / 1000;
    }
    const match = new RegExp('^(' + NUMBER + ')\\s*(ms|s|m|h|d|)$', 'i').exec(text);
    if (!match || (match[2] && column.kind !== 'duration')) return NaN;
    return Number(match[1]) * UNITS.get(match[2].toLowerCase());
  }

  function compare(sign, wanted) {
    switch (sign) {
      case '<': return (value) => value < wanted;
      case '<=': return (value) => value <= wanted;
      case '>': return (value) => value > wanted;
      case '>=': return (value) => value >= wanted;
      case '!=': return (value) => value !== wanted;
      default: return (value) => value === wanted;
    }
  }

  // "> 0.9", "1..5" and "= 3" compare; null when the text is none of these.
  function numberTest(column, query) {
    const between = BETWEEN.exec(query);
    if (between) {
      const [low, high] = [parseValue(column, between[1]), parseValue(column, between[2])];
      if (!Number.isNaN(low) && !Number.isNaN(high)) return (value) => value >= low && value <= high;
    }
    const sides = COMPARE.exec(query);
    if (!sides) return null;
    const wanted = parseValue(column, sides[2]);
    return Number.isNaN(wanted) ? null : compare(sides[1], wanted);
  }

  // Other text is looked for in what the cell shows; "!" before a word wants it absent.
  function textTest(query) {
    const exact = /^\s*=\s*(.*?)\s*$/.exec(query);
    if (exact) return (text) => text === exact[1].toLowerCase();
    const words = wordsOf(query).map((word) => (
      word.length > 1 && word.startsWith('!') ? { word: word.slice(1), wanted: false } : { word, wanted: true }
    ));
    return (text) => words.every(({ word, wanted }) => text.includes(word) === wanted);
  }

  function narrowByNumber(mask, column, test) {
    for (let row = 0; row < mask.length; row++) {
      if (mask[row] && !(test(column.numbers[row]) && !data.isMissing(column, row))) mask[row] = 0;
    }
  }

  function narrowByText(mask, column, query) {
    const test = textTest(query);
    if (column.numeric) {
      for (let row = 0; row < mask.length; row++) {
        if (mask[row] && !test(data.text(column, row).toLowerCase())) mask[row] = 0;
      }
      return;
    }
    const passes = data.lowerDict(column).map(test);
    const empty = test('');
    for (let row = 0; row < mask.length; row++) {
      const code = column.codes[row];
      if (mask[row] && !(code < 0 ? empty : passes[code])) mask[row] = 0;
    }
  }

  function narrowByColumn(mask, column, query) {
    const test = column.numeric ? numberTest(column, query) : null;
    if (test) narrowByNumber(mask, column, test);
    else narrowByText(mask, column, query);
  }

  // Every word has to be in some text of the row.
  function narrowBySearch(mask, table, query) {
    const columns = table.columns.filter((column) => !column.numeric);
    const ids = data.lowerIds(table);
    for (const word of wordsOf(query)) {
      const hits = new Uint8Array(mask.length);
      for (const column of columns) markHits(hits, column, word);
      for (let row = 0; row < mask.length; row++) {
        if (mask[row] && !hits[row] && !(ids.length && ids[row].includes(word))) mask[row] = 0;
      }
    }
  }

  function markHits(hits, column, word) {
    const lower = data.lowerDict(column);
    const found = new Uint8Array(lower.length);
    let any = false;
    for (let i = 0; i < lower.length; i++) {
      if (lower[i].includes(word)) {
        found[i] = 1;
        any = true;
      }
    }
    if (!any) return;
    for (let row = 0; row < hits.length; row++) {
      const code = column.codes[row];
      if (code >= 0 && found[code]) hits[row] = 1;
    }
  }

  // The rows, in file order, that the search box and all column fields let through.
  function filterRows(table, query, columnQueries) {
    const mask = new Uint8Array(table.rows).fill(1);
    if (query.trim()) narrowBySearch(mask, table, query);
    for (const [id, columnQuery] of columnQueries) {
      const column = table.byId.get(id);
      if (column && columnQuery.trim()) narrowByColumn(mask, column, columnQuery);
    }
    return mask;
  }

  rr.gridFilter = { filterRows };
})();
