// JSON-RPC over a WebSocket of the plain `ws`: whole answers by id, and what is told in between.
import { WebSocket } from './dial.mjs';

export class Connection {
  #waiting = new Map();
  #next = 1;
  /** Notifications in the order they came. */
  told = [];

  static async open(node) {
    const connection = new Connection();
    connection.socket = new WebSocket(node.url.replace('http', 'ws'));
    connection.socket.on('message', (bytes) => {
      const message = JSON.parse(bytes);
      if ('id' in message) connection.#waiting.get(message.id)(message); else connection.told.push(message);
    });
    await new Promise((resolve, reject) => { connection.socket.once('open', resolve); connection.socket.once('error', reject); });
    return connection;
  }

  /** The whole answer, error or result. */
  ask(method, ...params) {
    const id = this.#next++;
    const answered = new Promise((resolve) => { this.#waiting.set(id, resolve); });
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return answered;
  }

  /** Waits until the notifications fulfil the condition. */
  async until(condition) {
    for (const end = Date.now() + 10000; !condition(this.told);) {
      if (Date.now() > end) throw new Error(`it was not told in ten seconds: ${JSON.stringify(this.told).slice(0, 1000)}`);
      await new Promise((resolve) => { setTimeout(resolve, 5); });
    }
  }

  close() { this.socket.terminate(); }
}
