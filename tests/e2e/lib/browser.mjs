// What a browser and a wallet do when somebody signs in at a node: a cookie jar that goes by host and port, the Origin of the page,
// and a message of the `siwe` package, signed with ethers.
import { SiweMessage } from 'siwe';

export class Browser {
  /** door: a node; origin: of the page that asks, the node's own unless another is given. */
  constructor(door, { origin } = {}) {
    this.door = door;
    this.url = new URL(door.url);
    this.origin = origin ?? this.url.origin;
    this.cookies = new Map();
  }

  get cookie() { return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '); }

  async ask(path, { method = 'GET', headers = {}, body } = {}) {
    const own = { ...(method === 'GET' ? {} : { origin: this.origin }), ...(this.cookies.size > 0 ? { cookie: this.cookie } : {}) };
    const response = await fetch(new URL(path, this.url), { method, headers: { ...own, ...headers }, body, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString();
    return { status: response.status, headers: response.headers, bytes, text, get json() { return JSON.parse(text); } };
  }

  async nonce() { return (await this.ask('/session/nonce')).json.nonce; }

  /** A message that the node takes, but for what is given otherwise. */
  async message(wallet, changes = {}) {
    return new SiweMessage({ domain: this.url.host, address: wallet.address, statement: 'Read-only: this costs nothing and moves nothing.',
      uri: this.url.origin, version: '1', chainId: 31337, nonce: changes.nonce ?? await this.nonce(), ...changes });
  }

  post(message, signature) {
    return this.ask('/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message, signature }) });
  }

  /** changes: of the message. signer: who signs it, if not the account that it names. */
  async signIn(wallet, changes, { signer = wallet } = {}) {
    const text = (await this.message(wallet, changes)).prepareMessage();
    return this.post(text, await signer.signMessage(text));
  }

  put(path, body, headers = {}) {
    const isBytes = Buffer.isBuffer(body);
    return this.ask(path, { method: 'PUT', headers: { 'content-type': isBytes ? 'application/octet-stream' : 'application/json', ...headers }, body: isBytes ? body : JSON.stringify(body) });
  }
}

/** One that is signed in. */
export async function signedIn(door, wallet) {
  const browser = new Browser(door);
  const answer = await browser.signIn(wallet);
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
  return browser;
}
