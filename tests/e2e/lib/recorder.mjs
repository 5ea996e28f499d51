// A door before the node's that forwards requests as they are and writes down which methods a client had answered with a result:
// by HTTP and WebSocket, alone and in batches. Each suite writes a file, and methods.test.mjs reads them all. Every answer that passes is
// held against the specification (lib/schemas.mjs), and in a network, what is settled, against what another node says (lib/elsewhere.mjs).
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Settled } from './elsewhere.mjs';
import { WebSocket, WebSocketServer } from './line.mjs';
import { root } from './node.mjs';
import { checkAnswer, haveSpecification } from './schemas.mjs';

/** Where the suites' files are: MINTMARK_TOUCHED, or in the build folder. */
export const touchedFolder = process.env.MINTMARK_TOUCHED ?? path.join(root, 'build/methods-touched');

const parsed = (text) => {
  try { const value = JSON.parse(text); return Array.isArray(value) ? value : [value]; } catch { return []; }
};

export class Recorder {
  /** client: its name, under which the methods are counted. */
  static async start(node, client) {
    const recorder = new Recorder();
    recorder.node = node;
    recorder.settled = new Settled();
    recorder.client = client;
    recorder.methods = new Map();
    recorder.checked = 0; // answers
    recorder.problems = [];
    recorder.agent = new http.Agent({ keepAlive: true });
    recorder.server = http.createServer((request, response) => recorder.#forward(node, request, response));
    const sockets = new WebSocketServer({ noServer: true, maxPayload: 1 << 28 });
    recorder.server.on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (near) => recorder.#join(near, node.url.replace('http', 'ws')));
    });
    recorder.server.keepAliveTimeout = 60000;
    await new Promise((resolve) => { recorder.server.listen(0, '127.0.0.1', resolve); });
    recorder.url = `http://127.0.0.1:${recorder.server.address().port}`;
    recorder.ws = recorder.url.replace('http', 'ws');
    return recorder;
  }

  /** Answers are matched with requests by id, within `asked`: a body's, or a connection's. */
  #asked(asked, text) {
    for (const { id, method, params } of parsed(text))
      if (method !== undefined && id !== undefined) asked.set(JSON.stringify(id), { method, params });
  }

  /** What a client asks and the node has not is no answer of a method's. */
  #check(method, params, answer) {
    if (!haveSpecification || answer.error?.code === -32601) return;
    this.checked++;
    try { checkAnswer(method, params, answer); } catch (error) { this.problems.push(error.message); }
  }

  #answered(asked, text) {
    for (const answer of parsed(text)) {
      const key = JSON.stringify(answer?.id);
      if (!asked.has(key)) continue;
      const { method, params } = asked.get(key);
      asked.delete(key);
      this.#check(method, params, answer);
      this.settled.note(method, params, answer);
      if ('result' in answer) this.methods.set(method, (this.methods.get(method) ?? 0) + 1);
    }
  }

  #forward(node, request, response) {
    const body = [];
    request.on('data', (bytes) => body.push(bytes));
    request.on('end', () => {
      const bytes = Buffer.concat(body);
      const asked = new Map();
      this.#asked(asked, bytes.toString());
      const { hostname, port } = new URL(node.url);
      const onward = http.request({ hostname, port, path: request.url, method: request.method, agent: this.agent,
        headers: { ...request.headers, host: `${hostname}:${port}` } }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => {
          const text = Buffer.concat(parts);
          this.#answered(asked, text.toString());
          const { 'transfer-encoding': _, ...headers } = answer.headers;
          response.writeHead(answer.statusCode, { ...headers, 'content-length': text.length });
          response.end(text);
        });
      });
      onward.on('error', () => response.destroy());
      onward.end(bytes);
    });
  }

  #join(near, address) {
    const far = new WebSocket(address, { perMessageDeflate: false });
    const asked = new Map();
    const early = [];
    near.on('message', (data) => {
      const text = data.toString();
      this.#asked(asked, text);
      if (far.readyState === WebSocket.OPEN) far.send(text); else early.push(text);
    });
    far.on('open', () => { for (const text of early) far.send(text); });
    far.on('message', (data) => {
      const text = data.toString();
      this.#answered(asked, text);
      near.send(text);
    });
    near.on('close', () => far.terminate());
    far.on('close', () => near.terminate());
    far.on('error', () => near.terminate());
    near.on('error', () => far.terminate());
  }

  async #compareElsewhere() {
    const { far } = this.node;
    if (far === undefined || far === this.node) return;
    await this.node.everywhere(await this.node.rpc('eth_blockNumber'));
    this.problems.push(...await this.settled.differences(far));
    process.stderr.write(`${this.settled.count} of them held against another node\n`);
  }

  /** Ends, and writes what was touched into the suite's file. Throws when an answer was not as the specification has it. */
  async close(suite) {
    this.server.closeAllConnections();
    await new Promise((resolve) => { this.server.close(resolve); });
    this.agent.destroy();
    fs.mkdirSync(touchedFolder, { recursive: true });
    const methods = Object.fromEntries([...this.methods].sort(([a], [b]) => (a < b ? -1 : 1)));
    fs.writeFileSync(path.join(touchedFolder, `${suite}.json`), `${JSON.stringify({ client: this.client, methods }, null, 1)}\n`);
    process.stderr.write(`${this.checked} answers to ${this.client} held against the specification\n`);
    await this.#compareElsewhere();
    if (this.problems.length > 0) throw new Error(`${this.problems.length} of ${this.checked} answers are wrong:\n${this.problems.slice(0, 20).join('\n')}`);
  }
}
