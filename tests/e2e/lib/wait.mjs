// Waiting, for a time and for something to come true.
export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Asks the condition again and again, and gives what it was in the end. what: what was waited for, or how things stand when it did not come. */
export async function until(condition, { ms = 10_000, what = () => 'it' } = {}) {
  for (const end = Date.now() + ms; ; await sleep(5)) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what()} did not come in ${ms / 1000} s`);
  }
}
