// In the audio thread: hands the sound on, in pieces.
registerProcessor('recorder', class extends AudioWorkletProcessor {
  #kept = new Float32Array(1024);
  #filled = 0;

  process([[channel]]) {
    if (channel === undefined) return true;
    this.#kept.set(channel, this.#filled);
    this.#filled += channel.length;
    if (this.#filled === this.#kept.length) {
      this.port.postMessage(this.#kept.slice());
      this.#filled = 0;
    }
    return true;
  }
});
