// Who agrees on blocks: the set, where the next height stands, what sealed the last ones, what is voted on, and who signed two things.
import { VALIDATORS, view } from '../lib/contracts.js';
import { same } from '../lib/address.js';
import { h, replace } from '../lib/dom.js';
import { count, plural } from '../lib/format.js';
import { addressLink, blockLink } from '../lib/links.js';
import { onHead } from '../lib/live.js';
import { rpc } from '../lib/rpc.js';
import { placesIn, table } from './explorer-parts.js';

const LAST = 20;

async function lately(head) {
  const first = Math.max(1, head - LAST + 1),
    numbers = Array.from({ length: Math.max(0, head - first + 1) }, (_, i) => `0x${(head - i).toString(16)}`);
  return Promise.all(
    numbers.map(async (number) => ({
      number,
      certificate: await rpc('qbft_getCertificate', number),
      header: await rpc('eth_getHeaderByNumber', number),
    })),
  );
}

export default async function show({ signal, onLeave }) {
  const place = h('div');
  async function update() {
    const [set, status, evidence, open] = await Promise.all([
      rpc('qbft_getValidators', 'pending'),
      rpc('qbft_status'),
      rpc('qbft_getEvidence'),
      view(VALIDATORS, 'proposals'),
    ]);
    const sealed = (await lately(Number(status.height) - 1)).filter(({ certificate }) => certificate);
    if (signal.aborted) return;
    const stateOf = () => (status.isPrepared ? 'prepared' : status.isProposed ? 'proposed' : status.isDue ? 'due' : 'nothing to decide');
    const gauges = [
      ['height', count(status.height)],
      ['round', `${Number(status.round)}`],
      ['stands', stateOf()],
      ['quorum', `${Number(status.quorum)} of ${Number(status.validators)}`],
      ['prepares', `${Number(status.prepares)}`],
      ['commits', `${Number(status.commits)}`],
    ];
    replace(
      place,
      h(
        'dl.gauges',
        gauges.map(([term, value]) => h('div', h('dt', term), h('dd', value))),
      ),
      h(
        'section.section',
        h('h2', plural(set.length, 'validator')),
        table(
          'Validators',
          ['validator', 'built', 'seals', ''],
          set.map((address) => [
            addressLink(address, { whole: true }),
            `${sealed.filter(({ header }) => same(header.miner, address)).length} of the last ${sealed.length}`,
            `${sealed.filter(({ certificate }) => certificate.seals.some(({ validator }) => same(validator, address))).length} of the last ${sealed.length}`,
            [
              same(status.proposer, address) && h('span.wash', 'its turn'),
              ' ',
              same(status.address, address) && h('span.wash.good', 'this node'),
            ],
          ]),
        ),
      ),
      h(
        'section.section',
        h('h2', 'Last certificates'),
        sealed.length
          ? table(
              'Last certificates',
              ['block', 'round', 'seals', 'built by'],
              sealed.map(({ number, certificate, header }) => [
                blockLink(number),
                `${Number(certificate.round)}`,
                `${certificate.seals.length} of ${set.length}`,
                addressLink(header.miner),
              ]),
            )
          : h('p.quiet', 'No block was sealed yet.'),
      ),
      h(
        'section.section',
        h('h2', 'Open votes'),
        open.candidates.length
          ? table(
              'Open votes',
              ['candidate', 'vote', 'so far'],
              open.candidates.map((candidate, i) => [
                addressLink(candidate, { whole: true }),
                open.adds[i] ? 'to add' : 'to remove',
                `${open.votes[i]} of ${Number(status.quorum)}`,
              ]),
            )
          : h('p.quiet', 'Nobody is proposed, to come or to go.'),
      ),
      h(
        'section.section',
        h('h2', 'Evidence'),
        evidence.length
          ? table(
              'Evidence',
              ['validator', 'message', 'height', 'round'],
              evidence.map((one) => [addressLink(one.validator), one.message, `${Number(one.height)}`, `${Number(one.round)}`]),
            )
          : h('p.quiet', 'No validator was seen to sign two different things.'),
      ),
    );
  }
  await update();
  onLeave(onHead(() => update().catch(() => {})));
  return h('div', h('header.head', h('h1', 'Validators'), placesIn('validators')), place);
}
