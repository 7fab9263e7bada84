// The settings that all charts of a page share: smoothing, linear or log scale, what is on the
// x-axis. They live in the address, and each change redraws.
(function () {
  'use strict';

  const rr = window.runreport;
  const el = rr.el;
  const AXES = [['step', 'Step'], ['time', 'Time'], ['relative', 'Relative']];
  const SCALES = [['linear', 'Linear'], ['log', 'Log']];
  const listeners = [];

  function read(key, allowed, standard) {
    const value = rr.state.get(key);
    return allowed.some(([name]) => name === value) ? value : standard;
  }

  function current() {
    const smoothing = Number(rr.state.get('smooth'));
    return {
      smoothing: Number.isFinite(smoothing) ? Math.min(99, Math.max(0, smoothing)) : 0,
      scale: read('scale', SCALES, 'linear'),
      axis: read('x', AXES, 'step'),
    };
  }

  function change(key, value) {
    rr.state.set(key, value);
    for (const listener of listeners) listener();
  }

  function segmented(label, key, choices, value) {
    const group = el('div', { class: 'segmented', role: 'group', 'aria-label': label });
    for (const [name, text] of choices) {
      group.append(el('button', {
        type: 'button', text, 'aria-pressed': String(name === value),
        onclick: (event) => {
          for (const button of group.children) button.setAttribute('aria-pressed', String(button === event.currentTarget));
          change(key, name === choices[0][0] ? '' : name);
        },
      }));
    }
    return group;
  }

  function smoothingSlider(value) {
    const input = el('input', { type: 'range', min: '0', max: '99', step: '1' });
    const show = () => {
      input.style.setProperty('--part', input.value / 99);
      input.setAttribute('aria-valuetext', input.value === '0' ? 'off' : input.value + ' of 99');
    };
    input.value = String(value);
    show();
    const later = rr.afterPause(60, () => change('smooth', input.value === '0' ? '' : input.value));
    input.addEventListener('input', () => {
      show();
      later();
    });
    return el('label', { class: 'smoothing' }, el('span', { text: 'Smoothing' }), input);
  }

  function makeControls() {
    const settings = current();
    return el('div', { class: 'chart-tools' },
      smoothingSlider(settings.smoothing),
      segmented('X-axis', 'x', AXES, settings.axis),
      segmented('Scale', 'scale', SCALES, settings.scale));
  }

  rr.chartControls = { makeControls, current, onChange: (listener) => listeners.push(listener) };
})();
