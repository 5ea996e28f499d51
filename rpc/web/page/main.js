// The page: its frame, and a view for each kind of address behind the #.
import './element/account.js';
import './element/head.js';
import './element/search.js';
import './element/time.js';
import './element/copy.js';
import { h, replace } from './lib/dom.js';
import { connect, onState } from './lib/live.js';
import { forgetNode, node } from './lib/node.js';
import { start } from './lib/router.js';
import { restore } from './lib/wallet.js';

const outage = document.querySelector('.outage');
let wasAway = false;
onState(({ isConnected, wasConnected }) => {
  outage.hidden = isConnected || !wasConnected;
  outage.textContent = 'The node does not answer. What you see is as it was; this page tries again by itself.';
  if (isConnected && wasAway) forgetNode();
  wasAway = wasConnected && !isConnected;
});

async function foot() {
  const { clientVersion, chainId, development, gateway } = await node();
  replace(
    document.querySelector('.foot'),
    h('span', clientVersion),
    h('span', `chain ${chainId}`),
    h('span', development ? 'a development node: its keys are public' : 'a node of a network'),
    gateway && h('span', `pictures from ${gateway}`),
  );
}

// What is looked at comes first; the wallet, the socket and the foot of the page have time until it has been asked for, or is there.
setTimeout(() => restore().catch(() => {}));
start().finally(() => {
  connect();
  foot().catch(() => {});
});
