// Small comforts of every page: copy buttons, the filter of params, the picture viewer, and what
// has to be ready before the page is printed.
(function () {
  'use strict';

  const rr = window.runreport;
  const el = rr.el;
  const FILTER_FROM = 9;

  function startCopy(button) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener('click', async () => {
      const done = await copyText(button.dataset.copy);
      button.textContent = done ? 'Copied' : 'Not copied';
      window.setTimeout(() => { button.textContent = label; }, 1500);
    });
  }

  // Without the clipboard's permission an old way still works: select the text and copy it.
  async function copyText(text) {
    try {
      await window.navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = el('textarea', { class: 'sr', 'aria-hidden': 'true' });
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand('copy');
      area.remove();
      return done;
    }
  }

  // A list of many names and values gets a field that leaves only those with all of its words.
  function startFilter(section) {
    const items = [...section.querySelectorAll('dl > div, tbody > tr')];
    if (items.length < FILTER_FROM) return;
    const title = section.querySelector('h2, h3');
    const name = title ? title.textContent.toLowerCase() : 'entries';
    const texts = items.map((item) => item.textContent.toLowerCase());
    const input = el('input', { class: 'list-filter', type: 'search', placeholder: 'Filter ' + name, 'aria-label': 'Filter ' + name, autocomplete: 'off' });
    const none = el('p', { class: 'list-none', role: 'status' });
    input.addEventListener('input', () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      items.forEach((item, index) => {
        item.hidden = !words.every((word) => texts[index].includes(word));
        if (!item.hidden) shown += 1;
      });
      none.textContent = shown ? '' : 'None has these words.';
    });
    (section.querySelector('.card-head') || section).append(input);
    section.append(none);
  }

  // The picture viewer: one for the page, with the pictures of the gallery that was clicked.
  function makeViewer() {
    const image = el('img', { alt: '' });
    const caption = el('p', { class: 'viewer-caption' });
    const place = el('span', { class: 'viewer-place' });
    const button = (text, label, action) => el('button', { type: 'button', class: 'icon-button', text, 'aria-label': label, onclick: action });
    const previous = button('‹', 'Previous picture', () => move(-1));
    const next = button('›', 'Next picture', () => move(1));
    const close = button('×', 'Close', () => dialog.close());
    const dialog = el('dialog', { class: 'viewer', 'aria-label': 'Picture' },
      el('div', { class: 'viewer-bar' }, place, previous, next, close), image, caption);
    let album = null;

    async function show() {
      const { href, alt, text } = await album.picture();
      image.hidden = !href;
      if (href) image.src = href;
      image.alt = alt;
      caption.textContent = text;
      place.textContent = album.count > 1 ? album.at + 1 + ' of ' + album.count : '';
      previous.hidden = next.hidden = album.count < 2;
    }

    function move(step) {
      album.at = (album.at + step + album.count) % album.count;
      show();
    }

    dialog.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowRight') move(1);
      if (event.key === 'ArrowLeft') move(-1);
    });
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) dialog.close();
    });
    document.body.append(dialog);
    return (chosen) => {
      album = chosen;
      show();
      dialog.showModal();
    };
  }

  function pictureOf(link) {
    const alt = link.querySelector('img').alt;
    const words = link.closest('figure') && link.closest('figure').querySelector('figcaption');
    return { href: link.href, alt, text: words ? [...words.childNodes].map((node) => node.textContent.trim()).filter(Boolean).join(' · ') : alt };
  }

  // The pictures of a link's group; a group whose script makes them one by one has its own album.
  function albumOf(link) {
    const group = link.closest('[data-gallery-group]');
    if (group && group.album) return group.album();
    const links = group ? [...group.querySelectorAll('a[data-gallery]')] : [link];
    return { at: links.indexOf(link), count: links.length, picture() { return pictureOf(links[this.at]); } };
  }

  function startGallery() {
    if (!document.querySelector('a[data-gallery], [data-media]')) return;
    const open = makeViewer();
    document.addEventListener('click', (event) => {
      const link = event.target.closest('a[data-gallery]');
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open(albumOf(link));
    });
  }

  rr.pictureOf = pictureOf;

  // A grid holds only the rows in sight; on paper a plain table stands in for it.
  function preparePaper() {
    for (const host of document.querySelectorAll('[data-grid]')) {
      if (!host.grid || host.querySelector('.grid-paper')) continue;
      host.append(host.grid.paper());
    }
  }

  function clearPaper() {
    for (const paper of document.querySelectorAll('.grid-paper')) paper.remove();
  }

  window.addEventListener('beforeprint', preparePaper);
  window.addEventListener('afterprint', clearPaper);
  window.matchMedia('print').addEventListener('change', (event) => (event.matches ? preparePaper() : clearPaper()));

  rr.ready(() => {
    document.querySelectorAll('[data-copy]').forEach(startCopy);
    document.querySelectorAll('[data-filterable]').forEach(startFilter);
    startGallery();
  });
})();
