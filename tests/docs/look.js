// Copyright: (c) 2026, stackdb.trove contributors
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// What reaches beyond the window though nothing around it scrolls by itself, the weakest contrast of the text, and how light the page is.
const wide = document.documentElement.clientWidth;
const parts = [];
const scrolls = e => {
  for (; e && e !== document.body; e = e.parentElement) if (getComputedStyle(e).overflowX !== 'visible') return true;
  return false;
};
const colour = text => {
  const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
  return {r, g, b, a};
};
const light = ({r, g, b}) => [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = e => {
  for (; e; e = e.parentElement) {
    const found = colour(getComputedStyle(e).backgroundColor);
    if (found.a === 1) return found;
  }
  return {r: 255, g: 255, b: 255};
};
for (const e of document.querySelectorAll('article *')) {
  const box = e.getBoundingClientRect();
  if (box.width && box.right > wide + 1 && !scrolls(e)) parts.push(e.tagName + ' ' + e.textContent.slice(0, 60));
}
let weakest = [99, ''];
const TEXT = ['p', 'li', 'td', 'th', 'h1', 'h2', 'h3', 'code', 'a', 'pre span'].map(name => 'article ' + name).join(', ');
for (const e of document.querySelectorAll(TEXT)) {
  if (!e.textContent.trim() || !e.getClientRects().length || getComputedStyle(e).opacity !== '1') continue;
  const [a, b] = [light(colour(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < weakest[0]) weakest = [ratio, e.tagName + ' ' + e.textContent.slice(0, 60)];
}
const back = light(behind(document.querySelector('article') || document.body));
return {overflow: document.documentElement.scrollWidth - wide, parts: parts.slice(0, 3), weakest, back};
