// Where a token has been: its Transfer logs, the last one first.
import { same, ZERO } from '../lib/address.js';
import { hexOf, word } from '../lib/bytes.js';
import { readLog, topicOf } from '../lib/contracts.js';
import { h } from '../lib/dom.js';
import { addressLink, blockLink, timeOf, transactionLink } from '../lib/links.js';
import { rpc } from '../lib/rpc.js';

const SHOWN = 200;

const what = ({ from, to }) =>
  same(from, ZERO)
    ? ['minted to ', addressLink(to)]
    : same(to, ZERO)
      ? ['burned by ', addressLink(from)]
      : ['from ', addressLink(from), ' to ', addressLink(to)];

export async function moves(address, id) {
  const logs = await rpc('eth_getLogs', {
    address,
    fromBlock: '0x0',
    toBlock: 'latest',
    topics: [topicOf('Transfer'), null, null, hexOf(word(id))],
  });
  const shown = logs.slice(-SHOWN).reverse(),
    times = await Promise.all(shown.map(({ blockNumber }) => rpc('eth_getHeaderByNumber', blockNumber)));
  if (!shown.length) return h('p.quiet', 'Nothing has happened to it.');
  return h(
    'ol.moves',
    shown.map((log, i) =>
      h(
        'li',
        h('span.when', timeOf(times[i].timestamp)),
        h('span', what(readLog('Transfer', log))),
        h('span.small.quiet', 'block ', blockLink(log.blockNumber), ', ', transactionLink(log.transactionHash)),
      ),
    ),
    logs.length > SHOWN && h('li', h('span.quiet', `${logs.length - SHOWN} earlier ones are not shown.`)),
  );
}
