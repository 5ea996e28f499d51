// The first page: each collection with its newest pictures.
import { plate, load } from '../element/plate.js';
import { COLLECTION } from '../lib/contracts.js';
import { h } from '../lib/dom.js';
import { plural } from '../lib/format.js';
import { empty, later } from '../lib/states.js';
import { node } from '../lib/node.js';
import { collection, madeCollections, madeCounts } from '../lib/tokens.js';

const SHOWN = 6,
  LEAD = 7,
  TRAYS = 50;

/** The first collection has its newest token twice as large. */
function strip({ address, nextId }, signal, isFirst) {
  const plates = [];
  for (let id = nextId - 1n; id > 0n && plates.length < (isFirst ? LEAD : SHOWN); id--) plates.push(plate({ collection: address, id }));
  for (const link of plates) load(link, signal);
  return h(`div.plates${isFirst && plates.length === LEAD ? '.lead' : '.strip'}`, plates.length === LEAD ? plates : plates.slice(0, SHOWN));
}

function tray(about, signal, isFirst = false) {
  const { address, name, symbol, supply, isAinft } = about,
    href = `#/collection/${address.toLowerCase()}`;
  return h(
    'section',
    h(
      'header',
      h('h2', h('a', { href, className: 'heading-link' }, name)),
      h('span.quiet', symbol),
      isAinft && h('span.wash', 'AINFT'),
      h('a.all', { href }, `All ${plural(supply, 'token')}`),
    ),
    about.nextId > 1n ? strip(about, signal, isFirst) : h('p.quiet', 'No tokens in it yet.'),
  );
}

async function otherTrays(counts, signal) {
  const addresses = await madeCollections(counts),
    all = await Promise.all(addresses.slice(0, TRAYS).map(collection));
  return h(
    'div.trays',
    all.filter(Boolean).map((about) => tray(about, signal)),
  );
}

export default async function gallery({ signal }) {
  // where the pictures are is asked in the same turn: the first of them waits for nothing else
  const [counts, first] = await Promise.all([madeCounts(), collection(COLLECTION), node()]);
  const others = Number(counts[0] + counts[1]),
    isEmpty = others === 0 && (!first || first.nextId <= 1n);
  return h(
    'div',
    h(
      'header.head',
      h('h1', 'Gallery'),
      h(
        'p.line',
        h('span', plural(others + 1, 'collection')),
        first && h('span', `${plural(first.supply, 'token')} in ${first.name}`),
        h('a', { href: '#/mint' }, 'Mint a token'),
      ),
    ),
    isEmpty &&
      empty(
        'Nothing is struck yet',
        'The first token minted on this chain will hang here: its picture, its owner, and the proof that it is what it says.',
        h('a.button.main', { href: '#/mint' }, 'Mint the first one'),
      ),
    !isEmpty && h('div.trays', first && tray(first, signal, true), others > 0 && later(otherTrays(counts, signal))),
    others > TRAYS && h('p.quiet', `${others - TRAYS} older collections are not shown here; search finds them by address or name.`),
  );
}
