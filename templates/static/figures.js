// Plotly figures that a run logged: drawn in the page in the site's colours. Their texts keep only
// plain marks such as <b> and <br>, and what could load something or hold code is left out.
(function () {
  'use strict';

  const rr = window.runreport;
  const TRACES = new Set(['scatter', 'bar', 'box', 'violin', 'heatmap', 'histogram', 'pie', 'parcoords']);
  const FORBIDDEN = new Set([
    'images', 'updatemenus', 'sliders', 'template', 'hovertemplate', 'frames', 'stream', 'map', 'mapbox', 'geo',
    'modebar', 'meta', 'customdata', '__proto__', 'constructor', 'prototype',
  ]);
  const DEPTH = 30;

  function cleanText(text) {
    return text.replace(/<(?!\/?(?:b|i|u|s|em|br|sub|sup)\s*\/?>)/gi, '&lt;');
  }

  function clean(value, depth = 0) {
    if (typeof value === 'string') return cleanText(value);
    if (depth > DEPTH || value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1));
    const kept = Object.entries(value).filter(([key]) => !FORBIDDEN.has(key));
    return Object.fromEntries(kept.map(([key, item]) => [key, clean(item, depth + 1)]));
  }

  // Fills in the theme's colours where the figure names none.
  function dress(layout, theme) {
    const out = Object.assign({ colorway: theme.series }, layout, {
      paper_bgcolor: theme.surface, plot_bgcolor: theme.surface, autosize: true,
      modebar: { bgcolor: 'rgba(0,0,0,0)', color: theme.faint, activecolor: theme.accent },
    });
    delete out.width;
    out.font = Object.assign({ family: theme.font, size: 12, color: theme.muted }, layout.font);
    out.margin = Object.assign({ l: 56, r: 20, t: layout.title ? 56 : 24, b: 48 }, layout.margin);
    for (const name of Object.keys(out).filter((key) => /^[xy]axis\d*$/.test(key)).concat(['xaxis', 'yaxis'])) {
      out[name] = Object.assign({ gridcolor: theme.line, linecolor: theme.line, zerolinecolor: theme.line, automargin: true }, out[name]);
    }
    return out;
  }

  function heightOf(layout) {
    const height = Number(layout.height);
    return Number.isFinite(height) ? Math.min(1200, Math.max(160, height)) : 420;
  }

  async function draw(host) {
    const raw = await rr.load(host.dataset.src);
    const data = clean(raw.data || []);
    const layout = clean(raw.layout || {});
    const unknown = data.find((trace) => !TRACES.has(trace.type || 'scatter'));
    if (unknown) throw new Error('This page cannot draw a chart of the type ' + String(unknown.type) + '.');
    const plotly = await rr.chartPlot.load();
    const place = rr.el('div', { class: 'chart-plot' });
    place.style.height = heightOf(layout) + 'px';
    host.append(place);
    const config = Object.assign(rr.chartPlot.config(plotly), { modeBarButtons: [['toImage', 'resetScale2d']], doubleClick: 'reset' });
    const show = () => host.isConnected && plotly.react(place, data, dress(layout, rr.chartPlot.colors()), config);
    await show();
    host.classList.add('is-drawn');
    rr.onThemeChange(show);
    new ResizeObserver(() => {
      if (place.clientWidth) plotly.Plots.resize(place);
    }).observe(host);
  }

  rr.figures = { clean, draw };
})();
