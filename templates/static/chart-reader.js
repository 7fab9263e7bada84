// The read-out of a chart: a vertical line at the nearest step, and each series' value there, by
// pointer or by the arrow keys.
(function () {
  'use strict';

  const rr = window.runreport;
  const SPOKEN = 8;
  const SAMPLE = 200;

  class ChartReader {
    constructor(view) {
      this.view = view;
      this.at = null;
      this.frame = 0;
    }

    listen() {
      if (this.isListening) return;
      this.isListening = true;
      const { element, plot } = this.view;
      plot.addEventListener('pointermove', (event) => this.soon(event.clientX, event.clientY));
      plot.addEventListener('pointerleave', () => this.rest());
      element.addEventListener('keydown', (event) => this.keyed(event));
    }

    soon(left, top) {
      this.pointer = [left, top];
      if (this.frame) return;
      this.frame = window.requestAnimationFrame(() => {
        this.frame = 0;
        this.pointed();
      });
    }

    axes() {
      const layout = this.view.plot._fullLayout;
      return layout && layout.xaxis ? layout : null;
    }

    pointed() {
      const layout = this.axes();
      if (!layout) return;
      const box = this.view.plot.getBoundingClientRect();
      const left = this.pointer[0] - box.left - layout.xaxis._offset;
      const top = this.pointer[1] - box.top - layout.yaxis._offset;
      const inside = left >= 0 && left <= layout.xaxis._length && top >= 0 && top <= layout.yaxis._length;
      if (inside) this.read(layout.xaxis.p2c(left));
      else this.rest();
    }

    // Moves to the point next to `x`, of whichever series has the nearest.
    read(x) {
      const nearest = this.nearest(x);
      if (nearest === null) return;
      this.at = nearest;
      this.drawLine();
      this.view.options.onRead(this.placeText(nearest), this.view.series.map((each) => this.textAt(each, nearest)));
    }

    nearest(x) {
      let best = null;
      for (const { points } of this.view.visible()) {
        const index = rr.chartData.lowerBound(points.x, x);
        for (const candidate of [points.x[index - 1], points.x[index]]) {
          if (candidate === undefined) continue;
          if (best === null || Math.abs(candidate - x) < Math.abs(best - x)) best = candidate;
        }
      }
      return best;
    }

    drawLine() {
      const layout = this.axes();
      if (!layout) return;
      const left = layout.xaxis.c2p(this.at);
      const { line } = this.view;
      line.hidden = left < 0 || left > layout.xaxis._length;
      line.style.left = left + layout.xaxis._offset + 'px';
      line.style.top = layout.yaxis._offset + 'px';
      line.style.height = layout.yaxis._length + 'px';
    }

    placeText(x) {
      const { axis } = this.view;
      if (axis.kind === 'time') return 'at ' + rr.format.exactTime(x / 1000);
      if (axis.kind === 'relative') return 'at ' + rr.format.fixed(x, 2) + ' ' + axis.title.split(' ')[0];
      return 'at step ' + (Number.isInteger(x) ? rr.format.count(x) : rr.format.exact(x));
    }

    // The value of the last point up to `x`; nothing before the first and after the last.
    textAt(series, x) {
      const placed = this.view.placed.find((each) => each.key === series.key);
      if (!placed || this.view.hidden.has(series.key)) return '';
      const { points } = placed;
      let index = rr.chartData.lowerBound(points.x, x);
      while (index + 1 < points.x.length && points.x[index + 1] === x) index += 1;
      if (index === points.x.length || (index === 0 && points.x[0] > x)) return '–';
      if (points.x[index] > x) index -= 1;
      return this.valueText(placed, index);
    }

    valueText(placed, index) {
      const value = placed.points.y[index];
      if (Number.isFinite(value)) return rr.format.fixed(value, this.decimals());
      if (!Number.isNaN(value)) return String(value);
      const step = placed.points.steps[index];
      const mark = placed.history.marks.find((each) => each.step === step);
      return mark ? mark.text : 'NaN';
    }

    decimals() {
      if (this.decimalsOf !== this.view.placed) {
        const values = [];
        for (const { points } of this.view.placed) {
          const stride = Math.max(1, Math.floor(points.y.length / SAMPLE));
          for (let i = 0; i < points.y.length; i += stride) values.push(points.y[i]);
        }
        this.decimalsOf = this.view.placed;
        this.places = rr.format.decimalsFor(values);
      }
      return this.places;
    }

    // Without a pointer the read-out shows the last values.
    rest() {
      this.at = null;
      this.view.line.hidden = true;
      const texts = this.view.series.map((series) => {
        const placed = this.view.placed.find((each) => each.key === series.key);
        if (!placed || this.view.hidden.has(series.key)) return '';
        return this.valueText(placed, placed.points.x.length - 1);
      });
      this.view.options.onRead('last value', texts);
    }

    keyed(event) {
      if (event.target !== this.view.element || event.altKey || event.ctrlKey || event.metaKey) return;
      const layout = this.axes();
      if (!layout) return;
      const width = layout.xaxis._length;
      const now = this.at === null ? 0 : layout.xaxis.c2p(this.at);
      const targets = { ArrowRight: now + width / 50, ArrowLeft: now - width / 50, Home: 0, End: width };
      if (event.key === 'Escape') this.rest();
      if (!Object.hasOwn(targets, event.key)) return;
      event.preventDefault();
      this.read(layout.xaxis.p2c(Math.min(width, Math.max(0, targets[event.key]))));
      this.speak();
    }

    speak() {
      const { view } = this;
      const values = view.visible().slice(0, SPOKEN).map((each) => each.name + ' ' + this.textAt(each, this.at));
      view.spoken.textContent = this.placeText(this.at) + ': ' + values.join(', ');
    }
  }

  rr.ChartReader = ChartReader;
})();
