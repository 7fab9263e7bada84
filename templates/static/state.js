// What the page shows, kept in the address after "#" so that a view can be sent to somebody.
// The form is "#q=adam&sort=-metrics.loss"; an anchor without "=" is left alone until the first change.
(function () {
  'use strict';

  const rr = window.runreport;
  const listeners = [];
  let params = parse();
  let written = window.location.hash;

  function parse() {
    const hash = window.location.hash.slice(1);
    return new URLSearchParams(hash.includes('=') ? hash : '');
  }

  function write() {
    const text = params.toString();
    if (!text && !window.location.hash.includes('=')) return;
    written = '#' + text;
    window.history.replaceState(null, '', written);
  }

  // Browsers refuse many address changes in a row, so typing is written after a pause.
  const writeSoon = rr.afterPause(200, write);

  function get(key) {
    return params.get(key);
  }

  function set(key, value) {
    if (value === null || value === undefined || value === '') params.delete(key);
    else params.set(key, value);
    writeSoon();
  }

  function withPrefix(prefix) {
    return [...params].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value]);
  }

  // Lists may hold any text, so their parts are escaped before they are joined.
  function getList(key) {
    const value = params.get(key);
    return value ? value.split(',').map((part) => decode(part)) : [];
  }

  function decode(part) {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  }

  function setList(key, list) {
    set(key, list.map((part) => encodeURIComponent(part)).join(','));
  }

  window.addEventListener('hashchange', () => {
    if (window.location.hash === written || !window.location.hash.includes('=')) return;
    params = parse();
    for (const listener of listeners) listener();
  });

  rr.state = { get, set, getList, setList, withPrefix, onChange: (listener) => listeners.push(listener) };
})();
