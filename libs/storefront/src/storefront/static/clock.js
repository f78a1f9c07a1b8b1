// The server's clock, whatever the viewer's own says.

const CLOSE_ENOUGH = 40; // ms; half a round trip bounds the error
const TRIES = 5;

// Unlike Date.now() it does not jump when the local clock is set.
const monotonic = () => performance.timeOrigin + performance.now();

export class ServerClock {
  #offset = Date.now() - monotonic();
  #error = Infinity;

  /** Milliseconds since the epoch. */
  now() {
    return monotonic() + this.#offset;
  }

  /** Learns from one answer: sent and received on the monotonic clock, `serverNow` in between. */
  observe(sent, received, serverNow) {
    const error = (received - sent) / 2;
    const server = Date.parse(serverNow);
    if (Number.isNaN(server) || error > this.#error) return;
    this.#error = error;
    this.#offset = server - (sent + received) / 2;
  }

  /** Runs `request` (whose answer's data bears `serverNow`), learns from it, and hands its answer on. */
  async during(request) {
    const sent = monotonic();
    const answer = await request();
    if (answer.data.serverNow) this.observe(sent, monotonic(), answer.data.serverNow);
    return answer;
  }

  /** Measures anew, until the error is bounded well or enough was tried; hands on the last answer. */
  async sync(request) {
    this.#error = Infinity;
    let answer;
    for (let tries = 0; tries < TRIES && this.#error > CLOSE_ENOUGH; tries += 1) {
      answer = await this.during(request);
      if (!answer.ok) break;
    }
    return answer;
  }
}
