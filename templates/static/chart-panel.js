// The history panel of an experiment: a tab a metric and one for all, the chart of the picked
// runs, and the legend that reads out their values.
(function () {
  'use strict';

  const rr = window.runreport;
  const el = rr.el;
  const ALL = '';

  class Panel {
    constructor(section, table) {
      this.section = section;
      this.table = table;
      this.metrics = [...section.querySelectorAll('[data-chart][data-metric]')].map((figure) => figure.dataset.metric);
      const asked = rr.state.get('metric');
      this.metric = asked === 'all' ? ALL : this.metrics.find((name) => name === asked) || this.metrics[0];
      this.legend = new rr.ChartLegend({
        onToggle: (series) => this.toggle(series),
        onEmphasis: (series) => this.views.forEach((view) => view.isDrawn && view.emphasise(series ? series.key : null)),
      });
      this.views = [];
      this.hidden = new Set();
      this.plots = el('div', { class: 'history-plots', id: 'history-plots', role: 'tabpanel' });
      this.tabs = this.makeTabs();
      this.mount();
    }

    makeTabs() {
      const tabs = el('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Metrics' });
      const names = this.metrics.length > 1 ? [...this.metrics, ALL] : this.metrics;
      names.forEach((name, index) => {
        tabs.append(el('button', {
          type: 'button', role: 'tab', id: 'history-tab-' + index, 'aria-controls': 'history-plots',
          text: name === ALL ? 'All' : name, onclick: () => this.choose(name),
        }));
      });
      this.names = names;
      tabs.addEventListener('keydown', (event) => {
        const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!move) return;
        const next = (this.names.indexOf(this.metric) + move + names.length) % names.length;
        this.choose(names[next]);
        tabs.children[next].focus();
      });
      return tabs;
    }

    markTabs() {
      [...this.tabs.children].forEach((tab, index) => {
        const chosen = this.names[index] === this.metric;
        tab.setAttribute('aria-selected', String(chosen));
        tab.tabIndex = chosen ? 0 : -1;
        if (chosen) this.plots.setAttribute('aria-labelledby', tab.id);
      });
    }

    mount() {
      const place = this.section.querySelector('[data-histories-tools]') || this.section.querySelector('.card-head') || this.section;
      place.append(this.tabs, rr.chartControls.makeControls());
      this.body = el('div', { class: 'history' }, this.plots, this.legend.element);
      this.section.append(this.body);
      this.section.classList.add('is-live');
      rr.picks.onChange(() => this.show());
      this.show();
    }

    choose(name) {
      this.metric = name;
      rr.state.set('metric', name === ALL ? 'all' : name === this.metrics[0] ? '' : name);
      this.hidden.clear();
      this.show();
    }

    toggle(series) {
      if (!this.hidden.delete(series.key)) this.hidden.add(series.key);
      for (const view of this.views) view.toggle(series.key);
      this.legend.fill(this.series, this.hidden);
      if (this.views[0] && this.views[0].isDrawn) this.views[0].reader.rest();
    }

    rows() {
      return [...rr.picks.get()].sort((a, b) => a - b);
    }

    // The histories of one metric of the picked runs, with what the legend says of them.
    async load(metric) {
      const run = this.table.column;
      const wanted = this.rows().map(async (row) => {
        const file = rr.gridData.historyFile(this.table, row, metric);
        const history = file && await rr.chartData.history(rr.dataUrl(file), metric);
        if (!history || history.x.length === 0) return null;
        return {
          key: row, history, name: rr.gridData.text(run, row), color: this.table.run.color[row],
          mark: this.table.run.marks ? this.table.run.marks[row] : '',
        };
      });
      const results = await Promise.allSettled(wanted);
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) rr.complain(this.body, failed.reason);
      return results.map((result) => result.value).filter(Boolean);
    }

    async show() {
      const turn = (this.turn = (this.turn || 0) + 1);
      this.markTabs();
      const metrics = this.metric === ALL ? this.metrics : [this.metric];
      if (this.shown !== this.metric) {
        this.shown = this.metric;
        this.makeViews(metrics);
      }
      const first = await this.load(metrics[0]);
      if (turn !== this.turn) return;
      this.legend.title.textContent = rr.picks.title();
      this.series = this.metric === ALL ? await this.everyRun(metrics, first) : first;
      if (turn !== this.turn) return;
      this.legend.fill(this.series, this.hidden);
      this.fillFoot();
      this.views.forEach((view) => view.watch(async () => {
        const series = view.metric === metrics[0] ? first : await this.load(view.metric);
        if (turn === this.turn) await view.setSeries(series);
      }));
    }

    // With all metrics the legend lists every run that has any of them.
    async everyRun(metrics, first) {
      const known = new Map(first.map((series) => [series.key, series]));
      for (const metric of metrics.slice(1)) {
        if (known.size === this.rows().length) break;
        for (const series of await this.load(metric)) {
          if (!known.has(series.key)) known.set(series.key, series);
        }
      }
      return [...known.values()].sort((a, b) => a.key - b.key);
    }

    makeViews(metrics) {
      const small = metrics.length > 1;
      const narrow = window.innerWidth <= 640;
      this.plots.replaceChildren();
      this.plots.classList.toggle('many', small);
      this.views = metrics.map((metric) => {
        const host = el('div', { class: 'history-plot' }, small ? el('h3', { text: metric }) : null);
        this.plots.append(host);
        const view = new rr.ChartView(host, {
          height: small ? 210 : narrow ? 290 : 350, small, label: metric + ', chart; the arrow keys read out values',
          onRead: (place, texts) => this.read(view, place, texts),
        });
        view.metric = metric;
        view.hidden = new Set(this.hidden);
        view.watch = (draw) => rr.whenNear(host, draw);
        return view;
      });
    }

    // A chart's values go to the legend's lines of the same runs.
    read(view, place, texts) {
      if (!this.series) return;
      const rest = place === 'last value';
      if (this.metric === ALL && rest) {
        this.legend.show('', this.series.map(() => ''));
        return;
      }
      const byKey = new Map(view.series.map((series, index) => [series.key, texts[index]]));
      this.legend.show(place, this.series.map((series) => byKey.get(series.key) || ''));
    }

    fillFoot() {
      const all = rr.picks.drawable().length;
      const parts = [];
      if (rr.picks.get().size < all) {
        parts.push(el('button', {
          type: 'button', class: 'button', text: 'Draw all ' + rr.format.count(all), onclick: () => rr.picks.set(rr.picks.drawable()),
        }));
      }
      if (rr.picks.isChosen()) {
        parts.push(el('button', { type: 'button', class: 'button quiet', text: 'Reset choice', onclick: () => rr.picks.set(null) }));
      }
      parts.push(el('p', { text: 'Drag, or turn the wheel with Ctrl, to zoom; double-click to reset.' }));
      this.legend.foot.replaceChildren(...parts);
    }
  }

  rr.HistoryPanel = Panel;
})();
