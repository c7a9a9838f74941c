// Silero VAD: 512 samples at 16,000 a second in, the probability of speech out. It keeps a state and the last 64 samples.
import { Tensor } from '/wedge/index.js';

export const rate = 16000;
export const step = 512;
const context = 64;

export class Detector {
  #session;
  #input = new Tensor(new Float32Array(context + step), [1, context + step]);
  #state = new Tensor(new Float32Array(2 * 128), [2, 1, 128]);
  #rate = new Tensor('int64', [rate], []);

  constructor(session) {
    this.#session = session;
  }

  reset() {
    this.#input.data.fill(0);
    this.#state.data.fill(0);
  }

  /** The probability that somebody speaks in the next 512 samples. */
  next(samples) {
    const { data } = this.#input;
    data.copyWithin(0, step);
    data.set(samples, context);
    const feeds = { input: this.#input, state: this.#state, sr: this.#rate };
    const { output, stateN } = this.#session.runSync(feeds, { copy: false });
    this.#state.data.set(stateN.data);
    return output.data[0];
  }
}

/** Turns sound of any rate into steps of 512 samples at 16,000. */
export class Stepper {
  #ratio;
  #at = 0;
  #last = 0;
  #step = new Float32Array(step);
  #filled = 0;
  #give;

  constructor(from, give) {
    this.#ratio = from / rate;
    this.#give = give;
  }

  push(samples) {
    // Averaging what falls into a sample keeps most of what it could not hold out of it.
    const width = Math.max(Math.round(this.#ratio), 1);
    for (; this.#at < samples.length; this.#at += this.#ratio) {
      const end = Math.floor(this.#at);
      let sum = 0;
      for (let i = end - width + 1; i <= end; ++i) sum += i < 0 ? this.#last : samples[i];
      this.#step[this.#filled++] = sum / width;
      if (this.#filled < step) continue;
      this.#filled = 0;
      this.#give(this.#step);
    }
    this.#at -= samples.length;
    this.#last = samples.at(-1) ?? 0;
  }
}
