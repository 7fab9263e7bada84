// The wheel with Ctrl or ⌘ held, as touchpads send a pinch, zooms a chart about the pointer.
(function () {
  'use strict';

  const rr = window.runreport;
  const A_PIXEL = 0.002;
  const A_LINE = 0.04;

  // `zoomTo` takes the new ends of the axis, once a frame.
  function listen(plot, zoomTo) {
    let factor = 1;
    let at = 0.5;
    let frame = 0;
    plot.addEventListener('wheel', (event) => {
      const layout = plot._fullLayout;
      if (!(event.ctrlKey || event.metaKey) || !layout || !layout.xaxis) return;
      event.preventDefault();
      const { xaxis } = layout;
      at = (event.clientX - plot.getBoundingClientRect().left - xaxis._offset) / xaxis._length;
      factor *= Math.exp(event.deltaY * (event.deltaMode ? A_LINE : A_PIXEL));
      if (frame) return;
      frame = window.requestAnimationFrame(() => {
        const [from, to] = [0, 1].map((end) => xaxis.p2c(xaxis._length * (at + (end - at) * factor)));
        frame = 0;
        factor = 1;
        zoomTo([from, to]);
      });
    }, { passive: false });
  }

  rr.chartWheel = { listen };
})();
