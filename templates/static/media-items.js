// The items of a long series of media, made from its data files. Everything that a run logged is
// shown as text; addresses are files of this site below its root.
(function () {
  'use strict';

  const rr = window.runreport;
  const el = rr.el;
  const SVG = 'http://www.w3.org/2000/svg';
  const PARTS = 24;

  // Only files that the build wrote: a path below the root, or a drawing in the data itself.
  function address(path) {
    if (typeof path !== 'string' || path === '') return null;
    if (path.startsWith('data:image/svg+xml;base64,')) return path;
    return /^(a|r|data)\/[\w./-]+$/.test(path) && !path.includes('..') ? rr.root + path : null;
  }

  function svg(tag, attributes, text) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function histogram({ drawing }, name, color) {
    const picture = svg('svg', { class: 'histogram s' + color, role: 'img', 'aria-label': drawing.label, viewBox: '0 0 ' + drawing.size.join(' ') });
    for (const [css, d] of drawing.paths) picture.append(svg('path', { class: css, 'vector-effect': 'non-scaling-stroke', d }));
    for (const [x, y, anchor, text] of drawing.texts) picture.append(svg('text', { x, y, 'text-anchor': anchor }, text));
    return picture;
  }

  function table(item, name) {
    const numbers = new Set(item.numbers);
    const cell = (tag, options) => (text, place) => el(tag, { text, class: numbers.has(place) ? 'num' : null, ...options });
    const head = el('thead', {}, el('tr', {}, ...item.columns.map(cell('th', { scope: 'col' }))));
    const body = el('tbody', {}, ...item.rows.map((row) => el('tr', {}, ...row.map(cell('td')))));
    const whole = el('table', { class: 'plain' }, el('caption', { class: 'sr', text: name }), head, body);
    return el('div', { class: 'scroller', role: 'region', 'aria-label': name, tabindex: 0 }, whole);
  }

  function figure(item, name) {
    const src = address(item.figure);
    if (!src) return page(item, name);
    const host = el('div', { class: 'chart user-figure', 'data-src': src, role: 'group', 'aria-label': name });
    rr.drawLater(host);
    return host;
  }

  function page(item, name) {
    const view = address(item.view);
    return view && el('iframe', { src: view + '#alone', title: name, loading: 'lazy' });
  }

  const KINDS = {
    image(item, name) {
      const src = address(item.src);
      return src && el('a', { 'data-gallery': true, href: src }, el('img', { src, alt: name }));
    },
    audio(item, name) {
      const src = address(item.src);
      return src && el('audio', { controls: true, preload: 'none', src, 'aria-label': name });
    },
    text: (item, name) => el('pre', { class: 'code', tabindex: 0, role: 'region', 'aria-label': name, text: item.text || '' }),
    html: page,
    histogram,
    table,
    figure,
  };

  // One item as the page's own items are: its content, and under it step, time, caption and links.
  function build(item, at) {
    const name = item.caption || at.key + ', ' + at.text;
    const content = Object.hasOwn(KINDS, item.kind || '') ? KINDS[item.kind](item, name, at.color) : null;
    const note = item.odd || item.note;
    const time = Number.isFinite(at.time) ? el('time', { text: rr.format.time(at.time) }) : null;
    const view = address(item.view);
    const href = item.kind === 'image' ? null : address(item.href);
    const words = el('figcaption', {},
      el('span', { class: 'step', text: at.text }), time,
      item.caption ? el('span', { class: 'words', text: item.caption }) : null,
      note && content ? el('span', { class: 'note', text: note }) : null,
      view ? el('a', { href: view, text: 'Open in the viewer' }) : null,
      href ? el('a', { href, download: true, text: 'Download' }) : null);
    const shown = content || el('p', { class: 'missing', text: note || 'no preview of this kind of file' });
    return el('li', { 'data-index': at.index, 'data-step': String(at.step) },
      el('figure', { class: 'media-item ' + (content ? item.kind : 'none') }, shown, words));
  }

  // The long series of a page: which there are, and their items, loaded part by part.
  class MediaData {
    constructor(url) {
      this.url = url;
      this.used = new Map();
    }

    async list() {
      if (!this.listed) {
        this.listed = rr.load(this.url).then(({ series, parts }) => {
          let from = 0;
          return {
            parts,
            series: series.map(({ count, steps, times }) => {
              const one = { from, steps: rr.numbers(steps), times: rr.numbers(times) };
              from += count;
              return one;
            }),
          };
        });
      }
      return this.listed;
    }

    async item(series, index) {
      const { parts, series: all } = await this.list();
      const place = all[series].from + index;
      let part = parts.length - 1;
      while (parts[part][1] > place) part -= 1;
      const [name, start] = parts[part];
      const url = rr.dataUrl(name);
      const items = rr.load(url).then((value) => value.items);
      this.keep(url);
      return (await items)[place - start];
    }

    // The parts used last stay; the others are loaded again when they are asked for.
    keep(url) {
      this.used.delete(url);
      this.used.set(url, true);
      if (this.used.size <= PARTS) return;
      const [oldest] = this.used.keys();
      this.used.delete(oldest);
      rr.forget(oldest);
    }
  }

  rr.media = { build, MediaData };
})();
