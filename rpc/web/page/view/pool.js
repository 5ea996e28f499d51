// What waits to be in a block.
import { h, replace } from '../lib/dom.js';
import { plural } from '../lib/format.js';
import { onHead, onPending } from '../lib/live.js';
import { rpc } from '../lib/rpc.js';
import { placesIn, transactionLine } from './explorer-parts.js';

const SHOWN = 200,
  PAUSE_MS = 300;

export default async function show({ signal, onLeave }) {
  const place = h('div');
  async function update() {
    const { pending, queued } = await rpc('txpool_content');
    if (signal.aborted) return;
    const list = (group) => Object.values(group).flatMap((byNonce) => Object.values(byNonce));
    const part = (title, waiting, none) =>
      h(
        'section.section',
        h('h2', `${title}: ${plural(waiting.length, 'transaction')}`),
        waiting.length
          ? h(
              'ol.feed',
              waiting.slice(0, SHOWN).map((transaction) => transactionLine(transaction)),
            )
          : h('p.quiet', none),
        waiting.length > SHOWN && h('p.quiet', `${waiting.length - SHOWN} more are not shown.`),
      );
    replace(
      place,
      part('Ready', list(pending), 'Nothing waits for a block.'),
      part('Behind a gap', list(queued), 'Nothing waits for an earlier nonce.'),
    );
  }
  let timer;
  const soon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      update().catch(() => {});
    }, PAUSE_MS);
  };
  await update();
  onLeave(onHead(soon));
  onLeave(onPending(soon));
  onLeave(() => clearTimeout(timer));
  return h('div', h('header.head', h('h1', 'Pool'), placesIn('pool')), place);
}
