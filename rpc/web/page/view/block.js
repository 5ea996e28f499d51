// A block: its header, what sealed it, its transactions.
import { facts, h } from '../lib/dom.js';
import { count, date, gwei, plural } from '../lib/format.js';
import { headerHash } from '../lib/header.js';
import { addressLink, copy, timeOf, trail } from '../lib/links.js';
import { rpc, rpcOr } from '../lib/rpc.js';
import { empty, later } from '../lib/states.js';
import { placesIn, transactionLine } from './explorer-parts.js';

const SHOWN = 200;

async function certificate(number) {
  const [found, set] = await Promise.all([rpcOr(null, 'qbft_getCertificate', number), rpcOr([], 'qbft_getValidators', number)]);
  if (!found) return h('p.quiet', 'Nobody seals block 0: it is what everybody begins with.');
  const signed = new Set(found.seals.map(({ validator }) => validator.toLowerCase()));
  return [
    h('p', `Final in round ${Number(found.round)}, by ${plural(found.seals.length, 'seal')} of ${plural(set.length, 'validator')}.`),
    h(
      'ul.seals',
      set.map((address) =>
        h(
          'li.row',
          h(
            `span.wash${signed.has(address.toLowerCase()) ? '.good' : ''}`,
            signed.has(address.toLowerCase()) ? '✓ sealed' : 'not among the seals',
          ),
          addressLink(address),
        ),
      ),
    ),
  ];
}

export default async function show({ params: [name] }) {
  const isHash = /^0x/.test(name),
    block = await rpc(
      isHash ? 'eth_getBlockByHash' : 'eth_getBlockByNumber',
      isHash || name === 'latest' ? name : `0x${BigInt(name).toString(16)}`,
      true,
    );
  if (!block)
    return h(
      'div',
      h('header.head', h('h1', `Block ${name}`), placesIn('')),
      empty('Not there', 'The chain has no such block yet.', h('a.button', { href: '#/block/latest' }, 'The newest block')),
    );
  const number = Number(block.number),
    computed = headerHash(block),
    holds = computed === block.hash;
  return h(
    'div',
    h(
      'header.head',
      trail(h('a', { href: '#/explorer' }, 'Explorer'), 'Block'),
      h('h1', `Block ${count(number)}`),
      h(
        'div.line',
        number > 0 && h('a', { href: `#/block/${number - 1}` }, '← the one before'),
        h('a', { href: `#/block/${number + 1}` }, 'the next one →'),
      ),
    ),
    facts([
      ['hash', copy(block.hash)],
      ['checked', h(`span.wash${holds ? '.good' : '.bad'}`, holds ? '✓ its header hashes to it' : `✗ its header hashes to ${computed}`)],
      ['time', [timeOf(block.timestamp), number > 0 && h('span.quiet', ` ${date(block.timestamp)}`)]],
      ['built by', addressLink(block.miner)],
      ['parent', number > 0 ? h('a.code', { href: `#/block/${block.parentHash}` }, block.parentHash) : null],
      ['gas', `${count(block.gasUsed)} of ${count(block.gasLimit)}`],
      ['base fee', `${gwei(block.baseFeePerGas)} gwei`],
      ['size', `${count(block.size)} bytes`],
      ['state root', copy(block.stateRoot)],
      ['transactions root', copy(block.transactionsRoot)],
      ['receipts root', copy(block.receiptsRoot)],
      ['next validators', copy(block.extraData)],
    ]),
    h('section.section', h('h2', 'Certificate'), later(certificate(block.number))),
    h(
      'section.section',
      h('h2', plural(block.transactions.length, 'transaction')),
      block.transactions.length
        ? h(
            'ol.feed',
            block.transactions.slice(0, SHOWN).map((transaction) => transactionLine(transaction, block.timestamp)),
          )
        : h('p.quiet', 'It is empty.'),
      block.transactions.length > SHOWN && h('p.quiet', `${block.transactions.length - SHOWN} more are not shown.`),
    ),
  );
}
