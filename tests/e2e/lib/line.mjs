// A connection that asks and waits, over HTTP with keep-alive or over a WebSocket; for readers that are many and in a hurry.
import http from 'node:http';
import { WebSocket } from './dial.mjs';

const request = (id, [method, ...params]) => ({ jsonrpc: '2.0', id, method, params });

function resultOf(answer) {
  if (answer.error) throw Object.assign(new Error(`${answer.error.message}`), { code: answer.error.code });
  return answer.result;
}

export class HttpLine {
  constructor(url) {
    this.url = new URL(url);
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  }

  #post(body) {
    return new Promise((resolve, reject) => {
      const call = http.request({ hostname: this.url.hostname, port: this.url.port, path: '/', method: 'POST', agent: this.agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString())));
      });
      call.on('error', reject);
      call.end(body);
    });
  }

  async ask(...call) { return resultOf(await this.#post(JSON.stringify(request(1, call)))); }

  /** Results in the order of the calls; each call is [method, …parameters]. */
  async batch(calls) { return (await this.#post(JSON.stringify(calls.map((call, id) => request(id, call))))).map(resultOf); }

  close() { this.agent.destroy(); }
}

export class WsLine {
  static async open(url) {
    const line = new WsLine();
    line.socket = new WebSocket(url.replace('http', 'ws'), { perMessageDeflate: false });
    line.waiting = new Map();
    line.heard = () => {};
    line.next = 0;
    line.socket.on('message', (data) => line.#take(JSON.parse(data.toString())));
    await new Promise((resolve, reject) => { line.socket.once('open', resolve); line.socket.once('error', reject); });
    return line;
  }

  #take(message) {
    if (message.method === 'eth_subscription') { this.heard(message.params); return; }
    const id = Array.isArray(message) ? message[0].id : message.id;
    this.waiting.get(id)?.(message); // nobody: it was sent past this class
    this.waiting.delete(id);
  }

  #send(body, id) {
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.socket.send(JSON.stringify(body));
    });
  }

  async ask(...call) { const id = this.next++; return resultOf(await this.#send(request(id, call), id)); }

  async batch(calls) {
    const first = this.next;
    this.next += calls.length;
    return (await this.#send(calls.map((call, i) => request(first + i, call)), first)).map(resultOf);
  }

  close() { this.socket.terminate(); }
}
