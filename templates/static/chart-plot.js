// Plotly: loaded when the first chart needs it, and told how the site's charts look. No text of a
// run ever reaches it, no button sends data anywhere, and nothing is fetched.
(function () {
  'use strict';

  const rr = window.runreport;
  let loading = null;

  // Plotly puts its styles into the page by script unless told not to; they are a linked file.
  function load() {
    if (!loading) {
      document.head.append(rr.el('template', { id: 'plotly.js-style-global', class: 'no-inline-styles' }));
      loading = rr.part('plotly').then(() => window.Plotly);
    }
    return loading;
  }

  const CONFIG = {
    displaylogo: false,
    showSendToCloud: false,
    showEditInChartStudio: false,
    plotlyServerURL: '',
    responsive: false,
    doubleClick: false,
    showTips: false,
    toImageButtonOptions: { format: 'png', scale: 2, filename: 'chart' },
  };

  // The buttons above a chart; `reset` shows all of it again.
  function config(plotly, reset) {
    const small = window.matchMedia('(max-width: 640px), (pointer: coarse)').matches;
    const home = { name: 'reset', title: 'Reset', icon: plotly.Icons.home, click: reset };
    const modeBarButtons = [['toImage'], ['zoom2d', 'pan2d'], ['zoomIn2d', 'zoomOut2d', home]];
    return Object.assign({}, CONFIG, { displayModeBar: small ? false : 'hover', modeBarButtons });
  }

  // A log axis over few decades has labels at 2 and 5, or they would touch.
  function yAxis(theme, options) {
    const extra = { type: options.scale, nticks: 6, exponentformat: 'e', separatethousands: true };
    if (options.scale === 'log') extra.dtick = options.decades > 4 ? undefined : 'D2';
    if (options.yRange) extra.range = options.yRange;
    return axis(theme, extra);
  }

  // The theme's colours as plotly takes them.
  function colors() {
    const style = window.getComputedStyle(document.documentElement);
    const get = (name) => style.getPropertyValue(name).trim();
    return {
      surface: get('--surface'), ink: get('--ink'), muted: get('--muted'), faint: get('--faint'),
      line: get('--line-soft') || get('--line'), accent: get('--accent'), font: get('--sans'),
      bad: get('--bad'),
      series: Array.from({ length: 12 }, (_, index) => get('--s' + index)),
    };
  }

  function axis(theme, extra) {
    return Object.assign({
      gridcolor: theme.line, linecolor: theme.line, zeroline: false, automargin: true,
      tickfont: { size: 12, color: theme.muted }, ticks: '', showline: false,
    }, extra);
  }

  // A chart's layout; the second y-axis is a strip from 0 to 1 for the marks of NaN and infinity.
  function layout(theme, options) {
    return {
      height: options.height,
      margin: options.xTitle ? { l: 48, r: 20, t: 26, b: 44 } : { l: 40, r: 12, t: 20, b: 24 },
      paper_bgcolor: theme.surface,
      plot_bgcolor: theme.surface,
      font: { family: theme.font, size: 12, color: theme.muted },
      showlegend: false,
      hovermode: false,
      dragmode: options.dragmode || 'zoom',
      modebar: { bgcolor: 'rgba(0,0,0,0)', color: theme.faint, activecolor: theme.accent },
      xaxis: axis(theme, {
        type: options.xType, range: options.xRange, showgrid: false,
        title: { text: options.xTitle, font: { size: 12, color: theme.muted }, standoff: 8 },
      }),
      yaxis: yAxis(theme, options),
      yaxis2: { overlaying: 'y', range: [0, 1], fixedrange: true, visible: false },
    };
  }

  rr.chartPlot = { load, config, colors, layout };

  const watchers = [];
  rr.onThemeChange = (watcher) => watchers.push(watcher);
  const tell = () => {
    for (const watcher of watchers) watcher();
  };
  new MutationObserver(tell).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', tell);
})();
