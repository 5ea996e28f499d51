// Pictures and metadata into the node's store, as `mintmark mint` does it: each wrapped in a directory, so that its name tells every gateway its
// type, and held for a day, until a token names it.
import { accessHeaders, TokenError } from './access.js';
import { utf8 } from './bytes.js';
import { node } from './node.js';

export const UPLOAD_BYTES_MAX = 100 << 20;
const OPTIONS = 'profile=unixfs-v1-2025&wrap-with-directory=true&pin=false';

/** A name that is safe in a path and says the same: letters, digits, dot, dash. */
export const safeName = (name) =>
  name
    .normalize('NFC')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|-+$/g, '')
    .slice(-100) || 'picture';

/** The directory's CID. onProgress gets a fraction. XMLHttpRequest, since fetch does not tell how much has gone. */
export async function upload(blob, name, { onProgress, signal } = {}) {
  const { api } = await node();
  if (!api) throw new Error('The content API of this node is closed (--api-port): pictures cannot be uploaded here.');
  const body = new FormData();
  body.append('file', blob, encodeURIComponent(name));
  const text = await new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `${api}/api/v0/add?${OPTIONS}`);
    for (const [name, value] of Object.entries(accessHeaders())) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress?.(total ? loaded / total : 0);
    request.onload = () => (request.status === 200 ? resolve(request.responseText) : reject(refusalOf(request)));
    request.onerror = () => reject(new Error('The upload was cut off, or this page’s origin is not allowed there (--origin).'));
    request.onabort = () => reject(signal.reason);
    signal?.addEventListener('abort', () => request.abort());
    request.send(body);
  });
  return JSON.parse(text.trim().split('\n').pop()).Hash;
}

function refusalOf({ status, responseText }) {
  if (status === 401) return new TokenError();
  if (status === 507) return new Error('The node’s store is full.');
  if (status === 413) return new Error('That is more than the node takes (100 MiB).');
  try {
    return new Error(JSON.parse(responseText).Message);
  } catch {
    return new Error(`The node answered ${status}.`);
  }
}

/** Canonical metadata: members in this order, no blanks. */
export function metadataOf({ name, description, image, attributes }) {
  return utf8(JSON.stringify({ name, description, image, ...(attributes.length ? { attributes } : {}) }));
}
