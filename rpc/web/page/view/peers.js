// The nodes that this one is linked with.
import { short } from '../lib/address.js';
import { h, replace } from '../lib/dom.js';
import { bytes, count } from '../lib/format.js';
import { onHead } from '../lib/live.js';
import { rpc } from '../lib/rpc.js';
import { empty } from '../lib/states.js';
import { placesIn, table } from './explorer-parts.js';

const minutes = (ms) => (ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`);

export default async function show({ signal, onLeave }) {
  const place = h('div');
  async function update() {
    const peers = await rpc('admin_peers');
    if (signal.aborted) return;
    if (!peers.length) {
      replace(place, empty('No peers', 'This node is alone: a development chain has no others, and a node of a network may be cut off.'));
      return;
    }
    replace(
      place,
      table(
        'Peers',
        ['node', 'address', 'height', 'linked for', 'in', 'out', 'dropped'],
        peers.map(({ id, name, network, protocols: { mintmark: link } }) => [
          [h('code', { title: id }, short(id, 10, 4)), h('div.small.quiet', name)],
          [network.remoteAddress, h('div.small.quiet', network.inbound ? 'dialled us' : 'dialled by us')],
          link.height === undefined ? '–' : count(link.height),
          minutes(link.connectedMs),
          bytes(link.bytesIn),
          bytes(link.bytesOut),
          `${link.dropped}`,
        ]),
      ),
    );
  }
  await update();
  onLeave(onHead(() => update().catch(() => {})));
  return h('div', h('header.head', h('h1', 'Peers'), placesIn('peers')), place);
}
