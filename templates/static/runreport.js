// The loader: data files are classic scripts that call runreport.put(key, value), so that they
// load from file:// too. Also the decoding of packed columns and the making of elements.
window.runreport = (function () {
  'use strict';

  const root = document.documentElement.dataset.root || '';
  const values = new Map();
  const loading = new Map();

  // "../data/t-iris.ab12cd34.js" holds the key "t-iris".
  function keyOf(url) {
    return url.slice(url.lastIndexOf('/') + 1).replace(/\.[0-9a-f]{8}\.js$/, '');
  }

  function put(key, value) {
    values.set(key, value);
  }

  // A page may name a data file in its head, so that it is fetched while the page is still read.
  function named(url) {
    return Array.from(document.scripts).find((script) => script.getAttribute('src') === url);
  }

  function inject(url) {
    return new Promise((resolve, reject) => {
      const known = named(url);
      const script = known || document.createElement('script');
      script.addEventListener('load', () => {
        script.remove();
        resolve();
      });
      script.addEventListener('error', () => {
        script.remove();
        reject(new Error('The file ' + url + ' could not be loaded.'));
      });
      if (known) return;
      script.src = url;
      document.head.append(script);
    });
  }

  // Before the other styles, so that those for paper and a theme's own still come last.
  function addStyle(url) {
    return new Promise((resolve) => {
      const link = el('link', { rel: 'stylesheet', href: url, onload: resolve, onerror: resolve });
      const first = document.querySelector('link[rel="stylesheet"]');
      if (first) first.after(link);
      else document.head.append(link);
    });
  }

  const parts = new Map();

  // Scripts and styles that not every reader needs: the page names them, their first use loads them.
  function part(name) {
    if (!parts.has(name)) {
      const meta = document.querySelector('meta[name="runreport-' + name + '"]');
      if (!meta) return Promise.reject(new Error('This page does not name its ' + name + '.'));
      const urls = meta.content.split(' ');
      parts.set(name, Promise.all(urls.map((url) => (url.endsWith('.css') ? addStyle(url) : inject(url)))));
    }
    return parts.get(name);
  }

  // One promise a URL; the value is handed over once and kept by whoever asked.
  function load(url) {
    let promise = loading.get(url);
    if (!promise) {
      const key = keyOf(url);
      const arrived = values.has(key) ? Promise.resolve() : inject(url);
      promise = arrived.then(() => {
        if (!values.has(key)) throw new Error('The file ' + url + ' does not hold ' + key + '.');
        const value = values.get(key);
        values.delete(key);
        return value;
      });
      loading.set(url, promise);
    }
    return promise;
  }

  function forget(url) {
    loading.delete(url);
  }

  // Data files are named below data/ of the site; a name is never a path.
  function dataUrl(name) {
    return root + 'data/' + name.slice(name.lastIndexOf('/') + 1);
  }

  function complain(place, error) {
    const text = error instanceof Error ? error.message : String(error);
    if (place.querySelector(':scope > .data-missing')) return;
    const hint = ' The page shows what it can without it; build the site again or copy all of it.';
    place.prepend(el('p', { class: 'data-missing', role: 'alert', text: text + hint }));
  }

  function bytes(base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const text = window.atob(base64);
    const out = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
    return out;
  }

  const PACKED = new Map([
    ['f8', Float64Array], ['f4', Float32Array], ['i4', Int32Array], ['i2', Int16Array],
    ['i1', Int8Array], ['u4', Uint32Array], ['u2', Uint16Array], ['u1', Uint8Array],
  ]);

  function range([start, step, count]) {
    const out = new Float64Array(count);
    for (let i = 0; i < count; i++) out[i] = start + i * step;
    return out;
  }

  // The first value, and after it the differences from each to the next, in units.
  function sum([start, unit], differences) {
    const out = new Float64Array(differences.length + 1);
    let total = start;
    out[0] = total * unit;
    for (let i = 0; i < differences.length; i++) {
      total += differences[i];
      out[i + 1] = total * unit;
    }
    return out;
  }

  // A packed column is {"range": [start, step, n]}, {"sum": [start, unit], "u1": base64},
  // {"f4": base64}, ... or a plain array.
  function decode(column) {
    if (!column || Array.isArray(column)) return column || null;
    if (column.range) return range(column.range);
    if (column.sum) return sum(column.sum, decode({ ...column, sum: null }));
    for (const [name, Type] of PACKED) {
      if (typeof column[name] === 'string') return new Type(bytes(column[name]).buffer);
    }
    throw new Error('A column of an unknown encoding: ' + Object.keys(column).join(', '));
  }

  const NON_FINITE = new Map([['NaN', NaN], ['Infinity', Infinity], ['-Infinity', -Infinity]]);

  // A decoded column as float64; JSON's stand-ins for non-finite numbers become numbers.
  function numbers(column) {
    const decoded = decode(column);
    if (!decoded || decoded instanceof Float64Array) return decoded;
    if (!Array.isArray(decoded)) return Float64Array.from(decoded);
    return Float64Array.from(decoded, (value) => {
      if (typeof value === 'number') return value;
      return NON_FINITE.has(value) ? NON_FINITE.get(value) : NaN;
    });
  }

  function el(tag, options, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(options || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name === 'text') element.textContent = value;
      else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? '' : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }

  // Addresses that come from data: only the web, mail and pages of the site may be linked.
  function safeHref(url) {
    if (typeof url !== 'string' || url === '') return null;
    if (/^(https?:\/\/|mailto:)/i.test(url)) return url;
    return /^[\w.-][\w./-]*$/.test(url) ? url : null;
  }

  function afterPause(milliseconds, action) {
    let timer = 0;
    return (...args) => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => action(...args), milliseconds);
    };
  }

  function ready(action) {
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', action);
    else action();
  }

  return {
    root, put, load, forget, part, dataUrl, complain, decode, numbers, el, safeHref, afterPause, ready,
  };
})();
