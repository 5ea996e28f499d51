// The chain as it grows: its newest blocks and transactions, and how it stands.
import { h, replace } from '../lib/dom.js';
import { count, gwei } from '../lib/format.js';
import { onHead } from '../lib/live.js';
import { quantity } from '../lib/bytes.js';
import { rpc, rpcOr } from '../lib/rpc.js';
import { blockLine, placesIn, transactionLine } from './explorer-parts.js';

const BLOCKS = 12,
  TRANSACTIONS = 12;

/** Headers and counts, not whole blocks: one may hold thousands of transactions, and there may be five a second. */
async function newest(head) {
  const last = Number(head.number),
    first = Math.max(0, last - BLOCKS + 1);
  return Promise.all(
    Array.from({ length: last - first + 1 }, async (_, i) => {
      const number = quantity(last - i);
      const [header, many] = await Promise.all([rpc('eth_getHeaderByNumber', number), rpc('eth_getBlockTransactionCountByNumber', number)]);
      return header && { ...header, many: Number(many) };
    }),
  );
}

/** The newest transactions of some blocks: [transaction, time]. */
async function sentIn(blocks) {
  const wanted = blocks
    .flatMap(({ number, timestamp, many }) =>
      Array.from({ length: Math.min(many, TRANSACTIONS) }, (_, i) => [number, quantity(many - 1 - i), timestamp]),
    )
    .slice(0, TRANSACTIONS);
  const found = await Promise.all(wanted.map(([number, index]) => rpc('eth_getTransactionByBlockNumberAndIndex', number, index)));
  return found.map((transaction, i) => [transaction, wanted[i][2]]).filter(([transaction]) => transaction);
}

async function gauges(head) {
  const [pool, validators, peers, status] = await Promise.all([
    rpc('txpool_status'),
    rpc('qbft_getValidators', 'latest'),
    rpc('net_peerCount'),
    rpcOr(null, 'qbft_status'),
  ]);
  const all = [
    ['newest block', count(head.number)],
    ['base fee, gwei', gwei(head.baseFeePerGas)],
    ['waiting', `${Number(pool.pending) + Number(pool.queued)}`],
    ['validators', `${validators.length}`],
    ['peers', `${Number(peers)}`],
    ['round', status ? `${Number(status.round)}` : '–'],
  ];
  return all.map(([term, value]) => h('div', h('dt', term), h('dd', value)));
}

export default async function show({ signal, onLeave }) {
  const state = h('dl.gauges'),
    blocks = h('ol.feed', { ariaLabel: 'Newest blocks' }),
    transactions = h('ol.feed', { ariaLabel: 'Newest transactions' });
  let seen = new Set(),
    isAtWork = false,
    next = null;

  const fill = (list, lines) => {
    replace(list, lines);
    for (const line of lines) if (seen.size && !seen.has(line.dataset.hash)) line.classList.add('is-new');
  };
  async function update(head) {
    const [lately, rows] = await Promise.all([newest(head), gauges(head)]),
      found = lately.filter(Boolean);
    if (signal.aborted) return;
    const sent = await sentIn(found);
    if (signal.aborted) return;
    const blockLines = found.map(blockLine),
      transactionLines = sent.map((pair) => transactionLine(...pair));
    replace(state, rows);
    fill(blocks, blockLines);
    fill(transactions, transactionLines.length ? transactionLines : [h('li', h('span.quiet', 'None in these blocks.'))]);
    seen = new Set([...blockLines, ...transactionLines].map((line) => line.dataset.hash));
  }
  /** One update at a time, and after it the newest head that came meanwhile. */
  async function follow(head) {
    next = head;
    if (isAtWork) return;
    isAtWork = true;
    while (next && !signal.aborted) {
      const now = next;
      next = null;
      await update(now).catch(() => {});
    }
    isAtWork = false;
  }
  await update(await rpc('eth_getHeaderByNumber', 'latest'));
  onLeave(onHead(follow));
  return h(
    'div',
    h('header.head', h('h1', 'Explorer'), placesIn('explorer')),
    state,
    h('div.columns.section', h('section', h('h2', 'Blocks'), blocks), h('section', h('h2', 'Transactions'), transactions)),
  );
}
