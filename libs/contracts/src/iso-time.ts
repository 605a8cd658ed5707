/**
 * Reads a moment in any form of ISO 8601: calendar, week and ordinal dates, basic and extended notation, reduced
 * precision, fractions after a point or a comma, every form of offset. A time without an offset is UTC. A space may
 * separate date and time, as in RFC 3339, and is read as `+` before an offset, since that is what an unescaped `+` in a
 * query becomes.
 *
 * @param edge which end of the period is meant if the text names only a day, week, month or year
 * @returns null if the text is not such a moment, or is outside the years 1 to 9999
 */
export function parseMoment(text: string, edge: 'start' | 'end' = 'start'): Date | null {
  const [, dateText = '', timeText, offsetText] = MOMENT.exec(text) ?? [];
  const period = periodOf(dateText);
  if (period === null) return null;
  const offsetMs = offsetText === undefined ? 0 : offsetMsOf(offsetText);
  const timeMs = timeText === undefined ? 0 : timeMsOf(timeText);
  if (offsetMs === null || timeMs === null) return null;
  const wholePeriod = timeText === undefined && edge === 'end';
  const moment = new Date(wholePeriod ? period.endMs - 1 : period.startMs + timeMs - offsetMs);
  const year = moment.getUTCFullYear();
  return year >= 1 && year <= 9999 ? moment : null;
}

/** Date, time, offset; the time is separated by `T` or a blank. */
const MOMENT = /^([\dW-]+)(?:[T ]([\d:.,]+)(Z|[+\- ]\d{2}(?::?\d{2})?)?)?$/i;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

interface Period {
  startMs: number;
  endMs: number;
}

function periodOf(text: string): Period | null {
  const fields = (form: RegExp): number[] | null => form.exec(text)?.slice(1).map(Number) ?? null;

  const [year, month, day] = fields(/^(\d{4})-(\d{2})-(\d{2})$/) ?? fields(/^(\d{4})(\d{2})(\d{2})$/) ?? [];
  if (year !== undefined && month !== undefined && day !== undefined) {
    const startMs = utc(year, month - 1, day);
    const date = new Date(startMs);
    // An invalid month or day would carry over into another month.
    return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? days(startMs, 1) : null;
  }
  const [weekYear, week, weekday] = fields(/^(\d{4})-?W(\d{2})(?:-?([1-7]))?$/i) ?? [];
  if (weekYear !== undefined && week !== undefined && weekday !== undefined) {
    const mondayMs = firstMonday(weekYear) + (week - 1) * 7 * DAY_MS;
    if (week < 1 || mondayMs >= firstMonday(weekYear + 1)) return null;
    return Number.isNaN(weekday) ? days(mondayMs, 7) : days(mondayMs + (weekday - 1) * DAY_MS, 1);
  }
  const [ordinalYear, ordinal] = fields(/^(\d{4})-?(\d{3})$/) ?? [];
  if (ordinalYear !== undefined && ordinal !== undefined) {
    const startMs = utc(ordinalYear, 0, ordinal);
    return ordinal >= 1 && startMs < utc(ordinalYear + 1, 0, 1) ? days(startMs, 1) : null;
  }
  const [monthYear, onlyMonth] = fields(/^(\d{4})-(\d{2})$/) ?? [];
  if (monthYear !== undefined && onlyMonth !== undefined) {
    if (onlyMonth < 1 || onlyMonth > 12) return null;
    return { startMs: utc(monthYear, onlyMonth - 1, 1), endMs: utc(monthYear, onlyMonth, 1) };
  }
  const [onlyYear] = fields(/^(\d{4})$/) ?? [];
  return onlyYear === undefined ? null : { startMs: utc(onlyYear, 0, 1), endMs: utc(onlyYear + 1, 0, 1) };
}

const days = (startMs: number, count: number): Period => ({ startMs, endMs: startMs + count * DAY_MS });

/** Unlike `Date.UTC`, which reads the years 0 to 99 as 1900 to 1999. */
const utc = (year: number, monthIndex: number, day: number): number =>
  new Date(0).setUTCFullYear(year, monthIndex, day);

/** The Monday of the first ISO week of a year: the week that contains 4 January. */
function firstMonday(year: number): number {
  const fourth = utc(year, 0, 4);
  return fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS;
}

/** Hours, minutes and seconds, of which the last given may have a fraction. `24:00` is the end of the day. */
function timeMsOf(text: string): number | null {
  const [, hours, minutes, seconds, fraction = '0'] =
    /^(\d{2})(?::(\d{2})(?::(\d{2}))?)?(?:[.,](\d+))?$/.exec(text) ??
    /^(\d{2})(?:(\d{2})(\d{2})?)?(?:[.,](\d+))?$/.exec(text) ??
    [];
  if (hours === undefined) return null;
  if (Number(hours) > 24 || Number(minutes ?? 0) > 59 || Number(seconds ?? 0) > 60) return null;
  const unitMs = seconds !== undefined ? 1_000 : minutes !== undefined ? 60_000 : HOUR_MS;
  const wholeMs = Number(hours) * HOUR_MS + Number(minutes ?? 0) * 60_000 + Number(seconds ?? 0) * 1_000;
  const ms = wholeMs + Math.floor(Number(`0.${fraction}`) * unitMs + 1e-6);
  return ms > DAY_MS ? null : ms;
}

/** `Z`, `+02`, `-0930`, `+05:30`; a blank counts as `+`. */
function offsetMsOf(text: string): number | null {
  if (/^z$/i.test(text)) return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(':', ''));
  if (hours > 23 || minutes > 59) return null;
  return (text.startsWith('-') ? -1 : 1) * (hours * HOUR_MS + minutes * 60_000);
}
