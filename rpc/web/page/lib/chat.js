// Talking with a token that answers: the door of docs/AINFT.md, in the shape of OpenAI's. The page keeps the conversation and sends all of it
// each time; what a reply is signed with comes back when it is saved.
import { checksum } from './address.js';
import { node } from './node.js';
import { session } from './session.js';
import { account, sign } from './wallet.js';

const KEY_LIFE_S = 8 * 3600;
const keys = new Map(); // by account, collection and token: asked for once a visit

const door = (collection, id) => `/ainft/${checksum(collection)}/${id}/v1`;

async function failure(response) {
  const text = await response.text();
  let said;
  try {
    said = JSON.parse(text).error?.message;
  } catch {
    /* no JSON */
  }
  const wait = response.headers.get('retry-after');
  return new Error(`${said ?? `The node answered ${response.status}.`}${wait ? ` Wait ${wait} s.` : ''}`);
}

/** What a token says of itself: {name, greeting, chatStarters, privacy, credits …}; null when nobody answers for it here. */
export async function persona(collection, id) {
  const response = await fetch(`${door(collection, id)}/models`);
  if (!response.ok) return null;
  const { data } = await response.json().catch(() => ({}));
  return data?.[0]?.ainft ? { model: data[0].id, ...data[0].ainft } : null;
}

/** Whoever is signed in needs no key: null. A development node believes an address; any other wants a signature, good for this token for
 * some hours. */
async function keyFor(collection, id) {
  const { chainId, development } = await node(),
    address = account()?.address;
  if (address && (await session())?.address === checksum(address)) return null;
  if (development) return address ?? 'nobody';
  if (!address) throw new Error('Connect a wallet to talk with it.');
  const name = `${address}/${collection}/${id}`;
  if (!keys.has(name)) {
    const expires = Math.floor(Date.now() / 1000) + KEY_LIFE_S;
    const signature = await sign(
      [
        'mintmark: talk with a token',
        `address: ${address}`,
        `chain: ${chainId}`,
        `collection: ${checksum(collection)}`,
        `token: ${id}`,
        `expires: ${expires}`,
      ].join('\n'),
    );
    keys.set(name, `mm1.${address}.${id}.${expires}.${signature}`);
  }
  return keys.get(name);
}

async function post(collection, id, path, body, signal) {
  const key = await keyFor(collection, id);
  const response = await fetch(`${door(collection, id)}/${path}`, {
    method: 'POST',
    signal,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
  });
  if (!response.ok) throw await failure(response);
  return response;
}

/** The events of a body, each a JSON value. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let held = ''; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (held + value).split('\n');
    held = lines.pop();
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      if (line === 'data: [DONE]') return;
      yield JSON.parse(line.slice(6));
    }
  }
}

/** The reply as a message to put behind the others; onWords gets its words as they come. */
export async function reply({ collection, id, model, messages, signal, onWords }) {
  const response = await post(collection, id, 'chat/completions', { model, messages, stream: true }, signal);
  const message = { role: 'assistant', content: '' };
  for await (const event of events(response.body)) {
    if (event.error) throw new Error(event.error.message);
    const words = event.choices?.[0]?.delta?.content;
    if (words) {
      message.content += words;
      onWords(message.content);
    }
    if (event.ainft) message.ainft = event.ainft;
  }
  return message;
}

/** Saves a conversation in the token's history, with a signature of its author's: {index, entryHash, cid or transcript …}. */
export async function save({ collection, id, messages }) {
  const { address, provider } = account(),
    body = { messages, author: address };
  const typed = await (await post(collection, id, 'prepare', body)).json();
  const signature = await provider.request({ method: 'eth_signTypedData_v4', params: [address, JSON.stringify(typed)] });
  return (await post(collection, id, 'save', { ...body, deadline: typed.message.deadline, signature })).json();
}
