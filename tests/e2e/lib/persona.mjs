// Talking with a token: keys that a wallet signs, what a service signs, and a remote model that does what a test says.
import http from 'node:http';
import { concat, id, keccak256, toUtf8Bytes, verifyTypedData } from 'ethers';
import { domain } from './ainft.mjs';

export const hash = (text) => keccak256(toUtf8Bytes(text));
export const requestHash = (messages) => keccak256(concat(messages.filter((m) => m.role === 'user').map((m) => hash(m.content))));
export const promptHash = (messages) => keccak256(concat(messages.flatMap((m) => [hash(m.role), hash(m.content)])));
export const REPLY_TYPES = { ChatReply: [
  { name: 'tokenId', type: 'uint256' }, { name: 'asker', type: 'address' }, { name: 'block', type: 'uint64' }, { name: 'specVersion', type: 'uint64' },
  { name: 'promptHash', type: 'bytes32' }, { name: 'replyHash', type: 'bytes32' }] };

const now = () => Math.floor(Date.now() / 1000);

/** The API key of a session, as docs/CHAT.md has it. */
export async function apiKey(wallet, collection, token, { expires = now() + 3600, chain = 31337 } = {}) {
  const text = `mintmark: talk with a token\naddress: ${wallet.address}\nchain: ${chain}\ncollection: ${collection}\ntoken: ${token}\nexpires: ${expires}`;
  return `mm1.${wallet.address}.${token}.${expires}.${await wallet.signMessage(text)}`;
}

/** Who signed that this was said. */
export const signerOf = (collection, token, record) => verifyTypedData(domain(collection), REPLY_TYPES,
  { tokenId: token, asker: record.asker, block: record.block, specVersion: record.specVersion, promptHash: record.promptHash, replyHash: record.replyHash }, record.signature);

/** A reply that a service signs, whatever it says. */
export async function signReply(service, collection, token, messages, content, { asker, block, specVersion }) {
  const record = { asker, block, specVersion, promptHash: promptHash(messages), replyHash: hash(content) };
  return { ...record, signature: await service.signTypedData(domain(collection), REPLY_TYPES, { tokenId: token, ...record }) };
}

export const kind = id('chat');

/** A remote model: `answer` is what it does with the next request. Its headers and bodies are kept. */
export class Remote {
  static async start() {
    const remote = new Remote();
    remote.asked = [];
    remote.server = http.createServer((request, response) => {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('error', () => {});
      response.on('error', () => {});
      request.on('end', () => {
        remote.asked.push({ url: request.url, headers: request.headers, body: JSON.parse(Buffer.concat(parts)) });
        remote.answer(response, request.socket);
      });
    });
    await new Promise((resolve) => { remote.server.listen(0, '127.0.0.1', resolve); });
    remote.url = `http://127.0.0.1:${remote.server.address().port}/v1`;
    return remote;
  }

  close() { this.server.closeAllConnections(); this.server.close(); }
}

export const event = (content, more = {}) => `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content }, finish_reason: null }], ...more })}\n\n`;
export const begin = (response) => response.writeHead(200, { 'content-type': 'text/event-stream' });
