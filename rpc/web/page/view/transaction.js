// A transaction: who sent what, what became of it, and its events in words.
import { facts, h } from '../lib/dom.js';
import { explainRevert } from '../lib/contracts.js';
import { count, ether, gwei, plural } from '../lib/format.js';
import { addressLink, blockLink, copy, timeOf, trail } from '../lib/links.js';
import { onHead } from '../lib/live.js';
import { rpc, rpcOr } from '../lib/rpc.js';
import { empty } from '../lib/states.js';
import { callShown, logShown } from './explorer-parts.js';

const TYPES = { '0x0': 'legacy', '0x1': 'with an access list', '0x2': 'EIP-1559' };

/** Why it failed: asked of the state before it, and so mostly right. */
async function reason({ from, to, input, value, blockNumber }) {
  const before = `0x${(BigInt(blockNumber) - 1n).toString(16)}`;
  return rpc('eth_call', { from, to, data: input, value }, before).then(
    () => null,
    (error) => explainRevert(error.data) ?? error.message,
  );
}

export default async function show({ params: [hash], onLeave, again }) {
  const [transaction, receipt] = await Promise.all([rpc('eth_getTransactionByHash', hash), rpcOr(null, 'eth_getTransactionReceipt', hash)]);
  const head = h(
    'header.head',
    trail(h('a', { href: '#/explorer' }, 'Explorer'), 'Transaction'),
    h('h1', 'Transaction'),
    h('div.line', copy(hash)),
  );
  if (!transaction) return h('div', head, empty('Not there', 'Neither the chain nor the pool has it.'));
  if (!receipt) onLeave(onHead(again));
  const block = receipt && (await rpc('eth_getHeaderByNumber', receipt.blockNumber)),
    isGood = receipt?.status === '0x1';
  const why = receipt && !isGood ? await reason(transaction) : null;
  return h(
    'div',
    head,
    facts([
      [
        'state',
        receipt
          ? h(`span.wash.${isGood ? 'good' : 'bad'}`, isGood ? '✓ took effect' : '✗ failed')
          : h('span.wash.wait', 'waits in the pool'),
      ],
      why && ['because', why],
      ['from', addressLink(transaction.from, { whole: true })],
      ['to', transaction.to ? addressLink(transaction.to, { whole: true }) : 'nobody'],
      ['value', ether(transaction.value)],
      receipt && [
        'block',
        [blockLink(receipt.blockNumber), h('span.quiet', ` place ${Number(receipt.transactionIndex)}, `), timeOf(block.timestamp)],
      ],
      ['nonce', `${Number(transaction.nonce)}`],
      ['type', TYPES[transaction.type] ?? transaction.type],
      ['gas', receipt ? `${count(receipt.gasUsed)} of ${count(transaction.gas)}` : count(transaction.gas)],
      receipt && ['price', `${gwei(receipt.effectiveGasPrice)} gwei`],
      receipt && ['fee', ether(BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice))],
    ]),
    h('section.section', h('h2', 'What it asked for'), callShown(transaction)),
    receipt &&
      h(
        'section.section',
        h('h2', plural(receipt.logs.length, 'event')),
        receipt.logs.map(logShown),
        !receipt.logs.length && h('p.quiet', 'It told of nothing.'),
      ),
  );
}
