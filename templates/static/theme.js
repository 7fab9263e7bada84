// Sets the colour scheme before the first paint, and drives the page's light/dark button.
// Without a choice the system's preference counts (theme.css does that by itself).
(function () {
  'use strict';

  const page = document.documentElement;
  const key = 'runreport:' + (page.dataset.site || '') + ':theme';

  // Storage may be closed (private windows, policies): the choice then lasts for this page.
  function read() {
    try {
      return window.localStorage.getItem(key);
    } catch {
      return null;
    }
  }

  function keep(theme) {
    try {
      window.localStorage.setItem(key, theme);
    } catch {
      return;
    }
  }

  function current() {
    if (page.dataset.theme) return page.dataset.theme;
    return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }

  const chosen = read();
  if (chosen === 'dark' || chosen === 'light') page.dataset.theme = chosen;

  function connect() {
    for (const button of document.querySelectorAll('[data-theme-toggle]')) {
      button.hidden = false;
      button.addEventListener('click', () => {
        page.dataset.theme = current() === 'dark' ? 'light' : 'dark';
        keep(page.dataset.theme);
      });
    }
  }

  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', connect);
  else connect();
})();
