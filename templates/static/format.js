// The text of numbers, times, durations and byte counts: runreport/text/numbers.py to the letter, so
// that what the scripts write reads like what was written at build time.
(function () {
  'use strict';

  const rr = window.runreport;
  const SIGNIFICANT = 4;
  const MAX_DECIMALS = 6;
  const LARGE = 1e7;
  const FIRST_SECOND = -62135596800;
  const LAST_SECOND = 253402300799;

  const two = (number) => String(number).padStart(2, '0');
  const rounded = (value) => Math.floor(value + 0.5);

  // The shortest text that reads back as the same number; "NaN", "Infinity", "-Infinity".
  function exact(value) {
    return String(value);
  }

  function fixed(value, decimals) {
    if (!Number.isFinite(value)) return String(value);
    const size = Math.abs(value);
    if (size >= LARGE || (size > 0 && size < Number('1e-' + decimals))) return value.toExponential(2);
    return value.toFixed(decimals);
  }

  // The decimals, 0 to 6, that keep four significant digits of the typical value.
  function decimalsFor(values) {
    const sizes = [];
    for (const value of values) {
      if (Number.isFinite(value) && value !== 0) sizes.push(Math.abs(value));
    }
    if (sizes.every(Number.isInteger)) return 0;
    sizes.sort((a, b) => a - b);
    const typical = sizes[(sizes.length - 1) >> 1];
    const exponent = Number(typical.toExponential(6).split('e')[1]);
    return Math.min(Math.max(SIGNIFICANT - 1 - exponent, 0), MAX_DECIMALS);
  }

  function moment(seconds, length) {
    if (Number.isNaN(seconds)) return '';
    if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return exact(seconds);
    const iso = new Date(Math.floor(seconds) * 1000).toISOString();
    return iso.slice(0, length).replace('T', ' ');
  }

  // UTC: "2026-03-06 20:46", and with seconds.
  const time = (seconds) => moment(seconds, 16);
  const exactTime = (seconds) => moment(seconds, 19);

  // For files: "2026-03-06T20:46:12.120000Z", to the microsecond.
  function isoTime(seconds) {
    if (!(seconds >= FIRST_SECOND && seconds <= LAST_SECOND)) return exact(seconds);
    let whole = Math.floor(seconds);
    let micros = Math.round((seconds - whole) * 1e6);
    if (micros === 1e6) [whole, micros] = [whole + 1, 0];
    return new Date(whole * 1000).toISOString().slice(0, 19) + '.' + String(micros).padStart(6, '0') + 'Z';
  }

  // "850 ms", "12.3 s", "3m 05s", "1h 02m", "2d 03h".
  function duration(seconds) {
    if (Number.isNaN(seconds)) return '';
    if (seconds < 0) return '-' + duration(-seconds);
    if (seconds >= 1e15) return exact(seconds) + ' s';
    if (seconds < 0.9995) return rounded(seconds * 1000) + ' ms';
    if (seconds < 59.95) {
      const tenths = rounded(seconds * 10);
      return Math.floor(tenths / 10) + '.' + (tenths % 10) + ' s';
    }
    const whole = rounded(seconds);
    if (whole < 3600) return Math.floor(whole / 60) + 'm ' + two(whole % 60) + 's';
    const minutes = rounded(seconds / 60);
    if (minutes < 24 * 60) return Math.floor(minutes / 60) + 'h ' + two(minutes % 60) + 'm';
    const hours = rounded(seconds / 3600);
    return Math.floor(hours / 24) + 'd ' + two(hours % 24) + 'h';
  }

  // "512 B", "3.4 MB", "64 kB", in powers of 1,000.
  function bytes(number) {
    let size = number;
    let unit = 'B';
    for (const larger of ['kB', 'MB', 'GB', 'TB']) {
      if (size < 999.5) break;
      size /= 1000;
      unit = larger;
    }
    const tenths = rounded(size * 10);
    if (tenths < 100 && tenths % 10) return Math.floor(tenths / 10) + '.' + (tenths % 10) + ' ' + unit;
    return count(rounded(size)) + ' ' + unit;
  }

  // "10,000"
  function count(value) {
    return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  }

  rr.format = { exact, fixed, decimalsFor, time, exactTime, isoTime, duration, bytes, count };
})();
