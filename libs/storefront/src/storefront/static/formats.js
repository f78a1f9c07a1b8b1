// Facts as the viewer writes them.

const asked = document.documentElement.dataset.locale;
const language = (tag) => tag.split("-")[0];
// The page's language in the viewer's own variety, where they have one: en-GB rather than en.
const locale = navigator.languages.find((own) => language(own) === language(asked)) ?? asked;
const PARTS = { year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" };
const SIZES = [["gigabyte", 1e9], ["megabyte", 1e6], ["kilobyte", 1e3], ["byte", 1]];
const LONGEST_EXTENSION = 4;

/** Date and time in the viewer's zone, which is named. */
export function instant(date) {
  const short = new Intl.DateTimeFormat(locale, { ...PARTS, timeZoneName: "short" });
  const zone = short.formatToParts(date).find(({ type }) => type === "timeZoneName").value;
  if (!/\d/.test(zone)) return short.format(date);
  return new Intl.DateTimeFormat(locale, { ...PARTS, timeZoneName: "long" }).format(date); // a name, not GMT+1
}

/** Decimal units, as browsers show downloads. */
export function fileSize(bytes) {
  const [unit, size] = SIZES.find(([, size]) => bytes >= size) ?? SIZES.at(-1);
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 1 }).format(bytes / size);
}

/** What a file's badge says. */
export function extension(fileName) {
  const suffix = fileName.match(/.\.([a-z0-9]+)$/i)?.[1] ?? "";
  return suffix && suffix.length <= LONGEST_EXTENSION ? suffix.toUpperCase() : "FILE";
}
