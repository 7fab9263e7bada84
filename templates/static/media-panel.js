// One key's media: a slider over the steps and the item of the chosen one. Items that the page
// holds are shown as they are; those of a long series come from its data files.
(function () {
  'use strict';

  const rr = window.runreport;
  const el = rr.el;
  const PIXELS = 128;

  // "3 7-9" holds 3, 7, 8 and 9.
  function places(text) {
    const ranges = (text || '').split(' ').filter(Boolean).map((part) => part.split('-').map(Number));
    return (index) => ranges.some(([first, last = first]) => index >= first && index <= last);
  }

  class MediaPanel {
    constructor(element, data, onStep) {
      this.element = element;
      this.data = data;
      this.list = element.querySelector('.media-items');
      this.key = element.querySelector('h3').textContent;
      this.count = Number(element.dataset.count);
      this.series = element.dataset.series === undefined ? null : Number(element.dataset.series);
      this.isRefused = places(element.dataset.refused);
      this.own = new Map([...this.list.children].map((item) => [Number(item.dataset.index), item]));
      this.at = this.count - 1;
      this.turn = 0;
      this.isNear = true;
      this.onStep = onStep;
    }

    async start() {
      if (this.series === null) {
        this.steps = [...this.own.values()].map((item) => Number(item.dataset.step));
      } else {
        const { series } = await this.data.list();
        this.steps = series[this.series].steps;
        this.times = series[this.series].times;
      }
      this.element.classList.add('is-live');
      this.list.album = () => this.album();
      if (this.count > 1) this.makeBar();
      await this.go(this.at);
    }

    makeBar() {
      const button = (text, label, by) => el('button', { type: 'button', class: 'icon-button', text, 'aria-label': label + ' of ' + this.key, onclick: () => this.choose(this.at + by) });
      this.previous = button('‹', 'Previous step', -1);
      this.next = button('›', 'Next step', 1);
      this.slider = el('input', { type: 'range', min: 0, max: this.count - 1, step: 1, value: this.at, 'aria-label': 'Step of ' + this.key, oninput: () => this.choose(Number(this.slider.value)) });
      this.output = el('span', { class: 'media-at' });
      this.place = el('span', { class: 'media-place' });
      this.bar = el('div', { class: 'media-bar' }, this.previous, this.slider, this.next, this.output, this.place);
      this.element.querySelector('.media-head').after(this.bar);
    }

    text(index) {
      return 'step ' + rr.format.exact(this.steps[index]);
    }

    // The reader's choice, which other panels may follow.
    choose(index) {
      const at = Math.min(Math.max(index, 0), this.count - 1);
      this.go(at).catch((error) => rr.complain(this.element, error));
      this.onStep(this, this.steps[at]);
    }

    // The nearest step to one that another panel shows.
    follow(step) {
      let low = 0;
      let high = this.count - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.steps[middle] < step) low = middle + 1;
        else high = middle;
      }
      const before = Math.max(low - 1, 0);
      const index = step - this.steps[before] <= this.steps[low] - step ? before : low;
      if (index !== this.at) this.go(index).catch((error) => rr.complain(this.element, error));
    }

    async go(index) {
      this.at = index;
      if (this.bar) {
        const step = this.text(index);
        this.slider.value = index;
        this.slider.setAttribute('aria-valuetext', step + ', ' + (index + 1) + ' of ' + this.count);
        this.output.textContent = step;
        this.place.textContent = rr.format.count(index + 1) + ' of ' + rr.format.count(this.count);
        this.previous.disabled = index === 0;
        this.next.disabled = index === this.count - 1;
      }
      if (this.isNear) await this.show();
    }

    // Shows the chosen item once it can be painted; a choice that came meanwhile wins.
    async show() {
      const index = this.at;
      if (this.shown === index) return;
      const turn = ++this.turn;
      const item = this.own.get(index) || await this.made(index);
      const image = item.querySelector('img');
      if (image && !this.own.has(index)) await image.decode().catch(() => {});
      if (turn !== this.turn) return;
      const frame = item.querySelector('[data-frame]');
      if (frame) frame.replaceWith(el('iframe', { src: frame.dataset.frame, title: this.key + ', ' + this.text(index) }));
      this.replace(item);
      this.shown = index;
    }

    replace(item) {
      const old = this.current;
      if (old) {
        old.classList.remove('is-shown');
        old.querySelectorAll('audio').forEach((each) => each.pause());
      }
      item.classList.add('is-shown');
      item.querySelectorAll('img').forEach((image) => this.sharpen(image));
      // First in the list: the last one is what stands on paper.
      if (!item.isConnected) this.list.prepend(item);
      if (old && old !== item && !this.own.has(Number(old.dataset.index))) this.drop(old);
      this.current = item;
    }

    // A picture of few pixels is shown as squares, not as a blur.
    sharpen(image) {
      const mark = () => image.classList.toggle('pixels', image.naturalWidth <= PIXELS);
      // A picture that is yet to be loaded may say that it is complete.
      if (image.naturalWidth > 0) mark();
      else image.addEventListener('load', mark, { once: true });
    }

    drop(item) {
      const plot = item.querySelector('.js-plotly-plot');
      if (plot && window.Plotly) window.Plotly.purge(plot);
      item.remove();
    }

    async made(index) {
      const item = await this.data.item(this.series, index);
      const shown = this.isRefused(index) && item.href ? { caption: item.caption, note: 'not published: see the findings of this page' } : item;
      return rr.media.build(shown, {
        index, key: this.key, step: this.steps[index], time: this.times[index], text: this.text(index), color: Number(this.element.dataset.color),
      });
    }

    // What the picture viewer goes through: the steps of this panel.
    album() {
      const panel = this;
      return {
        count: this.count,
        get at() { return panel.at; },
        set at(index) { panel.choose(index); },
        async picture() {
          await panel.show();
          const link = panel.current.querySelector('a[data-gallery]');
          return link ? rr.pictureOf(link) : { href: '', alt: '', text: panel.text(panel.at) + ' · no picture' };
        },
      };
    }
  }

  rr.MediaPanel = MediaPanel;
})();
