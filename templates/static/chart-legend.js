// The list beside a chart: the runs with their colours and, as read-out, their values at the step
// under the pointer; a click on a run hides its line.
(function () {
  'use strict';

  const rr = window.runreport;
  const el = rr.el;

  class Legend {
    // hooks: onToggle(series), onEmphasis(series or null)
    constructor(hooks) {
      this.hooks = hooks;
      this.title = el('span', { class: 'legend-title' });
      this.place = el('span', { class: 'legend-place' });
      this.list = el('ul', { class: 'legend-list', tabindex: '0', 'aria-label': 'Runs drawn' });
      this.foot = el('div', { class: 'legend-foot' });
      this.element = el('div', { class: 'chart-legend' },
        el('div', { class: 'legend-head' }, this.title, this.place), this.list, this.foot);
      this.values = [];
    }

    fill(series, hidden) {
      this.values = [];
      const items = series.map((each) => {
        const value = el('span', { class: 'value' });
        this.values.push(value);
        const odd = oddText(each.history);
        const button = el('button', {
          type: 'button', class: 'legend-run', 'aria-pressed': String(!hidden.has(each.key)),
          title: each.name + (each.mark ? ' ' + each.mark : ''),
          onclick: () => this.hooks.onToggle(each),
        },
        el('span', { class: 'stroke s' + (each.color % 12), 'aria-hidden': 'true' }),
        el('span', { class: 'run-name', text: each.name }),
        each.mark ? el('span', { class: 'run-id', text: each.mark }) : null,
        odd ? el('span', { class: 'odd', text: odd }) : null);
        const item = el('li', {}, button, value);
        item.addEventListener('pointerenter', () => this.hooks.onEmphasis(each));
        item.addEventListener('pointerleave', () => this.hooks.onEmphasis(null));
        return item;
      });
      this.list.replaceChildren(...items);
    }

    show(place, texts) {
      this.place.textContent = place;
      texts.forEach((text, index) => {
        if (this.values[index].textContent !== text) this.values[index].textContent = text;
      });
    }
  }

  function oddText(history) {
    const parts = [];
    if (history.nan) parts.push(rr.format.count(history.nan) + ' NaN');
    if (history.infinite) parts.push(rr.format.count(history.infinite) + ' ∞');
    return parts.join(', ');
  }

  rr.ChartLegend = Legend;
})();
