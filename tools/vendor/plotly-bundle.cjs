// The chart types that runreport's site draws, and those that users' own figures need most.
// parcoords comes in its strict variant: the plain one compiles code at run time, which the
// site's content security policy refuses.
'use strict';

var Plotly = require('plotly.js/lib/core');

Plotly.register([
    require('plotly.js/lib/bar'),
    require('plotly.js/lib/box'),
    require('plotly.js/lib/violin'),
    require('plotly.js/lib/heatmap'),
    require('plotly.js/lib/histogram'),
    require('plotly.js/lib/pie'),
    require('plotly.js/src/traces/parcoords/strict')
]);

module.exports = Plotly;
