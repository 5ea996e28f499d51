// So many at a time, the newest wish first: what was scrolled past is no longer urgent.

export class Queue {
  #waiting = [];
  #running = 0;

  constructor(parallel) {
    this.parallel = parallel;
  }

  /** Runs work(signal) when there is room; rejects with the signal's reason when nobody wants it any more. */
  run(work, signal) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, signal, resolve, reject });
      this.#next();
    });
  }

  #next() {
    while (this.#running < this.parallel && this.#waiting.length) {
      const { work, signal, resolve, reject } = this.#waiting.pop();
      if (signal?.aborted) {
        reject(signal.reason);
        continue;
      }
      this.#running++;
      work(signal)
        .then(resolve, reject)
        .finally(() => {
          this.#running--;
          this.#next();
        });
    }
  }
}
