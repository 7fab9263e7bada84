// Starts the charts of a page: the history panel, the single charts of a run, a run's own figures.
// Each is drawn when it comes near the screen, one after the other; what draws them, and the chart
// library, are loaded with the first.
(function () {
  'use strict';

  const rr = window.runreport;
  let queue = Promise.resolve();

  function idle() {
    return new Promise((resolve) => {
      if (window.requestIdleCallback) window.requestIdleCallback(resolve, { timeout: 200 });
      else window.setTimeout(resolve, 0);
    });
  }

  rr.whenIdle = (action) => idle().then(action);

  function enqueue(place, action) {
    queue = queue.then(idle).then(action).catch((error) => rr.complain(place, error));
  }

  const actions = new WeakMap();
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      near.unobserve(entry.target);
      const action = actions.get(entry.target);
      actions.delete(entry.target);
      if (action) enqueue(entry.target, action);
    }
  }, { rootMargin: '400px' });

  // Runs the action once the element is nearly in sight; a later action replaces a waiting one.
  rr.whenNear = (element, action) => {
    actions.set(element, action);
    near.unobserve(element);
    near.observe(element);
  };

  const far = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting || !entry.target.chart || !entry.target.chart.isDrawn) continue;
      entry.target.chart.purge();
      entry.target.classList.remove('is-live');
      rr.whenNear(entry.target, () => drawFigure(entry.target));
    }
  }, { rootMargin: '3000px' });

  // One metric of one run, under the chart's caption.
  async function drawFigure(figure) {
    const { metric, src, name, color } = figure.dataset;
    const history = await rr.chartData.history(src, metric);
    if (!history || history.x.length === 0) return;
    const value = figure.querySelector('figcaption .value');
    if (!figure.chart) {
      // The page's own text of the last value has no zeros that say nothing, and stays.
      const last = value ? value.textContent : '';
      const atRest = (text) => Number(text) === Number(last) ? last : text;
      const height = Math.max(210, Math.round(figure.clientWidth * 0.46));
      figure.chart = new rr.ChartView(figure, {
        height: Math.min(height, 280), small: true, label: metric + ', chart; the arrow keys read out values',
        onRead: (place, texts) => {
          if (value) value.textContent = place === 'last value' ? atRest(texts[0]) : texts[0] + ' ' + place;
        },
      });
    }
    figure.classList.add('is-live');
    await figure.chart.setSeries([{ key: 0, history, name: name || '', mark: '', color: Number(color) || 0 }]);
    far.observe(figure);
  }

  // A figure that a run logged.
  rr.drawLater = (host) => rr.whenNear(host, () => rr.part('charts').then(() => rr.figures.draw(host)));

  function startFigures() {
    const figures = [...document.querySelectorAll('[data-chart][data-src]')];
    if (figures.length === 0) return;
    const section = figures[0].closest('section, details') || figures[0].parentElement;
    const title = section.querySelector('h2');
    let hasControls = title === null;
    for (const figure of figures) {
      rr.whenNear(figure, async () => {
        await rr.part('charts');
        if (!hasControls) title.insertAdjacentElement('afterend', rr.chartControls.makeControls());
        hasControls = true;
        await drawFigure(figure);
      });
    }
  }

  function startPanel(section) {
    rr.tableOf(section.dataset.src).then(async (table) => {
      await rr.part('charts');
      table.column = table.columns.find((column) => column.kind === 'run');
      section.panel = new rr.HistoryPanel(section, table);
    }).catch((error) => rr.complain(section, error));
  }

  rr.ready(() => {
    document.querySelectorAll('[data-histories][data-src]').forEach(startPanel);
    startFigures();
    for (const host of document.querySelectorAll('[data-figure][data-src]')) rr.drawLater(host);
  });
})();
