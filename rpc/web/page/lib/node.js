// What is known of the node that served this page, and where its other doors are.
import { accessHeaders, TokenError } from './access.js';
import { ipfsUri } from './cid.js';
import { rpc } from './rpc.js';

let known;

/** mintmark_nodeInfo, and the origins of the other doors: null where one is closed. */
export function node() {
  known ??= load().catch((error) => {
    known = undefined;
    throw error;
  });
  return known;
}
export const forgetNode = () => {
  known = undefined;
};

async function load() {
  const info = await rpc('mintmark_nodeInfo');
  const origin = (port) => (port ? `http://${location.hostname}:${port}` : null);
  return { ...info, chainId: Number(info.chainId), gateway: origin(info.ports.gateway), api: origin(info.ports.api) };
}

export const escapePath = (path) => path.map((name) => `/${encodeURIComponent(name)}`).join('');

/** Where the gateway serves an ipfs:// URI; the node's own http URLs are left as they are; null for what is elsewhere. */
export async function pictureUrl(uri) {
  const { gateway } = await node(),
    content = ipfsUri(uri);
  if (content && gateway) return `${gateway}/ipfs/${content.text}${escapePath(content.path)}`;
  return gateway && typeof uri === 'string' && uri.startsWith(`${gateway}/`) ? uri : null;
}

/** A command of /api/v0: its lines of JSON. */
export async function api(command) {
  const { api: origin } = await node();
  if (!origin) throw new Error('The content API of this node is closed.');
  let response;
  try {
    response = await fetch(`${origin}/api/v0/${command}`, { method: 'POST', headers: accessHeaders() });
  } catch (cause) {
    throw new Error('The content API does not answer this page.', { cause });
  }
  if (response.status === 401) throw new TokenError();
  const text = await response.text();
  if (!response.ok) throw new Error(messageOf(text) ?? `The content API answered ${response.status}.`);
  return text.trim()
    ? text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
}

function messageOf(text) {
  try {
    return JSON.parse(text).Message;
  } catch {
    return text.trim() || null;
  }
}
