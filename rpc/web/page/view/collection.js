// All tokens of a collection, the newest first.
import '../element/grid.js';
import { h } from '../lib/dom.js';
import { plural } from '../lib/format.js';
import { addressLink, copy, trail } from '../lib/links.js';
import { empty } from '../lib/states.js';
import { collection } from '../lib/tokens.js';
import { checksum } from '../lib/address.js';

export default async function show({ params: [address] }) {
  const about = await collection(address);
  if (!about) {
    return empty(
      'No collection',
      'There is no collection of tokens at this address.',
      h('a.button', { href: `#/address/${address}` }, 'Look at the account'),
    );
  }
  const { name, symbol, supply, nextId, isAinft, owner, openMint } = about,
    count = Number(nextId > 0n ? nextId - 1n : 0n);
  return h(
    'div',
    h(
      'header.head',
      trail(h('a', { href: '#/' }, 'Gallery'), name),
      h('h1', name),
      h(
        'div.line',
        h('span', symbol),
        h('span', plural(supply, 'token')),
        isAinft && h('span.wash', 'AINFT'),
        h('span', isAinft ? 'made by ' : 'owned by ', addressLink(owner)),
        openMint && h('span', 'anybody may mint'),
      ),
      h('div.line.small', copy(checksum(address))),
    ),
    count
      ? h('mm-grid', { count, tokenAt: (i) => ({ collection: address.toLowerCase(), id: nextId - 1n - BigInt(i) }) })
      : empty(
          'No tokens yet',
          'Nothing was minted in this collection.',
          h('a.button.main', { href: `#/mint/${address}` }, 'Mint the first one'),
        ),
  );
}
