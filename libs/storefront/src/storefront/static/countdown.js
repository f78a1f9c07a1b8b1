// Counts down to an instant, changing on the second of the server's clock.

const SIZES = { days: 86_400, hours: 3_600, minutes: 60, seconds: 1 };
const timers = new WeakMap();

/** Keeps `element` (data-countdown = the instant) right until the instant is there; run again, it starts afresh. */
export function run(element, clock) {
  const until = Date.parse(element.dataset.countdown);
  const tick = () => {
    clearTimeout(timers.get(element));
    if (!element.isConnected) return;
    const left = Math.max(0, until - clock.now());
    draw(element, Math.ceil(left / 1000));
    if (left > 0) timers.set(element, setTimeout(tick, left % 1000 || 1000));
  };
  tick();
}

function draw(element, seconds) {
  let rest = seconds;
  let begun = false;
  for (const [name, size] of Object.entries(SIZES)) {
    const value = Math.floor(rest / size);
    rest -= value * size;
    begun ||= value > 0 || size <= SIZES.minutes;
    const unit = element.querySelector(`[data-unit="${name}"]`);
    unit.hidden = !begun;
    const digits = unit.querySelector(".digits");
    const text = String(value).padStart(2, "0");
    if (digits.textContent !== text) digits.textContent = text;
  }
}
