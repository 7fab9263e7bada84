// One chart on the page: draws its series, loads finer tiles when it is zoomed, and reads out the
// values at the step under the pointer or, with the arrow keys, at a step of choice.
(function () {
  'use strict';

  const rr = window.runreport;
  const data = rr.chartData;
  const el = rr.el;
  // Milliseconds without a turn of the wheel, and those after which a reader is told to wait.
  const PAUSE = 60;
  const SLOW = 400;
  // Runs that are drawn at the width's full detail, and the share of it that is left to many.
  const FULL_RUNS = 8;
  const LEAST_SHARE = 0.25;

  class ChartView {
    // options: height, label; hooks: onRead(place, texts), onRest()
    constructor(host, options) {
      this.options = options;
      this.series = [];
      this.hidden = new Set();
      this.detail = new Map();
      this.zoomed = null;
      this.zoomedY = null;
      this.turn = 0;
      this.zoomTurn = 0;
      this.plot = el('div', { class: 'chart-plot' });
      this.plot.style.height = options.height + 'px';
      this.line = el('div', { class: 'chart-line' });
      this.line.hidden = true;
      this.note = el('p', { class: 'chart-note' });
      this.spoken = el('span', { class: 'sr', role: 'status' });
      this.element = el('div', {
        class: 'chart-view', tabindex: '0', role: 'group', 'aria-roledescription': 'chart', 'aria-label': options.label,
      }, el('div', { class: 'chart-stage' }, this.plot, this.line), this.note, this.spoken);
      host.append(this.element);
      this.reader = new rr.ChartReader(this);
      this.refineSoon = rr.afterPause(PAUSE, () => this.refine());
      new ResizeObserver(() => this.resized()).observe(this.element);
      rr.onThemeChange(() => this.redraw());
      rr.chartControls.onChange(() => this.settingsChanged());
    }

    async setSeries(series) {
      this.series = series.map((each) => ({ ...each }));
      this.detail.clear();
      await this.draw();
      if (this.zoomed) await this.loadDetail();
    }

    visible() {
      return this.placed.filter((each) => !this.hidden.has(each.key));
    }

    toggle(key) {
      if (!this.hidden.delete(key)) this.hidden.add(key);
      if (this.isDrawn && this.zoomed) this.refine();
      else this.redraw();
    }

    // Another axis or scale has another range; smoothing keeps it.
    settingsChanged() {
      const { axis, scale } = rr.chartControls.current();
      if (axis !== this.drawnAs.axis || scale !== this.drawnAs.scale) this.zoomedY = null;
      if (axis !== this.drawnAs.axis) this.showAll();
      this.redraw();
    }

    reset() {
      this.zoomedY = null;
      this.showAll();
      this.redraw();
    }

    showAll() {
      this.zoomed = null;
      this.detail.clear();
      this.zoomTurn += 1;
    }

    redraw() {
      if (this.isDrawn) this.draw();
    }

    // Where each series' points lie on the axis of choice.
    placeSeries() {
      const settings = rr.chartControls.current();
      this.axis = rr.chartSeries.makeAxis(this.series.map((each) => each.history), settings.axis);
      this.placed = [];
      for (const each of this.series) {
        const detail = this.detail.get(each.key);
        const onAxis = (points) => rr.chartSeries.onAxis(points, each.history, this.axis);
        const points = onAxis(rr.chartDetail.splice(each.history, detail));
        if (!points) continue;
        const mean = settings.smoothing ? onAxis(rr.chartDetail.spliceMeans(each.history, detail)) : null;
        this.placed.push({ ...each, points, mean, marks: rr.chartDetail.marks(each.history, detail) });
      }
      this.full = rr.chartSeries.extent(this.series.map((each) => {
        const points = rr.chartSeries.onAxis(each.history, each.history, this.axis);
        return points ? points.x : [];
      }));
      return settings;
    }

    async draw() {
      const turn = (this.turn += 1);
      const plotly = await rr.chartPlot.load();
      if (turn !== this.turn || !this.element.isConnected) return;
      const settings = this.placeSeries();
      const theme = rr.chartPlot.colors();
      const span = this.full ? this.full[1] - this.full[0] : 0;
      this.owners = [];
      const traces = [];
      for (const each of this.visible()) {
        for (const trace of rr.chartSeries.traces(each, this.axis, settings, span, theme.series[each.color % 12])) {
          traces.push(trace);
          if (trace.yaxis !== 'y2') this.owners.push(each.key);
        }
      }
      const layout = rr.chartPlot.layout(theme, {
        height: this.options.height, xType: this.axis.type, xTitle: this.options.small ? '' : this.axis.title,
        xRange: this.axisRange(this.zoomed || this.full || [0, 1]), scale: settings.scale, decades: this.decades(),
        yRange: this.zoomedY || this.rangeInView(settings.scale), dragmode: this.plot.layout && this.plot.layout.dragmode,
      });
      const config = rr.chartPlot.config(plotly, () => this.reset());
      await plotly.react(this.plot, traces, layout, config);
      this.drawnAs = settings;
      if (!this.isDrawn) this.connect();
      this.isDrawn = true;
      this.showNote(settings);
      this.reader.rest();
    }

    // How many powers of ten the positive values span.
    decades() {
      let low = Infinity;
      let high = 0;
      for (const { points } of this.visible()) {
        for (const value of points.y) {
          if (value > 0 && value < low) low = value;
          if (value > high && value < Infinity) high = value;
        }
      }
      return high > 0 ? Math.log10(high / low) : 0;
    }

    // Dates go to plotly as text, in UTC.
    axisRange(range) {
      return this.axis.type === 'date' ? range.map((value) => new Date(value).toISOString()) : [...range];
    }

    // Of a zoomed chart the y-axis shows the values in sight, and a flat line lies in the middle;
    // null leaves the range to plotly.
    rangeInView(scale) {
      const [from, to] = this.zoomed || this.full || [0, 0];
      let low = Infinity;
      let high = -Infinity;
      for (const { points } of this.visible()) {
        for (let i = data.lowerBound(points.x, from); i < points.x.length && points.x[i] <= to; i++) {
          const value = scale === 'log' ? Math.log10(points.y[i]) : points.y[i];
          if (!Number.isFinite(value)) continue;
          if (value < low) low = value;
          if (value > high) high = value;
        }
      }
      if (low > high || (!this.zoomed && low < high)) return null;
      const room = (high - low) * 0.06 || Math.abs(high) * 0.5 || 1;
      return [low - room, high + room];
    }

    connect() {
      this.plot.on('plotly_relayout', (change) => this.relaidOut(change));
      this.plot.on('plotly_doubleclick', () => this.reset());
      this.reader.listen();
      if (!this.hasWheel) rr.chartWheel.listen(this.plot, (range) => this.zoomTo(range));
      this.hasWheel = true;
      this.element.classList.add('is-drawn');
    }

    // Shows a part of the axis, no more than all of it; the finer points come after a pause.
    zoomTo([from, to]) {
      if (!this.isDrawn || !this.full || !(to > from)) return;
      const range = [Math.max(from, this.full[0]), Math.min(to, this.full[1])];
      this.isTurning = true;
      window.Plotly.relayout(this.plot, { 'xaxis.range': this.axisRange(range) });
    }

    relaidOut(change) {
      const keys = Object.keys(change);
      const { layout } = this.plot;
      if (keys.some((key) => key.startsWith('yaxis.range'))) this.zoomedY = [...layout.yaxis.range];
      if (!keys.some((key) => key.startsWith('xaxis.range'))) return;
      const range = layout.xaxis.range.map((value) => (
        this.axis.type === 'date' ? Date.parse(String(value).replace(' ', 'T').replace(/Z?$/, 'Z')) : Number(value)
      ));
      const [low, high] = this.full || range;
      const slack = (high - low) * 1e-6;
      this.zoomed = range[0] <= low + slack && range[1] >= high - slack ? null : range;
      if (this.isTurning) this.refineSoon();
      else this.refine();
      this.isTurning = false;
    }

    refine() {
      this.loadDetail().catch((error) => {
        rr.complain(this.element, error);
        this.redraw();
      });
    }

    // Draws what is in view as finely as it is known; answers for an earlier view are passed over.
    async loadDetail() {
      const turn = (this.zoomTurn += 1);
      const isWanted = () => turn === this.zoomTurn;
      const found = new Map();
      if (this.zoomed) {
        const slow = window.setTimeout(() => {
          if (isWanted()) this.note.textContent = 'Loading finer points …';
        }, SLOW);
        const tiled = this.series.filter((each) => each.history.tiles.length && !this.hidden.has(each.key));
        await Promise.all(tiled.map(async (each) => {
          const detail = await rr.chartDetail.find(each.history, this.axis, this.zoomed, this.pixels(), isWanted);
          if (detail) found.set(each.key, detail);
        })).finally(() => window.clearTimeout(slow));
      }
      if (!isWanted()) return;
      this.detail = found;
      await this.draw();
      rr.whenIdle(() => {
        for (const { level, steps } of found.values()) rr.chartTiles.ahead(level, steps, isWanted);
      });
    }

    // The width that finer points are for; of many runs fewer are drawn, to stay as quick.
    pixels() {
      const layout = this.plot._fullLayout;
      const width = layout && layout.xaxis ? layout.xaxis._length : this.plot.clientWidth;
      return width * Math.min(1, Math.max(LEAST_SHARE, FULL_RUNS / this.visible().length));
    }

    showNote(settings) {
      const parts = [this.pointsText()];
      const absent = this.series.length - this.placed.length;
      if (absent) parts.push(absent + (absent === 1 ? ' run has' : ' runs have') + ' no times');
      if (settings.scale === 'log' && this.visible().some((each) => each.points.y.some((value) => value <= 0))) {
        parts.push('values of 0 and less have no place on a log scale');
      }
      const odd = this.visible().reduce((sum, each) => sum + each.history.nan + each.history.infinite, 0);
      if (odd) parts.push(rr.format.count(odd) + (odd === 1 ? ' value is' : ' values are') + ' not a finite number (marked)');
      const superseded = this.visible().reduce((sum, each) => sum + each.history.superseded, 0);
      if (superseded) parts.push(rr.format.count(superseded) + ' superseded by a later launch');
      this.note.textContent = parts.filter(Boolean).join(' · ');
    }

    pointsText() {
      const count = rr.format.count;
      const visible = this.visible();
      const all = visible.reduce((sum, each) => sum + each.history.n, 0);
      const shown = visible.reduce((sum, each) => sum + each.history.shown, 0);
      if (shown === all) return count(all) + (all === 1 ? ' point' : ' points');
      const details = visible.map((each) => this.detail.get(each.key)).filter(Boolean);
      if (details.length) {
        const inView = details.reduce((sum, each) => sum + each.count, 0);
        const drawn = details.reduce((sum, each) => sum + each.points.x.length, 0);
        if (drawn === inView) return 'all ' + count(inView) + ' points in view';
        const about = details.every((each) => each.level.size === 1) ? '' : 'about ';
        return count(drawn) + ' of ' + about + count(inView) + ' points in view';
      }
      return count(shown) + ' of ' + count(all) + ' points; zoom in for more';
    }

    emphasise(key) {
      const groups = this.plot.querySelectorAll('.subplot.xy .scatterlayer > .trace');
      groups.forEach((group, index) => {
        group.classList.toggle('is-faint', key !== null && this.owners[index] !== key);
      });
    }

    resized() {
      const width = this.element.clientWidth;
      if (!this.isDrawn || width === 0 || width === this.width) return;
      this.width = width;
      window.Plotly.Plots.resize(this.plot);
    }

    // Far from the screen a chart gives its elements back; drawing it again is cheap.
    purge() {
      if (!this.isDrawn) return;
      window.Plotly.purge(this.plot);
      this.isDrawn = false;
      this.element.classList.remove('is-drawn');
    }
  }

  rr.ChartView = ChartView;
})();
