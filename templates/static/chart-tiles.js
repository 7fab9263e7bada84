// The tiles of long histories: fetched a few at a time, the latest kept decoded, and those of a
// view that has gone are not asked for. Also which tiles cover a stretch as finely as a screen shows.
(function () {
  'use strict';

  const rr = window.runreport;
  const KEPT_BYTES = 64e6;
  // Browsers fetch about as many from one host; what is not asked for yet can still be left out.
  const AT_ONCE = 6;
  const MOST_TILES = 16;
  const kept = new Map();
  const jobs = new Map();
  const waiting = [];
  let keptBytes = 0;
  let running = 0;

  function keep(name, tile) {
    kept.set(name, tile);
    keptBytes += tile.bytes;
    for (const [oldest, { bytes }] of kept) {
      if (keptBytes <= KEPT_BYTES || oldest === name) break;
      kept.delete(oldest);
      keptBytes -= bytes;
    }
  }

  async function fetched(name) {
    const url = rr.dataUrl(name);
    try {
      const tile = rr.chartData.decodePoints(await rr.load(url));
      const columns = [...Object.values(tile), ...Object.values(tile.mean || {})];
      tile.bytes = columns.reduce((sum, column) => sum + ((column && column.byteLength) || 0), 0);
      return tile;
    } finally {
      rr.forget(url);
    }
  }

  function run(job) {
    running += 1;
    fetched(job.name).then((tile) => {
      keep(job.name, tile);
      job.resolve(tile);
    }, job.reject).finally(() => {
      jobs.delete(job.name);
      running -= 1;
      next();
    });
  }

  function next() {
    while (running < AT_ONCE && waiting.length) {
      const job = waiting.shift();
      if (job.askers.some((isWanted) => isWanted())) run(job);
      else {
        jobs.delete(job.name);
        job.resolve(null);
      }
    }
  }

  // A tile's columns; null when nobody wants it any more before its turn comes.
  function get(name, isWanted) {
    const known = kept.get(name);
    if (known) {
      kept.delete(name);
      kept.set(name, known);
      return Promise.resolve(known);
    }
    let job = jobs.get(name);
    if (!job) {
      job = { name, askers: [] };
      job.promise = new Promise((resolve, reject) => Object.assign(job, { resolve, reject }));
      jobs.set(name, job);
      waiting.push(job);
    }
    job.askers.push(isWanted);
    next();
    return job.promise;
  }

  // The tiles that hold what lies between two steps, and a point on either side where there is one.
  function covering(tiles, from, to) {
    let first = tiles.findIndex((tile) => tile.x1 >= from);
    if (first < 0) first = tiles.length - 1;
    if (first > 0 && tiles[first].x0 > from) first -= 1;
    let last = first;
    while (last + 1 < tiles.length && tiles[last].x1 < to) last += 1;
    return tiles.slice(first, last + 1);
  }

  // About how many points of a history lie between two steps.
  function countBetween(history, from, to) {
    return history.tiles.reduce((count, { x0, x1, n }) => {
      const inside = Math.min(to, x1) - Math.max(from, x0);
      if (inside < 0) return count;
      return count + (x1 > x0 ? n * (inside / (x1 - x0)) : n);
    }, 0);
  }

  // The coarsest level that has a bucket for each pixel between two steps, with its tiles there;
  // null where that is the overview, or where too many tiles were needed.
  function levelFor(history, [from, to], pixels) {
    const count = countBetween(history, from, to);
    if (count * history.shown >= 2 * history.n * pixels) return null;
    let level = { size: 1, tiles: history.tiles };
    for (const each of history.levels) {
      if (count >= each.size * pixels) level = each;
    }
    const tiles = covering(level.tiles, from, to);
    return tiles.length <= MOST_TILES ? { size: level.size, all: level.tiles, tiles, count } : null;
  }

  function join(parts) {
    const joined = (key) => {
      if (parts.some((part) => !part[key])) return null;
      if (parts.length === 1) return parts[0][key];
      const out = new Float64Array(parts.reduce((sum, part) => sum + part[key].length, 0));
      let at = 0;
      for (const part of parts) {
        out.set(part[key], at);
        at += part[key].length;
      }
      return out;
    };
    return { x: joined('x'), y: joined('y'), t: joined('t') };
  }

  // What lies between two steps, and one on either side.
  function cut(whole, [from, to]) {
    const { lowerBound } = rr.chartData;
    const first = Math.max(0, lowerBound(whole.x, from) - 1);
    let last = lowerBound(whole.x, to);
    while (last < whole.x.length && whole.x[last] <= to) last += 1;
    const part = (values) => (values ? values.subarray(first, last + 1) : null);
    return { x: part(whole.x), y: part(whole.y), t: part(whole.t) };
  }

  // A level's points between two steps; null when they are not wanted any more.
  async function points(level, steps, isWanted) {
    const parts = await Promise.all(level.tiles.map((tile) => get(tile.src, isWanted)));
    if (parts.includes(null)) return null;
    const means = parts.map((part) => part.mean).filter(Boolean);
    return { ...cut(join(parts), steps), mean: means.length ? cut(join(means), steps) : null };
  }

  // Fetches what a pan by half the view would need.
  function ahead(level, [from, to], isWanted) {
    const room = (to - from) / 2;
    for (const tile of covering(level.all, from - room, to + room)) get(tile.src, isWanted).catch(() => {});
  }

  const heldBytes = () => keptBytes;

  rr.chartTiles = { get, levelFor, points, ahead, heldBytes };
})();
