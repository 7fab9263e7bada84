// Reloads the page when the server has another one. The server adds this script to the pages that
// it serves; it asks by adding scripts, since the pages' policy allows no other request. Each
// answer calls runreport.reload(isNew) and may come late.
(function () {
  'use strict';

  const PAUSE = 1000;
  const LONGEST = 30000;
  const rr = window.runreport = window.runreport || {};
  const { page, tag } = document.currentScript.dataset;
  let delay = 500;
  let touched = -PAUSE;

  function ask() {
    if (document.hidden) {
      document.addEventListener('visibilitychange', ask, { once: true });
      return;
    }
    const script = document.createElement('script');
    script.src = '/runreport-serve.js?' + new URLSearchParams({ page, after: tag });
    script.addEventListener('load', () => script.remove());
    script.addEventListener('error', () => {
      script.remove();
      delay = Math.min(2 * delay, LONGEST);
      window.setTimeout(ask, delay);
    });
    document.head.append(script);
  }

  // Not while somebody types, drags or looks at a picture; by then the view is in the address.
  function reloadSoon() {
    const rest = touched + PAUSE - performance.now();
    if (rest > 0 || document.querySelector('dialog[open]')) window.setTimeout(reloadSoon, Math.max(rest, 100));
    else window.location.reload();
  }

  rr.reload = (isNew) => {
    delay = 500;
    if (isNew) reloadSoon();
    else ask();
  };

  for (const kind of ['keydown', 'pointerdown', 'pointerup', 'wheel', 'input']) {
    window.addEventListener(kind, () => { touched = performance.now(); }, { capture: true, passive: true });
  }
  // A script that is added earlier would hold up the page's own load event.
  if (document.readyState === 'complete') ask();
  else window.addEventListener('load', ask);
})();
