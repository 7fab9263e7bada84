// From a run's history to what is drawn: the x-axis that was asked for, the smoothed line, the raw
// one behind it, and marks for values that are not numbers.
(function () {
  'use strict';

  const rr = window.runreport;
  const FEW_POINTS = 20;
  const UNITS = [[120, 1, 'seconds'], [7200, 60, 'minutes'], [172800, 3600, 'hours'], [Infinity, 86400, 'days']];

  // What the x-axis shows for several histories, and how their times become its numbers.
  function makeAxis(histories, kind) {
    if (kind === 'step') return { kind, type: 'linear', title: 'step', scale: 1 };
    if (kind === 'time') return { kind, type: 'date', title: 'time (UTC)', scale: 1 };
    let longest = 0;
    for (const history of histories) {
      if (history.t) longest = Math.max(longest, history.t[history.t.length - 1] || 0);
    }
    const [, scale, unit] = UNITS.find(([limit]) => longest < limit);
    return { kind, type: 'linear', title: unit + ' since the start', scale };
  }

  // Points with their x on the axis, ascending; null when the history has no times.
  function onAxis(points, history, axis) {
    if (axis.kind === 'step') return { x: points.x, y: points.y, steps: points.x };
    if (!points.t) return null;
    const place = axis.kind === 'time'
      ? (seconds) => (history.started + seconds) * 1000
      : (seconds) => seconds / axis.scale;
    const known = [];
    let ordered = true;
    for (let i = 0; i < points.t.length; i++) {
      if (Number.isNaN(points.t[i])) continue;
      if (known.length && points.t[i] < points.t[known[known.length - 1]]) ordered = false;
      known.push(i);
    }
    if (known.length === 0) return null;
    if (!ordered) known.sort((a, b) => points.t[a] - points.t[b]);
    return {
      x: Float64Array.from(known, (i) => place(points.t[i])),
      y: Float64Array.from(known, (i) => points.y[i]),
      steps: Float64Array.from(known, (i) => points.x[i]),
    };
  }

  function extent(lists) {
    let low = Infinity;
    let high = -Infinity;
    for (const list of lists) {
      if (!list.length) continue;
      low = Math.min(low, list[0]);
      high = Math.max(high, list[list.length - 1]);
    }
    if (low > high) return null;
    if (low === high) return [low - 1, high + 1];
    return [low, high];
  }

  // A date axis takes text; plotly would read numbers as local time.
  function forPlotly(xs, axis) {
    return axis.type === 'date' ? Array.from(xs, (value) => new Date(value).toISOString()) : xs;
  }

  function line(points, axis, extra) {
    const finite = points.y.reduce((count, value) => count + (Number.isFinite(value) ? 1 : 0), 0);
    return Object.assign({
      type: 'scatter', x: forPlotly(points.x, axis), y: points.y, hoverinfo: 'skip',
      mode: finite <= FEW_POINTS ? 'lines+markers' : 'lines', connectgaps: false,
    }, extra);
  }

  // The traces of one series: raw (faint when smoothed), smoothed, added later, not a number.
  function traces(series, axis, settings, span, color) {
    const { points } = series;
    const out = [];
    const smoothed = settings.smoothing > 0;
    out.push(line(points, axis, {
      opacity: smoothed ? 0.22 : 1,
      line: { color, width: smoothed ? 1.2 : 1.5 }, marker: { color, size: 5 },
    }));
    if (smoothed && series.mean) {
      const { x } = series.mean;
      const y = rr.chartData.smooth(x, series.mean.y, settings.smoothing / 100, span);
      out.push(line({ x, y }, axis, { mode: 'lines', line: { color, width: 2 } }));
    }
    const added = addedPoints(series);
    if (added.x.length) {
      out.push(line(added, axis, { mode: 'markers', marker: { color, size: 9, symbol: 'circle-open', line: { width: 2 } } }));
    }
    return out.concat(markTraces(series, axis, color));
  }

  function addedPoints(series) {
    const x = [];
    const y = [];
    for (const stretch of series.history.added) {
      for (let i = 0; i < series.points.x.length && x.length < 500; i++) {
        if (series.points.steps[i] < stretch.x0 || series.points.steps[i] > stretch.x1) continue;
        x.push(series.points.x[i]);
        y.push(series.points.y[i]);
      }
    }
    return { x, y };
  }

  const MARKS = new Map([['NaN', ['x-thin', 0.03]], ['Infinity', ['triangle-up', 0.97]], ['-Infinity', ['triangle-down', 0.03]]]);

  // Steps whose value is not finite, at the chart's lower or upper edge.
  function markTraces(series, axis, color) {
    const { marks } = series;
    if (marks.length === 0) return [];
    const xs = [];
    const kept = [];
    for (const mark of marks) {
      const place = axis.kind === 'step' ? mark.step : placeOf(series, mark.step);
      if (place === null || !MARKS.has(mark.text)) continue;
      xs.push(place);
      kept.push(MARKS.get(mark.text));
    }
    if (xs.length === 0) return [];
    return [{
      type: 'scatter', mode: 'markers', yaxis: 'y2', hoverinfo: 'skip', cliponaxis: false,
      x: forPlotly(xs, axis), y: kept.map(([, y]) => y), meta: 'marks',
      marker: { color, size: 8, symbol: kept.map(([symbol]) => symbol), line: { color, width: 2 } },
    }];
  }

  function placeOf(series, step) {
    const index = series.points.steps.indexOf(step);
    return index < 0 ? null : series.points.x[index];
  }

  rr.chartSeries = { makeAxis, onAxis, extent, traces };
})();
