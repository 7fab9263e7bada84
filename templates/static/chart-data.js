// Metric histories: loads them, and reduces and smooths their points.
(function () {
  'use strict';

  const rr = window.runreport;

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
        added: raw.added || [], tiles: raw.tiles || [], levels: raw.levels || [],
      };
    }
    return raw.decoded;
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

  // Of each bucket the smallest and the largest value, in their order, and the first gap. Buckets
  // of two or three points would leave hardly any out.
  function reduce(points, buckets) {
    const count = points.x.length;
    if (count <= buckets * 3) return points;
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

  rr.chartData = { history, reduce, smooth, lowerBound };
})();
