// Who signs: a wallet of the browser (EIP-6963, else the one at window.ethereum), or the node's own development accounts where there is no wallet.
// Source: EIP-1193, EIP-6963, EIP-3085, EIP-3326.
import { quantity } from './bytes.js';
import { checksum, same } from './address.js';
import { isUnknownChain, isRefused } from './errors.js';
import { node } from './node.js';
import { rpc } from './rpc.js';

const REMEMBERED = 'mintmark.wallet';
const found = new Map(); // EIP-6963's uuid → {id, name, provider}
const listeners = new Set();
let current = null; // {id, name, provider, address, isDevnet}

/** The node's accounts behind the interface of a wallet: they sign without asking, and everybody has their keys. */
const devnet = {
  id: 'devnet',
  name: 'Devnet wallet',
  isDevnet: true,
  provider: {
    request: ({ method, params = [] }) => rpc(method === 'eth_requestAccounts' ? 'eth_accounts' : method, ...params),
    on() {},
    removeListener() {},
  },
};

window.addEventListener('eip6963:announceProvider', ({ detail }) => {
  if (!detail?.info?.uuid || !detail.provider) return;
  found.set(detail.info.uuid, {
    id: detail.info.rdns || detail.info.uuid,
    name: String(detail.info.name).slice(0, 40),
    provider: detail.provider,
  });
  tell();
});
window.dispatchEvent(new Event('eip6963:requestProvider'));

/** The wallets there are: those of the browser first. */
export async function wallets() {
  const list = [...found.values()];
  if (!list.length && window.ethereum?.request) list.push({ id: 'injected', name: 'Browser wallet', provider: window.ethereum });
  if ((await node()).development) list.push(devnet);
  return list;
}

export const account = () => current;
export function onAccount(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
function tell() {
  for (const listener of listeners) listener(current);
}

function remember(wallet, address) {
  try {
    if (wallet) localStorage.setItem(REMEMBERED, JSON.stringify({ id: wallet.id, address }));
    else localStorage.removeItem(REMEMBERED);
  } catch {
    /* no storage: asked again next time */
  }
}

function use(wallet, address) {
  stopListening?.();
  current = { ...wallet, address: checksum(address) };
  const changed = (accounts) => (accounts.length ? use(wallet, accounts[0]) : disconnect());
  wallet.provider.on?.('accountsChanged', changed);
  stopListening = () => wallet.provider.removeListener?.('accountsChanged', changed);
  remember(wallet, address);
  tell();
  return current;
}
let stopListening;

/** The accounts that a wallet offers; a wallet of the browser asks its user. */
export async function accountsOf(wallet) {
  const accounts = await wallet.provider.request({ method: 'eth_requestAccounts' });
  if (!accounts?.length) throw new Error('The wallet gave no account.');
  return accounts;
}

export async function connect(wallet, address) {
  const accounts = address ? [address] : await accountsOf(wallet);
  return use(wallet, accounts[0]);
}

export function disconnect() {
  stopListening?.();
  current = null;
  remember(null);
  tell();
}

/** What was used before, without asking anybody. */
export async function restore() {
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(REMEMBERED) ?? 'null');
  } catch {
    /* as if there were none */
  }
  if (!kept) return;
  const wallet = (await wallets()).find(({ id }) => id === kept.id);
  const accounts = await wallet?.provider.request({ method: 'eth_accounts' }).catch(() => []);
  const address = accounts?.find((one) => same(one, kept.address)) ?? (wallet && !wallet.isDevnet ? accounts?.[0] : undefined);
  if (address) use(wallet, address);
}

/** The wallet is on this node's chain, if need be after asking it to go there. */
async function onThisChain() {
  const { chainId } = await node(),
    wanted = quantity(chainId),
    { provider, isDevnet } = current;
  const isThere = async () => Number(await provider.request({ method: 'eth_chainId' })) === chainId;
  if (isDevnet || (await isThere())) return;
  try {
    await provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId: wanted }] });
  } catch (error) {
    if (isRefused(error))
      throw new Error(`Your wallet is on another chain, and you declined to switch. This node is chain ${chainId}.`, { cause: error });
    if (!isUnknownChain(error)) throw error;
    await provider.request({
      method: 'wallet_addEthereumChain',
      params: [
        {
          chainId: wanted,
          chainName: `mintmark ${chainId}`,
          rpcUrls: [location.origin],
          nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
        },
      ],
    });
  }
  if (!(await isThere()))
    throw new Error(`Your wallet is on another chain. This node is chain ${chainId}: choose it there, and try again.`);
}

function mustBeConnected() {
  if (!current) throw new Error('Connect a wallet first.');
}

/** A transaction's hash, once the wallet has sent it. What would fail is found before the wallet asks. */
export async function send({ to, data, value }) {
  mustBeConnected();
  await onThisChain();
  const call = { from: current.address, to, data, ...(value ? { value: quantity(value) } : {}) };
  const gas = BigInt(await rpc('eth_estimateGas', call));
  return current.provider.request({ method: 'eth_sendTransaction', params: [{ ...call, gas: quantity(gas + gas / 5n) }] });
}

/** personal_sign (EIP-191) of a text. */
export async function sign(text) {
  mustBeConnected();
  const bytes = new TextEncoder().encode(text);
  const hex = `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  return current.provider.request({ method: 'personal_sign', params: [hex, current.address] });
}

const RECEIPT_MS = 60_000;
/** The receipt of a transaction that took effect; throws when it failed, or does not come. */
export async function receiptOf(hash, signal) {
  for (const end = Date.now() + RECEIPT_MS; Date.now() < end;) {
    const receipt = await rpc('eth_getTransactionReceipt', hash).catch(() => null); // the node may be starting again
    if (receipt?.status === '0x1') return receipt;
    if (receipt) throw new Error('The transaction is in a block, and failed there.');
    if (signal?.aborted) throw signal.reason;
    await new Promise((resolve) => {
      setTimeout(resolve, 150);
    });
  }
  throw new Error(`The transaction ${hash} is not in a block yet. It waits in the pool; look there for it.`);
}
