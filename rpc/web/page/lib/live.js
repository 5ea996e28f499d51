// What happens while one looks: new heads and logs over a WebSocket of this origin, dialled again when it is lost. Heads are told at most
// five times a second, the newest of them, whatever the chain's pace.
import { rpc } from './rpc.js';

const PAUSE_MS = 200;
const subscriptions = new Set();
const stateListeners = new Set();
let socket,
  lastId = 0,
  delay = 500,
  timer,
  pendingHead;
let state = { isConnected: false, wasConnected: false, head: null };

const tell = (change) => {
  state = { ...state, ...change };
  for (const listener of stateListeners) listener(state);
};

/** Calls with {isConnected, wasConnected, head} now and at each change; returns how to stop. */
export function onState(listener) {
  stateListeners.add(listener);
  listener(state);
  return () => stateListeners.delete(listener);
}

function subscribe(subscription) {
  if (socket?.readyState !== WebSocket.OPEN) return;
  subscription.request = ++lastId;
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: subscription.request, method: 'eth_subscribe', params: subscription.params }));
}

/** onReady is called when the node has begun to tell, the first time and after each outage: what happened before that nobody told. */
function open(params, onMessage, onReady) {
  const subscription = { params, onMessage, onReady };
  subscriptions.add(subscription);
  subscribe(subscription);
  return () => {
    subscriptions.delete(subscription);
    if (subscription.id && socket?.readyState === WebSocket.OPEN)
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: ++lastId, method: 'eth_unsubscribe', params: [subscription.id] }));
  };
}

export const onLogs = (filter, onLog, onReady) => open(['logs', filter], onLog, onReady);
export const onPending = (onHash) => open(['newPendingTransactions'], onHash);

const headListeners = new Set();
/** Calls with the header of the newest block, when there is a newer one; returns how to stop. */
export function onHead(listener) {
  headListeners.add(listener);
  return () => headListeners.delete(listener);
}

function takeHead(header) {
  pendingHead = header;
  timer ??= setTimeout(() => {
    timer = undefined;
    tell({ head: pendingHead });
    for (const listener of headListeners) listener(pendingHead);
  }, PAUSE_MS);
}

const LOOKS_MAX = 50,
  LOOK_MS = 200;
/** A chain that goes back says so before it has gone: waits until the log's block is no more, and shows the head that there is then. */
async function untilGone({ blockNumber, blockHash }) {
  for (let i = 0; i < LOOKS_MAX; i++) {
    const header = await rpc('eth_getHeaderByNumber', blockNumber).catch(() => null);
    if (header?.hash !== blockHash) break;
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
  }
  takeHead(await rpc('eth_getHeaderByNumber', 'latest'));
}

async function deliver(subscription, result) {
  if (result.removed) await untilGone(result).catch(() => {}); // away: told when it is there again
  if (subscriptions.has(subscription)) subscription.onMessage(result);
}

function receive(event) {
  const message = JSON.parse(event.data);
  for (const subscription of subscriptions) {
    if (message.id && message.id === subscription.request) {
      subscription.id = message.result;
      subscription.onReady?.();
    } else if (message.method === 'eth_subscription' && message.params.subscription === subscription.id)
      deliver(subscription, message.params.result);
  }
}

export function connect() {
  socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/`);
  socket.onopen = async () => {
    delay = 500;
    for (const subscription of subscriptions) subscribe(subscription);
    tell({ isConnected: true, wasConnected: true });
    try {
      takeHead(await rpc('eth_getHeaderByNumber', 'latest'));
    } catch {
      /* gone again: close comes next */
    }
  };
  socket.onmessage = receive;
  socket.onclose = () => {
    if (state.isConnected) tell({ isConnected: false });
    setTimeout(connect, delay);
    delay = Math.min(delay * 1.6, 5000);
  };
}

open(['newHeads'], takeHead);
