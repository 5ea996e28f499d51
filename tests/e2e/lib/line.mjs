// A connection that asks and waits, over HTTP with keep-alive or over a WebSocket of the plain `ws` (which ethers brings along), for
// readers that are many and in a hurry and for those who want to see what is told in between. Calls are [method, …parameters]; `ask`
// gives the whole answer, `rpc` and `batch` results.
import http from 'node:http';
import { createRequire } from 'node:module';
import { until } from './wait.mjs';

export const { WebSocket, WebSocketServer } = createRequire(import.meta.resolve('ethers'))('ws');

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

  ask(...call) { return this.#post(JSON.stringify(request(1, call))); }

  async rpc(...call) { return resultOf(await this.ask(...call)); }

  /** Results in the order of the calls. */
  async batch(calls) { return (await this.#post(JSON.stringify(calls.map((call, id) => request(id, call))))).map(resultOf); }

  close() { this.agent.destroy(); }
}

export class WsLine {
  #waiting = new Map();
  #next = 0;
  /** What nobody here asked for, in the order it came: notifications, and answers to what was sent as text. */
  told = [];
  /** Takes each of those; may be another. */
  heard = (message) => { this.told.push(message); };

  static async open(url) {
    const line = new WsLine();
    line.socket = new WebSocket(url.replace('http', 'ws'), { perMessageDeflate: false });
    line.socket.on('message', (data) => line.#take(JSON.parse(data.toString())));
    await new Promise((resolve, reject) => { line.socket.once('open', resolve); line.socket.once('error', reject); });
    return line;
  }

  #take(message) {
    const id = Array.isArray(message) ? message[0].id : message.id;
    const answered = this.#waiting.get(id) ?? this.heard;
    this.#waiting.delete(id);
    answered(message);
  }

  #send(body, id) {
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.socket.send(JSON.stringify(body));
    });
  }

  ask(...call) { const id = this.#next++; return this.#send(request(id, call), id); }

  async rpc(...call) { return resultOf(await this.ask(...call)); }

  async batch(calls) {
    const first = this.#next;
    this.#next += calls.length;
    return (await this.#send(calls.map((call, i) => request(first + i, call)), first)).map(resultOf);
  }

  /** What is told next, and then no more in `told`. */
  async next() {
    await this.until((told) => told.length > 0);
    return this.told.shift();
  }

  until(condition) {
    return until(() => condition(this.told), { what: () => `what was to be told, behind ${JSON.stringify(this.told).slice(0, 1000)}` });
  }

  close() { this.socket.terminate(); }
}
