// The line above the grid: filter box, count of runs, the Columns menu, the CSV download.
(function () {
  'use strict';

  const rr = window.runreport;
  const el = rr.el;

  function searchBox(grid) {
    return el('input', {
      class: 'grid-search', type: 'search', placeholder: 'Search runs, users, versions, sources',
      'aria-label': 'Search runs', autocomplete: 'off', spellcheck: 'false',
      oninput: (event) => grid.search(event.target.value),
    });
  }

  function columnItem(grid, column) {
    const box = el('input', { type: 'checkbox', onchange: () => grid.showColumn(column, box.checked) });
    box.checked = !grid.hidden.has(column.id);
    return el('label', {}, box, el('span', { text: column.label }));
  }

  // One list a group; the first column always stays.
  function menuBody(grid) {
    const groups = new Map();
    for (const column of grid.table.columns.slice(1)) {
      const title = column.group || 'run';
      groups.set(title, [...(groups.get(title) || []), column]);
    }
    const parts = [...groups].map(([title, columns]) => el('fieldset', {},
      el('legend', { text: title }), ...columns.map((column) => columnItem(grid, column))));
    const quick = el('div', { class: 'grid-menu-quick' },
      el('button', { type: 'button', class: 'button', text: 'Show all', onclick: () => grid.showColumns(() => true) }),
      el('button', {
        type: 'button', class: 'button', text: 'Only differing',
        title: 'Hide params, metrics and tags that are the same in all runs',
        onclick: () => grid.showColumns((column) => column.differs || column.group === ''),
      }));
    return [quick, el('div', { class: 'grid-menu-groups' }, ...parts)];
  }

  function columnsMenu(grid) {
    const menu = el('div', { class: 'grid-menu', role: 'group', 'aria-label': 'Columns' });
    menu.hidden = true;
    const button = el('button', { type: 'button', class: 'button', 'aria-expanded': 'false', text: 'Columns' });
    const wrapper = el('div', { class: 'grid-menu-wrapper' }, button, menu);
    const fill = () => menu.replaceChildren(...menuBody(grid));
    const toggle = (open) => {
      if (open) fill();
      menu.hidden = !open;
      button.setAttribute('aria-expanded', String(open));
    };
    button.addEventListener('click', () => toggle(menu.hidden));
    wrapper.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || menu.hidden) return;
      toggle(false);
      button.focus();
    });
    document.addEventListener('click', (event) => {
      if (!event.composedPath().includes(wrapper)) toggle(false);
    });
    const refresh = () => {
      const hidden = grid.table.columns.slice(1).filter((column) => grid.hidden.has(column.id)).length;
      const note = hidden ? [' ', el('span', { class: 'grid-hidden', text: rr.format.count(hidden) + ' hidden' })] : [];
      button.replaceChildren('Columns', ...note);
      if (!menu.hidden) fill();
    };
    return { wrapper, refresh };
  }

  // How runs below runs are shown: as trees, open or closed, or as a plain list.
  function treeButtons(grid) {
    const { tree } = grid.table;
    if (!tree) return null;
    const nested = el('button', { type: 'button', class: 'button', text: 'Nested', title: 'Show child runs below their parents', onclick: () => grid.showTree(tree.isOn ? 'flat' : '') });
    const all = el('button', { type: 'button', class: 'button', onclick: () => grid.showTree(tree.closed.size ? '' : 'closed') });
    const refresh = () => {
      nested.setAttribute('aria-pressed', String(tree.isOn));
      all.textContent = tree.closed.size ? 'Expand all' : 'Collapse all';
      all.hidden = !tree.isOn || grid.isFiltered();
    };
    return { parts: [all, nested], refresh };
  }

  function makeTools(grid) {
    const search = searchBox(grid);
    const count = el('span', { class: 'grid-count', role: 'status' });
    const reset = el('button', { type: 'button', class: 'button quiet', text: 'Clear filters', onclick: () => grid.clearFilters() });
    const menu = columnsMenu(grid);
    const tree = treeButtons(grid);
    const csv = el('button', { type: 'button', class: 'button', text: 'Download CSV', onclick: () => grid.downloadCsv() });
    const element = el('div', { class: 'grid-tools' }, search, count, reset,
      el('div', { class: 'grid-tools-end' }, grid.groups.element, ...(tree ? tree.parts : []), menu.wrapper, csv));

    function refresh() {
      const all = grid.table.rows;
      const shown = grid.matching.length;
      const noun = all === 1 ? ' run' : ' runs';
      const text = shown === all ? rr.format.count(all) : rr.format.count(shown) + ' of ' + rr.format.count(all);
      count.replaceChildren(el('strong', { text }), noun);
      reset.hidden = !grid.isFiltered();
      if (search.value !== grid.query) search.value = grid.query;
      menu.refresh();
      if (tree) tree.refresh();
      grid.groups.refresh();
    }

    return { element, refresh };
  }

  rr.gridTools = { makeTools };
})();
