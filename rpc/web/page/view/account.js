// An account: what it is, what it has, what it did.
import '../element/grid.js';
import { checksum } from '../lib/address.js';
import { MODULES, moduleOf } from '../lib/contracts.js';
import { facts, h } from '../lib/dom.js';
import { count, ether, plural } from '../lib/format.js';
import { copy, trail } from '../lib/links.js';
import { rpc } from '../lib/rpc.js';
import { later } from '../lib/states.js';
import { tokensOf } from '../lib/tokens.js';
import { transactionLine } from './explorer-parts.js';

const PAGE = 25;

async function holdings(address) {
  const held = await tokensOf(address);
  return [
    h('h2', plural(held.length, 'token')),
    held.length ? h('mm-grid', { count: held.length, tokenAt: (i) => held[i] }) : h('p.quiet', 'It has no tokens.'),
  ];
}

async function deeds(address) {
  const list = h('ol.feed'),
    more = h('button', { type: 'button', hidden: true, onclick: () => next() }, 'Earlier ones');
  let before = 0;
  async function next() {
    more.disabled = true;
    const page = await rpc('ots_searchTransactionsBefore', address, before, PAGE);
    page.txs.forEach((transaction, i) => list.append(transactionLine(transaction, page.receipts[i].timestamp)));
    before = page.txs.length ? Number(page.txs.at(-1).blockNumber) : 0;
    more.hidden = page.lastPage || !page.txs.length;
    more.disabled = false;
  }
  await next();
  return list.children.length ? [list, more] : h('p.quiet', 'No transaction is its own, or tells of it.');
}

export default async function show({ params: [address] }) {
  const [balance, nonce, code] = await Promise.all([
    rpc('eth_getBalance', address, 'latest'),
    rpc('eth_getTransactionCount', address, 'latest'),
    rpc('eth_getCode', address, 'latest'),
  ]);
  const kind = MODULES[moduleOf(code)],
    isCollection = moduleOf(code) === 1 || moduleOf(code) === 4;
  return h(
    'div',
    h(
      'header.head',
      trail(h('a', { href: '#/explorer' }, 'Explorer'), 'Account'),
      h('h1', kind ? `Contract: ${kind}` : 'Account'),
      h('div.line', copy(checksum(address))),
    ),
    facts([
      ['balance', ether(balance)],
      [kind ? 'accounts made' : 'transactions sent', count(nonce)],
      kind && ['code', copy(code)],
      !kind && ['profile', h('a', { href: `#/profile/${checksum(address)}` }, 'its profile picture')],
      isCollection && ['tokens', h('a', { href: `#/collection/${address}` }, 'the collection')],
    ]),
    !kind && h('section.section', later(holdings(address))),
    h('section.section', h('h2', 'Transactions'), later(deeds(address))),
  );
}
