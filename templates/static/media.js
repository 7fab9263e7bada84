// A run's media: starts the panels as they come near the screen, and moves them together when
// their steps are linked. The chosen step is kept in the address.
(function () {
  'use strict';

  const rr = window.runreport;
  const el = rr.el;
  const FILTER_FROM = 9;

  class MediaSection {
    constructor(element) {
      this.element = element;
      this.data = element.dataset.src ? new rr.media.MediaData(element.dataset.src) : null;
      this.panels = [];
      this.isLinked = true;
      this.near = new IntersectionObserver((entries) => this.moved(entries), { rootMargin: '300px' });
    }

    async start() {
      const hosts = [...this.element.querySelectorAll('[data-media-panel]')];
      const panels = hosts.map((host) => new rr.MediaPanel(host, this.data, (panel, step) => this.stepped(panel, step)));
      for (const panel of panels) panel.isNear = false;
      await Promise.all(panels.map((panel) => panel.start()));
      this.panels = panels;
      this.makeTools(hosts);
      this.restore();
      rr.state.onChange(() => this.restore());
      for (const panel of panels) this.near.observe(panel.element);
    }

    moved(entries) {
      for (const entry of entries) {
        const panel = this.panels.find((each) => each.element === entry.target);
        panel.isNear = entry.isIntersecting;
        if (panel.isNear) panel.show().catch((error) => rr.complain(panel.element, error));
      }
    }

    makeTools(hosts) {
      const tools = el('div', { class: 'media-tools' });
      if (this.panels.filter((panel) => panel.count > 1).length > 1) {
        const box = el('input', { type: 'checkbox', onchange: () => { this.isLinked = box.checked; } });
        box.checked = this.isLinked;
        tools.append(el('label', {}, box, 'Link steps'));
      }
      if (hosts.length >= FILTER_FROM) {
        const input = el('input', { class: 'list-filter', type: 'search', placeholder: 'Filter keys', 'aria-label': 'Filter keys', autocomplete: 'off', oninput: () => this.filter(input.value) });
        tools.append(input);
      }
      if (tools.childElementCount) this.element.querySelector('.card-head').append(tools);
    }

    filter(text) {
      const words = text.toLowerCase().split(/\s+/).filter(Boolean);
      for (const panel of this.panels) {
        panel.element.hidden = !words.every((word) => panel.key.toLowerCase().includes(word));
      }
    }

    stepped(panel, step) {
      if (this.isLinked) this.follow(step, panel);
      rr.state.set('step', this.isLinked ? rr.format.exact(step) : null);
    }

    follow(step, leader) {
      for (const panel of this.panels) {
        if (panel !== leader && panel.count > 1) panel.follow(step);
      }
    }

    restore() {
      const step = Number(rr.state.get('step') || NaN);
      if (this.isLinked && !Number.isNaN(step)) this.follow(step, null);
    }
  }

  rr.ready(() => {
    for (const element of document.querySelectorAll('[data-media]')) {
      new MediaSection(element).start().catch((error) => rr.complain(element, error));
    }
  });
})();
