// Parts of the explorer's pages.
import { short } from '../lib/address.js';
import { looseText, bytesOf } from '../lib/bytes.js';
import { explainCall, explainLog } from '../lib/contracts.js';
import { h } from '../lib/dom.js';
import { ether, plural } from '../lib/format.js';
import { ipfsUri } from '../lib/cid.js';
import { addressLink, contentLink, timeOf, tokenLink, transactionLink, blockLink } from '../lib/links.js';

const PLACES = [
  ['explorer', 'Blocks'],
  ['pool', 'Pool'],
  ['validators', 'Validators'],
  ['peers', 'Peers'],
  ['content', 'Content'],
];
export const placesIn = (here) =>
  h(
    'nav.places-in',
    { ariaLabel: 'Explorer' },
    PLACES.map(([path, title]) => h('a', { href: `#/${path}`, ariaCurrent: path === here ? 'page' : null }, title)),
  );

/** A value as its type is best read. at: the contract that it belongs to. */
export function valueShown({ name, type, value }, at) {
  if (type === 'address') return addressLink(value);
  if (name === 'tokenId' && typeof value === 'bigint' && at) return tokenLink(at, value);
  if (type === 'string') {
    const content = ipfsUri(value);
    return content
      ? [contentLink(content.text), h('span.quiet.small', ` ${value.slice(0, 140)}`)]
      : h('span', value === '' ? '(empty)' : value.slice(0, 2000));
  }
  if (type === 'bytes' && value.length > 2) {
    const text = looseText(bytesOf(value));
    return /^[\x20-\x7e\n]+$/.test(text) ? h('span', text.slice(0, 1000)) : h('code', value.length > 200 ? short(value, 100, 20) : value);
  }
  if (typeof value === 'string') return h('code', value);
  if (Array.isArray(value))
    return h(
      'code',
      JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : (one?.values ?? one))),
    );
  if (value?.values)
    return h(
      'code',
      JSON.stringify(value.values, (_, one) => (typeof one === 'bigint' ? String(one) : one)),
    );
  return h('span', String(value));
}

function told(name, args, at, under) {
  return h(
    'div.call',
    h('header.row', h('h3', name), under),
    args.length > 0 &&
      h(
        'dl',
        args.map((arg) => h('div', h('dt', arg.name || arg.type), h('dd', valueShown(arg, at)))),
      ),
  );
}

export function callShown({ to, input, value }) {
  if (!input || input === '0x') return h('div.call', h('h3', 'transfer of ether'), h('p', ether(value)));
  const call = explainCall(input);
  return call
    ? told(call.name, call.args, to)
    : h('div.call', h('h3', `unknown function ${input.slice(0, 10)}`), h('p.raw', { tabIndex: 0 }, input));
}

export function logShown(log) {
  const event = explainLog(log),
    under = h('span.small.quiet', 'of ', addressLink(log.address), `, log ${Number(log.logIndex)}`);
  return event
    ? told(event.name, event.args, log.address, under)
    : h(
        'div.call',
        h('header.row', h('h3', 'an event of an unknown kind'), under),
        h('p.raw', { tabIndex: 0 }, [...log.topics, log.data].join('\n')),
      );
}

/** What a transaction does, in a word or two. */
export const deedOf = ({ to, input, value }) =>
  !to ? 'creates a contract' : input === '0x' ? `sends ${ether(value)}` : (explainCall(input)?.name ?? input.slice(0, 10));

export const blockLine = (block) =>
  h(
    'li',
    { dataset: { hash: block.hash } },
    h('span', blockLink(block.number)),
    h('span.small.quiet', timeOf(block.timestamp)),
    h('span.under', `${plural(block.many, 'transaction')} · built by `, addressLink(block.miner)),
  );
export const transactionLine = (transaction, time) =>
  h(
    'li',
    { dataset: { hash: transaction.hash } },
    h('span', transactionLink(transaction.hash), ' ', h('span.wash', deedOf(transaction))),
    h('span.small.quiet', time ? timeOf(time) : 'waits'),
    h('span.under', addressLink(transaction.from), ' to ', transaction.to ? addressLink(transaction.to) : 'nobody'),
  );

export const table = (label, heads, rows) =>
  h(
    'div.scroll',
    { tabIndex: 0, role: 'region', ariaLabel: label },
    h(
      'table',
      h(
        'thead',
        h(
          'tr',
          heads.map((head) => h('th', { scope: 'col' }, head)),
        ),
      ),
      h(
        'tbody',
        rows.map((cells) =>
          h(
            'tr',
            cells.map((cell) => h('td', cell)),
          ),
        ),
      ),
    ),
  );
