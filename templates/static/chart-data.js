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
        n: raw.n, shown: raw.shown, started: file.started, ...decodePoints(raw),
        marks: (raw.marks || []).map(([step, value]) => ({ step, text: String(value) })),
        nan: raw.nan || 0, infinite: raw.infinite || 0, superseded: raw.superseded || 0,
        added: raw.added || [], tiles: raw.tiles || [], levels: raw.levels || [],
      };
    }
    return raw.decoded;
  }

  const MEAN_OF = 4;
  // Of points at the same place each still counts a little.
  const LEAST_STEP = 1e-5;

  // Points, and where they stand for more, the means of all values that the smoothed line is of:
  // from each fourth point to the next, where the mean has its place.
  function decodePoints(raw) {
    const points = { x: rr.numbers(raw.x), y: rr.numbers(raw.y), t: rr.numbers(raw.t), mean: null };
    const y = rr.numbers(raw.mean);
    if (!y) return points;
    const ends = (column) => column && Float64Array.from(y, (_, i) => column[Math.min(MEAN_OF * (i + 1), column.length - 1)]);
    points.mean = { x: ends(points.x), y, t: ends(points.t) };
    return points;
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
    return { x: pick(points.x), y: pick(points.y), t: pick(points.t), mean: average(points.mean || points, buckets) };
  }

  // The mean of each bucket at its end; what is not finite is left out.
  function average(points, buckets) {
    const count = points.x.length;
    const size = Math.ceil(count / buckets);
    const ends = Array.from({ length: Math.ceil(count / size) }, (_, bucket) => Math.min(count, (bucket + 1) * size));
    const y = Float64Array.from(ends, (end, bucket) => {
      const finite = points.y.slice(bucket * size, end).filter(Number.isFinite);
      return finite.reduce((sum, value) => sum + value, 0) / finite.length;
    });
    const at = (column) => column && Float64Array.from(ends, (end) => column[end - 1]);
    return { x: at(points.x), y, t: at(points.t) };
  }

  // An exponential mean that forgets by distance on the x-axis, not by point: with the means of what
  // is left out, the line is the same at every level. `span` is the whole axis, of which a thousandth
  // counts as one step of the weight; values that are not finite are gaps in it.
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
      const keep = Math.pow(weight, Math.min(1000, Math.max(distance, LEAST_STEP)));
      mean = mean * keep + ys[i] * (1 - keep);
      total = total * keep + (1 - keep);
      out[i] = mean / total;
    }
    return out;
  }

  rr.chartData = { history, decodePoints, reduce, smooth, lowerBound };
})();
