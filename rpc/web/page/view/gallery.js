// The first page: each collection with its newest pictures.
import { plate, load } from '../element/plate.js';
import { COLLECTION } from '../lib/contracts.js';
import { h } from '../lib/dom.js';
import { plural } from '../lib/format.js';
import { empty, later } from '../lib/states.js';
import { collection, collections } from '../lib/tokens.js';

const SHOWN = 6,
  LEAD = 7;

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

export default async function gallery({ signal }) {
  const [addresses, first] = await Promise.all([collections(), collection(COLLECTION)]);
  const rest = addresses.slice(1);
  const isEmpty = rest.length === 0 && (!first || first.nextId <= 1n);
  const others = rest.length
    ? later(
        Promise.all(rest.slice(0, 50).map(collection)).then((all) =>
          h(
            'div.trays',
            all.filter(Boolean).map((about) => tray(about, signal)),
          ),
        ),
      )
    : null;
  return h(
    'div',
    h(
      'header.head',
      h('h1', 'Gallery'),
      h(
        'p.line',
        h('span', plural(addresses.length, 'collection')),
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
    !isEmpty && h('div.trays', first && tray(first, signal, true), others),
    rest.length > 50 && h('p.quiet', `${rest.length - 50} older collections are not shown here; search finds them by address or name.`),
  );
}
