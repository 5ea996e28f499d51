// What went wrong, in words that say what to do.
import { explainRevert } from './contracts.js';

const REFUSED = 4001,
  UNKNOWN_CHAIN = 4902;
export const isRefused = (error) => error?.code === REFUSED || error?.code === 'ACTION_REJECTED';
export const isUnknownChain = (error) => error?.code === UNKNOWN_CHAIN || error?.data?.originalError?.code === UNKNOWN_CHAIN;

export function wordsOf(error) {
  if (isRefused(error)) return 'You declined in your wallet. Nothing was sent.';
  const data = typeof error?.data === 'string' ? error.data : error?.data?.data;
  const revert = explainRevert(data);
  if (revert) return `The contract refused: ${revert}`;
  if (error?.name === 'AbortError') return 'Stopped.';
  if (error instanceof TypeError && /fetch/i.test(error.message)) return 'The node does not answer.';
  return error?.message ? String(error.message) : String(error);
}
