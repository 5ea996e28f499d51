// A plain WebSocket to a node, with the package that ethers brings along.
import { createRequire } from 'node:module';

export const { WebSocket, WebSocketServer } = createRequire(import.meta.resolve('ethers'))('ws');

/** A connection that hands out what comes, one at a time. */
export async function dial(node) {
  const socket = new WebSocket(node.url.replace('http', 'ws'));
  const texts = [];
  const waiting = [];
  socket.on('message', (data) => {
    const text = JSON.parse(data.toString());
    if (waiting.length) waiting.shift()(text); else texts.push(text);
  });
  await new Promise((resolve, reject) => { socket.once('open', resolve); socket.once('error', reject); });
  return {
    socket,
    next: () => (texts.length ? Promise.resolve(texts.shift()) : new Promise((resolve) => { waiting.push(resolve); })),
    send: (value) => socket.send(typeof value === 'string' ? value : JSON.stringify(value)),
  };
}
