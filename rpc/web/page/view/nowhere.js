// An address that names nothing.
import { h } from '../lib/dom.js';

export default ({ params: [text] }) =>
  h('div.empty', h('h1', 'Nothing here'), h('p', `No page has the address ${text}.`), h('a.button', { href: '#/' }, 'To the gallery'));
