// Rebuilds templates/static/vendor and tests/browser/vendor from the pinned npm packages:
//
//     cd tools/vendor && npm ci --ignore-scripts && pip install -r requirements.txt && npm run build
//
// PYTHON names the Python that has them, if it is not python3. Needed only when a version in package.json changes; a site is built without Node. The same
// versions give the same bytes; checksums.json lists them and a test compares.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as esbuild from 'esbuild';

import { notice } from './notice.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = process.env.RUNREPORT_ROOT ?? join(here, '..', '..');
const packages = join(process.cwd(), 'node_modules');
const target = join(root, 'templates', 'static', 'vendor');
const testTarget = join(root, 'tests', 'browser', 'vendor');

// Digits of one width and pairs of letters are all that the styles ask of Inter; no ligatures.
const FONTS = [
  { name: 'Inter', package: '@fontsource-variable/inter', source: 'inter-latin-wght-normal.woff2', file: 'inter', features: ['kern', 'tnum'] },
  { name: 'JetBrains Mono', package: '@fontsource-variable/jetbrains-mono', source: 'jetbrains-mono-latin-wght-normal.woff2', file: 'jetbrains-mono', features: ['ccmp', 'mark'] },
];
// Nearly every page needs these alone; a page with another letter loads the second file too.
const COMMON =
  'U+0020-007E, U+00A0, U+00B0-00B2, U+00B5, U+00B7, U+00D7, U+2013-2014, U+2018-2019, U+201C-201D, ' +
  'U+2022, U+2026, U+2039-203A, U+2191, U+2193, U+2212';
const LATIN =
  'U+0000-001F, U+007F-009F, U+00A1-00AF, U+00B3-00B4, U+00B6, U+00B8-00D6, U+00D8-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+0304, U+0308, ' +
  'U+0329, U+2000-2012, U+2015-2017, U+201A-201B, U+201E-2021, U+2023-2025, U+2027-2038, U+203B-206F, ' +
  'U+20AC, U+2122, U+2215, U+FEFF, U+FFFD';
const PARTS = [{ name: 'common', range: COMMON }, { name: 'latin', range: LATIN }];

function version(name) {
  return JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')).version;
}

// plotly.js asks for the map library's styles even where no map trace is bundled.
const withoutMapStyles = {
  name: 'without-map-styles',
  setup(build) {
    build.onLoad({ filter: /maplibre-gl\.css$/ }, () => ({ contents: '', loader: 'js' }));
  },
};

async function buildPlotly() {
  const result = await esbuild.build({
    entryPoints: [join(here, 'plotly-bundle.cjs')],
    outfile: join(target, 'plotly.min.js'),
    nodePaths: [packages],
    format: 'iife',
    globalName: 'Plotly',
    bundle: true,
    minify: true,
    metafile: true,
    legalComments: 'none',
    banner: { js: `/*! plotly.js ${version('plotly.js')}, partial strict bundle; MIT; see NOTICE.md */` },
    plugins: [withoutMapStyles],
    alias: { regl: '@plotly/regl' },
    define: { global: 'window', 'define.amd': 'false' },
    target: 'es2019',
    logLevel: 'warning',
  });
  const output = Object.values(result.metafile.outputs)[0];
  return Object.entries(output.inputs)
    .filter(([path, part]) => part.bytesInOutput > 0 && /node_modules\/.*\.c?js$/.test(path))
    .map(([path]) => path.slice(0, path.lastIndexOf('node_modules/') + 13) + packageOf(path));
}

function packageOf(path) {
  const parts = path.split('node_modules/').pop().split('/');
  return parts[0].startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}

// plotly.js inserts its styles by script, which the site's policy refuses: the same rules as a file.
function buildPlotlyStyles() {
  const source = readFileSync(join(packages, 'plotly.js', 'build', 'plotcss.js'), 'utf8');
  const body = source.slice(source.indexOf('{'), source.indexOf('};') + 1);
  const rules = JSON.parse(body.replace(/,\s*}$/, '}').replace(/^(\s*)(\w+):/gm, '$1"$2":'));
  const lines = Object.entries(rules).map(([selector, style]) => {
    const full = selector.replace(/X/g, '.js-plotly-plot .plotly').replace(/Y/g, '.plotly-notifier');
    return `${full.replace(/^,/, '')} { ${style} }`;
  });
  const head = `/* plotly.js ${version('plotly.js')}, its build/plotcss.js as a file; MIT; see NOTICE.md */\n`;
  writeFileSync(join(target, 'plotly.css'), head + lines.join('\n') + '\n');
}

function reduceFonts() {
  const faces = FONTS.flatMap((font) => PARTS.map(({ name, range }) => {
    const source = join(packages, font.package, 'files', font.source);
    const file = `${font.file}-${name}.woff2`;
    execFileSync(process.env.PYTHON ?? 'python3', [join(here, 'fonts.py'), source, join(target, file), range, ...font.features]);
    return [
      '@font-face {',
      `  font-family: "${font.name}";`,
      '  font-style: normal;',
      '  font-display: swap;',
      '  font-weight: 400 700;',
      `  src: url("${file}") format("woff2");`,
      `  unicode-range: ${range};`,
      '}',
      '',
    ].join('\n');
  }));
  writeFileSync(join(target, 'fonts.css'), faces.join('\n'));
}

function writeChecksums(folder, names) {
  const sums = {};
  for (const name of [...names].sort()) {
    sums[name] = createHash('sha256').update(readFileSync(join(folder, name))).digest('hex');
  }
  writeFileSync(join(folder, 'checksums.json'), JSON.stringify(sums, null, 2) + '\n');
  return sums;
}

async function main() {
  for (const folder of [target, testTarget]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  const bundled = await buildPlotly();
  buildPlotlyStyles();
  reduceFonts();
  const fonts = FONTS.flatMap((font) => PARTS.map(({ name }) => `${font.file}-${name}.woff2`));
  const sums = writeChecksums(target, ['plotly.min.js', 'plotly.css', 'fonts.css', ...fonts]);
  const fontFolders = FONTS.map((font) => [join(packages, font.package), `${font.file}-*.woff2`]);
  writeFileSync(join(target, 'NOTICE.md'), notice(bundled, fontFolders, sums));

  copyFileSync(join(packages, 'axe-core', 'axe.min.js'), join(testTarget, 'axe.min.js'));
  copyFileSync(join(packages, 'axe-core', 'LICENSE'), join(testTarget, 'axe-LICENSE.txt'));
  writeChecksums(testTarget, ['axe.min.js', 'axe-LICENSE.txt']);
}

await main();
