// Metric histories: loads them, finds the finer tiles of a stretch, and reduces and smooths them.
(function () {
  'use strict';

  const rr = window.runreport;
  const TILES_KEPT = 64;
  const TILES_AT_ONCE = 16;
  const tiles = new Map();

  // One metric of one run, its columns decoded; null when the file does not hold it.
  async function history(url, metric) {
    const file = await rr.load(url);
    if (!Object.hasOwn(file.metrics, metric)) return null;
    const raw = file.metrics[metric];
    if (!raw.decoded) {
      raw.decoded = {
        n: raw.n, shown: raw.shown, started: file.started,
        x: rr.numbers(raw.x), y: rr.numbers(raw.y), t: rr.numbers(raw.t),
        marks: (raw.marks || []).map(([step, value]) => ({ step, text: String(value) })),
        nan: raw.nan || 0, infinite: raw.infinite || 0, superseded: raw.superseded || 0,
        added: raw.added || [], tiles: raw.tiles || [],
      };
    }
    return raw.decoded;
  }

  // Tiles are kept decoded, the latest used last; the oldest give way.
  async function tile(name) {
    let promise = tiles.get(name);
    tiles.delete(name);
    if (!promise) {
      const url = rr.dataUrl(name);
      promise = rr.load(url).then((raw) => {
        rr.forget(url);
        return { x: rr.numbers(raw.x), y: rr.numbers(raw.y), t: rr.numbers(raw.t) };
      });
    }
    tiles.set(name, promise);
    if (tiles.size > TILES_KEPT) tiles.delete(tiles.keys().next().value);
    return promise;
  }

  function join(parts, key) {
    if (parts.some((part) => part[key] === null)) return null;
    const out = new Float64Array(parts.reduce((sum, part) => sum + part[key].length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part[key], at);
      at += part[key].length;
    }
    return out;
  }

  // The first index whose value is not below `wanted`.
  function lowerBound(values, wanted) {
    let low = 0;
    let high = values.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // The raw points between two steps and one on either side; null when the overview has to do.
  async function stretch(series, from, to) {
    const wanted = series.tiles.filter((each) => each.x1 >= from && each.x0 <= to);
    if (wanted.length === 0 || wanted.length > TILES_AT_ONCE) return null;
    const parts = await Promise.all(wanted.map((each) => tile(each.src)));
    const whole = { x: join(parts, 'x'), y: join(parts, 'y'), t: join(parts, 't') };
    const first = Math.max(0, lowerBound(whole.x, from) - 1);
    let last = lowerBound(whole.x, to);
    while (last < whole.x.length && whole.x[last] <= to) last += 1;
    const cut = (values) => (values ? values.subarray(first, last + 1) : null);
    return { x: cut(whole.x), y: cut(whole.y), t: cut(whole.t) };
  }

  // Of each bucket the smallest and the largest value, in their order, and the first gap.
  function reduce(points, buckets) {
    const count = points.x.length;
    if (count <= buckets * 2) return points;
    const kept = [];
    const size = Math.ceil(count / buckets);
    for (let start = 0; start < count; start += size) {
      const end = Math.min(count, start + size);
      let low = -1;
      let high = -1;
      let gap = -1;
      for (let i = start; i < end; i++) {
        const value = points.y[i];
        if (!Number.isFinite(value)) {
          if (gap < 0) gap = i;
          continue;
        }
        if (low < 0 || value < points.y[low]) low = i;
        if (high < 0 || value > points.y[high]) high = i;
      }
      for (const index of [low, high, gap].sort((a, b) => a - b)) {
        if (index >= 0 && index !== kept[kept.length - 1]) kept.push(index);
      }
    }
    const pick = (values) => (values ? Float64Array.from(kept, (index) => values[index]) : null);
    return { x: pick(points.x), y: pick(points.y), t: pick(points.t) };
  }

  // An exponential mean that forgets by distance on the x-axis, not by point, so that it looks the
  // same when zoomed and when thinned out. `span` is the whole axis; gaps start it anew.
  function smooth(xs, ys, weight, span) {
    const out = new Float64Array(ys.length);
    let mean = 0;
    let total = 0;
    for (let i = 0; i < ys.length; i++) {
      if (!Number.isFinite(ys[i])) {
        out[i] = NaN;
        continue;
      }
      const distance = i && span > 0 ? ((xs[i] - xs[i - 1]) / span) * 1000 : 1;
      const keep = Math.pow(weight, Math.min(1000, Math.max(distance, 0.01)));
      mean = mean * keep + ys[i] * (1 - keep);
      total = total * keep + (1 - keep);
      out[i] = mean / total;
    }
    return out;
  }

  rr.chartData = { history, stretch, reduce, smooth, lowerBound };
})();
