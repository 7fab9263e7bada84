// Writes NOTICE.md: every package whose code or font is shipped, with version, licence and source.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

function describe(folder) {
  const info = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const licence = typeof info.license === 'string' ? info.license : (info.license?.type ?? info.licenses?.[0]?.type);
  const repository = typeof info.repository === 'string' ? info.repository : (info.repository?.url ?? '');
  const author = typeof info.author === 'string' ? info.author : (info.author?.name ?? '');
  return {
    name: info.name,
    version: info.version,
    licence: licence ?? 'see text',
    source: webAddress(repository),
    text: licenceText(folder, licence, author),
  };
}

function webAddress(repository) {
  const address = repository.replace(/^git\+/, '').replace(/^git:\/\//, 'https://').replace(/^git@([^:]+):/, 'https://$1/').replace(/\.git$/, '');
  return /^[\w.-]+\/[\w.-]+$/.test(address) ? `https://github.com/${address}` : address;
}

function licenceText(folder, licence, author) {
  const name = readdirSync(folder).find((file) => /^(licen[cs]e|copying)/i.test(file));
  if (name) return readFileSync(join(folder, name), 'utf8').trim();
  const readme = ['README.md', 'readme.md', 'Readme.md'].map((file) => join(folder, file)).find(existsSync);
  const section = readme && /^#+\s*licen[cs]e[^\n]*\n([\s\S]*)/im.exec(readFileSync(readme, 'utf8'));
  const said = section ? section[1].trim() : '';
  if (said.length > 200) return said;
  if (licence !== 'MIT') throw new Error(`${folder}: no licence text; add its file by hand`);
  return MIT.replace('HOLDER', author.replace(/\s*<.*/, '') || "the package's authors");
}

const MIT = `MIT License

Copyright (c) HOLDER

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT
OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

function fence(text) {
  return '```text\n' + text.replace(/\r/g, '').replace(/```/g, "'''") + '\n```';
}

// Several packages share a text word for word; it is printed once, with the names that it serves.
function texts(entries) {
  const byText = new Map();
  for (const entry of entries) byText.set(entry.text, [...(byText.get(entry.text) ?? []), entry.name]);
  return [...byText].map(([text, names]) => `### ${names.join(', ')}\n\n${fence(text)}`).join('\n\n');
}

export function notice(bundled, fonts, sums) {
  const code = [...new Set(bundled)].map(describe).sort((a, b) => (a.name < b.name ? -1 : 1));
  const faces = fonts.map(([folder, file]) => ({ ...describe(folder), file }));
  const rows = (entries, file) => entries.map((entry) =>
    `| ${entry.name} | ${entry.version} | ${entry.licence} | ${entry.source} | ${entry.file ?? file} |`);
  return [
    '# Third-party software in this folder',
    '',
    'Made by `tools/vendor/build.mjs` from the npm packages below; nothing is fetched when a site is',
    'built or viewed. The code is unchanged but for bundling; of the fonts, the weights from 400 to 700',
    'and the layout features that the site uses are kept.',
    '',
    '| package | version | licence | source | in |',
    '|---|---|---|---|---|',
    ...rows(code, 'plotly.min.js'),
    ...rows(faces),
    '',
    '`plotly.css` holds the style rules of plotly.js; `fonts.css` is runreport\'s own.',
    '',
    '| file | sha256 |',
    '|---|---|',
    ...Object.entries(sums).map(([name, sum]) => `| ${name} | ${sum} |`),
    '',
    '## Licence texts',
    '',
    texts([...code, ...faces]),
    '',
  ].join('\n');
}
