// The finer points of a zoomed chart: found level by level, and put in place of the overview's.
(function () {
  'use strict';

  const rr = window.runreport;
  const BUCKETS_A_PIXEL = 1.5;

  // The steps that a part of the axis covers, by some points of the history.
  function stepsOf(points, history, axis, [from, to]) {
    if (axis.kind === 'step') return [from, to];
    const placed = rr.chartSeries.onAxis(points, history, axis);
    if (!placed) return null;
    const { x, steps } = placed;
    const first = Math.max(0, rr.chartData.lowerBound(x, from) - 1);
    const last = Math.min(x.length - 1, rr.chartData.lowerBound(x, to));
    let low = Infinity;
    let high = -Infinity;
    for (let i = first; i <= last; i++) {
      low = Math.min(low, steps[i]);
      high = Math.max(high, steps[i]);
    }
    return [low, high];
  }

  // What a zoomed chart of so many pixels shows of a history; null where the overview does, or where
  // the view has changed meanwhile. On an axis of times the overview tells only roughly which steps
  // are in view, and each level that is loaded tells it better.
  async function find(history, axis, view, pixels, isWanted) {
    let known = history;
    let detail = null;
    for (;;) {
      const steps = stepsOf(known, history, axis, view);
      const level = steps && rr.chartTiles.levelFor(history, steps, pixels);
      if (!level || (detail && level.size >= detail.level.size)) return detail;
      known = await rr.chartTiles.points(level, steps, isWanted);
      if (!known) return null;
      detail = {
        points: rr.chartData.reduce(known, Math.max(300, Math.round(pixels * BUCKETS_A_PIXEL))),
        count: level.size === 1 ? known.x.length : Math.round(level.count), level, steps,
      };
      if (level.size === 1 || axis.kind === 'step') return detail;
    }
  }

  // Some points outside a stretch, the finer ones inside it.
  function inserted(outer, inner) {
    const end = inner.x[inner.x.length - 1];
    const before = rr.chartData.lowerBound(outer.x, inner.x[0]);
    let after = rr.chartData.lowerBound(outer.x, end);
    while (after < outer.x.length && outer.x[after] <= end) after += 1;
    const joined = (key) => {
      if (!outer[key] || !inner[key]) return null;
      const tail = outer[key].subarray(after);
      const out = new Float64Array(before + inner[key].length + tail.length);
      out.set(outer[key].subarray(0, before));
      out.set(inner[key], before);
      out.set(tail, before + inner[key].length);
      return out;
    };
    return { x: joined('x'), y: joined('y'), t: joined('t') };
  }

  // The overview outside the zoomed part, the finer points inside.
  function splice(history, detail) {
    if (!detail || detail.points.x.length === 0) return history;
    return inserted(history, detail.points);
  }

  // The same of what the smoothed line is drawn from: means, or the points where they are all.
  function spliceMeans(history, detail) {
    const outer = history.mean || history;
    if (!detail || detail.points.x.length === 0) return outer;
    return inserted(outer, detail.points.mean || detail.points);
  }

  // The overview lists the first values that are no numbers; finer points bring those in view.
  function marks(history, detail) {
    if (!detail) return history.marks;
    const { x, y } = detail.points;
    const listed = new Set(history.marks.map((mark) => mark.step));
    const found = [];
    for (let i = 0; i < x.length; i++) {
      if (!Number.isFinite(y[i]) && !listed.has(x[i])) found.push({ step: x[i], text: String(y[i]) });
    }
    return found.length ? [...history.marks, ...found] : history.marks;
  }

  rr.chartDetail = { find, splice, spliceMeans, marks };
})();
