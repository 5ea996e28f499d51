// A real browser at a real node's page: Chromium without a window, which is watched for errors and for requests to anywhere else.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { HDNodeWallet, getBytes } from 'ethers';
import { MNEMONIC } from './node.mjs';
import { until } from './wait.mjs';

/** Where Chromium is: MINTMARK_CHROMIUM, or on the PATH. */
export function findChromium() {
  const named = process.env.MINTMARK_CHROMIUM;
  if (named) return fs.existsSync(named) ? named : null;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'chromium-headless-shell']) {
    const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    if (found) return found;
  }
  return null;
}

export const chromium = findChromium();
export const skip = !chromium && process.env.CI !== 'true' && 'no Chromium here';

export async function openBrowser() {
  const { chromium: driver } = await import('playwright-core');
  assert.ok(chromium, 'Chromium: install the package, or say where it is with MINTMARK_CHROMIUM');
  return driver.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
}

/** A tab that must stay without a complaint: ask complaints() at the end. allow: patterns of console errors that a test brings about. */
export async function openTab(browser, node, { allow = [], ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage(), complaints = [], hosts = new Set([node.url, node.gateway, node.api].map((url) => new URL(url).host));
  page.on('console', (message) => {
    if (message.type() === 'error' && !allow.some((pattern) => pattern.test(`${message.text()} ${message.location().url}`))) complaints.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(`error: ${error.stack}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^(http|ws)s?:$/.test(url.protocol) && !hosts.has(url.host)) complaints.push(`a request to ${url.href}`);
  });
  page.setDefaultTimeout(20_000);
  page.complaints = () => complaints;
  page.at = async (path) => {
    await page.goto(`${node.url}/#${path}`);
  };
  return page;
}

/** Everything that is on screen, without blanks in a row. */
export const textOf = async (page, selector = 'main') => (await page.locator(selector).innerText()).replace(/\s+/g, ' ');
/** Waits until the text is there: a page fills itself piece by piece. */
export async function sees(page, pattern, about = '') {
  let text;
  await until(async () => pattern.test(text = await textOf(page)), { what: () => `${about} ${pattern} in "${text}"` });
}

// ---- a wallet of the browser ----

/** Speaks EIP-6963 and EIP-1193 in the page, or is at window.ethereum as old ones are; keys are here. state: {isRefusing, chainId, knows: chains, asked: [methods]}. */
export async function installWallet(page, node, { index = 3, name = 'Test Wallet', isRefusing = false, chainId = 31337, knows = [31337], isOld = false } = {}) {
  const wallet = HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${index}`);
  const state = { wallet, isRefusing, chainId, knows: new Set(knows), asked: [] };
  const refuse = (code, message) => ({ error: { code, message } });
  await page.exposeFunction('askTestWallet', async (method, params = []) => {
    state.asked.push(method);
    const asks = !['eth_accounts', 'eth_chainId'].includes(method);
    if (state.isRefusing && asks) return refuse(4001, 'User rejected the request.');
    switch (method) {
      case 'eth_accounts':
      case 'eth_requestAccounts': return { result: [wallet.address] };
      case 'eth_chainId': return { result: `0x${state.chainId.toString(16)}` };
      case 'wallet_addEthereumChain': state.knows.add(Number(params[0].chainId)); state.chainId = Number(params[0].chainId); return { result: null };
      case 'wallet_switchEthereumChain':
        if (!state.knows.has(Number(params[0].chainId))) return refuse(4902, 'Unrecognized chain ID.');
        state.chainId = Number(params[0].chainId);
        return { result: null };
      case 'personal_sign': return { result: await wallet.signMessage(getBytes(params[0])) };
      case 'eth_signTypedData_v4': {
        const { domain, types: { EIP712Domain: _, ...types }, message } = JSON.parse(params[1]);
        return { result: await wallet.signTypedData(domain, types, message) };
      }
      case 'eth_sendTransaction': {
        const [{ to, data, gas, value }] = params, nonce = Number(await node.rpc('eth_getTransactionCount', wallet.address, 'pending'));
        const raw = await wallet.signTransaction({ type: 2, chainId: state.chainId, nonce, to, data, value: value ?? 0, gasLimit: gas, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n });
        return { result: await node.rpc('eth_sendRawTransaction', raw) };
      }
      default: return refuse(4200, `The method ${method} is not supported.`);
    }
  });
  await page.addInitScript(([walletName, standsInWindow]) => {
    const request = async ({ method, params }) => {
      const { result, error } = await window.askTestWallet(method, params);
      if (error) throw Object.assign(new Error(error.message), { code: error.code });
      return result;
    };
    const provider = { request, on() {}, removeListener() {} };
    if (standsInWindow) {
      window.ethereum = provider;
      return;
    }
    const info = Object.freeze({ uuid: '350670db-19fa-4704-a166-e52e178b59d2', name: walletName, icon: 'data:image/svg+xml,<svg/>', rdns: 'example.test.wallet' });
    const announce = () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }));
    window.addEventListener('eip6963:requestProvider', announce);
    announce();
  }, [name, isOld]);
  return state;
}

/** Connects the page to a wallet by its name; of the devnet wallet, to the account with this number. */
export async function connectWallet(page, name = 'Test Wallet', account = 0) {
  await page.locator('mm-account > button').click();
  await page.locator('mm-account .panel').getByRole('button', { name }).click();
  if (name === 'Devnet wallet') await page.locator('mm-account .panel button').nth(account).click();
}
