// Signing in (EIP-4361) and what a session may do: say which token is the profile picture, and set the ordinary one (docs/PROFILE.md).
import { checksum } from './address.js';
import { node } from './node.js';
import { account, sign } from './wallet.js';

async function ask(method, path, body, headers = {}) {
  const response = await fetch(path, { method, body, headers, credentials: 'same-origin', cache: 'no-store' });
  const text = await response.text();
  let json = null;
  try {
    json = JSON.parse(text);
  } catch {
    /* a line of text */
  }
  return {
    status: response.status,
    ok: response.ok,
    json,
    reason: json?.error?.message ?? json?.error ?? json?.reason ?? (text.trim().split('\n')[0] || `The node answered ${response.status}.`),
  };
}
function need(answer) {
  if (!answer.ok) throw new Error(answer.status === 404 ? 'This node has no profiles.' : answer.reason);
  return answer.json;
}
const SIGNED_IN = 'mintmark.session';
const asJson = { 'content-type': 'application/json' };

/** Who is signed in: {address, chainId, expires}, or null. The cookie is not seen here, so that there is one is remembered: a node is not
 * asked in vain. */
export async function session() {
  if (!localStorage.getItem(SIGNED_IN)) return null;
  const answer = await ask('GET', '/session');
  if (!answer.ok) localStorage.removeItem(SIGNED_IN);
  return answer.ok ? answer.json : null;
}

const messageOf = ({ address, chainId, nonce, at }) =>
  [
    `${location.host} wants you to sign in with your Ethereum account:`,
    checksum(address),
    '',
    'Sign in to choose your profile picture.',
    '',
    `URI: ${location.origin}`,
    'Version: 1',
    `Chain ID: ${chainId}`,
    `Nonce: ${nonce}`,
    `Issued At: ${at.toISOString()}`,
  ].join('\n');

export async function signIn() {
  const { nonce } = need(await ask('GET', '/session/nonce')),
    { chainId } = await node();
  const message = messageOf({ address: account().address, chainId, nonce, at: new Date() });
  const signature = await sign(message);
  const session = need(await ask('POST', '/session', JSON.stringify({ message, signature }), asJson));
  localStorage.setItem(SIGNED_IN, session.address);
  return session;
}
export function signOut() {
  localStorage.removeItem(SIGNED_IN);
  return ask('DELETE', '/session');
}

/** What an address shows: {verified, was, avatar}, each of them or null. */
export const profile = async (address) => need(await ask('GET', `/profile/${checksum(address)}`));
export const chooseToken = async (address, { collection, token }) =>
  need(
    await ask(
      'PUT',
      `/profile/${checksum(address)}`,
      JSON.stringify({ chain: (await node()).chainId, collection: checksum(collection), token: String(token) }),
      asJson,
    ),
  );
export const dropToken = (address) => ask('DELETE', `/profile/${checksum(address)}`);
export const setPicture = async (address, blob) =>
  need(await ask('PUT', `/avatar/${checksum(address)}`, blob, { 'content-type': blob.type || 'application/octet-stream' }));
/** Anew each time: the picture at this address may be another one now. */
export const pictureOf = (address) => `/avatar/${checksum(address)}?at=${Date.now()}`;
