import type { ImageRequest } from '@lumenfall/contracts';
import { chosenSize } from './chosen-size.js';
import { clamped, typed } from './converted-value.js';
import {
  namesIn,
  type NearestNames,
  type ParameterTable,
  type ImagesRule,
  type SizeRule,
  type ValueRule,
} from './parameter-table.js';
import { sentScale } from './sent-scale.js';
import { nearestRatio, nearestTier, readPixels, readShape } from './shape.js';

type Fields = Record<string, unknown>;

/** The input pictures in the form that the provider takes: data URIs, plain base64, names of uploaded files. */
export interface SentImages {
  images: readonly unknown[];
  mask: unknown;
}

const NO_PICTURES: SentImages = { images: [], mask: null };
const LOSSY: ReadonlySet<string> = new Set(['jpeg', 'webp', 'avif']);

/**
 * The fields of a request to the provider. Of two that name the same field the later wins: unknown fields of the client, the
 * table's fixed ones, then what the table makes of our own.
 */
export function upstreamParameters(table: ParameterTable, request: ImageRequest, pictures = NO_PICTURES): Fields {
  const fields: Fields = {};
  for (const [name, value] of Object.entries(request.extra)) {
    const known = Object.hasOwn(table.others, name) ? table.others[name] : undefined;
    if (known === undefined) set(fields, name, value);
    else putValue(fields, name, known, value);
  }
  for (const [name, value] of Object.entries(table.fixed)) put(fields, name, value);

  putValue(fields, 'prompt', table.prompt, request.prompt === '' ? null : request.prompt);
  putValue(fields, 'n', table.n, request.n);
  putShape(fields, table, request);
  putValue(fields, 'quality', table.quality, request.quality);
  putValue(fields, 'style', table.style, request.style);
  putValue(fields, 'output_format', table.output_format, request.outputFormat);
  if (compressesNatively(table, request)) {
    putValue(fields, 'output_compression', table.output_compression, request.outputCompression);
  }
  putValue(fields, 'user', table.user, request.user);
  putPictures(fields, 'image', table.image, pictures.images);
  putPictures(fields, 'mask', table.mask, pictures.mask === null ? [] : [pictures.mask]);
  const scale = sentScale(table.scale_factor, request.scaleFactor);
  if (scale !== null) put(fields, scale.field, scale.value);
  return fields;
}

/** Whether the provider itself makes the format that was asked for; null asks for none. */
export function formatsNatively(table: ParameterTable, format: string | null): boolean {
  return format !== null && table.output_format !== undefined && valueOf(table.output_format, format) !== undefined;
}

/** A compression goes upstream only with a lossy format that goes there too; otherwise the picture is converted here. */
export function compressesNatively(
  table: ParameterTable,
  { outputFormat, outputCompression }: Pick<ImageRequest, 'outputFormat' | 'outputCompression'>,
): boolean {
  return (
    outputCompression !== null &&
    table.output_compression !== undefined &&
    table.output_compression !== 'emulated' &&
    outputFormat !== null &&
    LOSSY.has(outputFormat) &&
    formatsNatively(table, outputFormat)
  );
}

function putShape(fields: Fields, { size, aspect_ratio, resolution }: ParameterTable, request: ImageRequest): void {
  if (typeof size === 'object') putSize(fields, size, chosenSize(size, request));
  const { ratio, longSide } = readShape(request);
  if (typeof aspect_ratio === 'object' && ratio !== null) {
    putNearest(fields, aspect_ratio.as ?? 'aspect_ratio', aspect_ratio.nearest, (names) => nearestRatio(ratio, names));
  }
  if (typeof resolution === 'object' && longSide !== null) {
    putNearest(fields, resolution.as ?? 'resolution', resolution.nearest, (names) => nearestTier(longSide, names));
  }
}

function putSize(fields: Fields, rule: Exclude<SizeRule, 'emulated'>, name: string | null): void {
  if (name === null) return;
  const sent = 'nearest' in rule && !Array.isArray(rule.nearest) ? (rule.nearest[name] ?? name) : name;
  const pixels = readPixels(sent);
  if (rule.pixels === 'text' || pixels === null) {
    put(fields, rule.as ?? 'size', pixels === null ? sent : `${pixels.width}${rule.sign}${pixels.height}`);
  } else if (rule.pixels === 'sides') {
    put(fields, 'width', pixels.width);
    put(fields, 'height', pixels.height);
  } else put(fields, rule.as ?? 'size', pixels);
}

function putNearest(
  fields: Fields,
  name: string,
  names: NearestNames,
  choose: (names: readonly string[]) => string | null,
): void {
  const chosen = choose(namesIn(names));
  if (chosen !== null) put(fields, name, Array.isArray(names) ? chosen : names[chosen]);
}

function putValue(fields: Fields, name: string, rule: ValueRule | undefined, value: unknown): void {
  if (rule === undefined || value === null || value === undefined) return;
  const sent = valueOf(rule, value);
  if (sent !== undefined) put(fields, typeof rule === 'object' ? (rule.as ?? name) : name, sent);
}

/** What a value becomes under a rule; undefined where it is not sent. */
function valueOf(rule: ValueRule, value: unknown): unknown {
  if (rule === 'passed') return value;
  if (rule === 'emulated') return undefined;
  if (rule.values !== undefined)
    return Object.hasOwn(rule.values, String(value)) ? rule.values[String(value)] : undefined;
  return typed(clamped(value, rule), rule.type);
}

function putPictures(fields: Fields, name: string, rule: ImagesRule | undefined, pictures: readonly unknown[]): void {
  if (rule === undefined || pictures.length === 0) return;
  const field = rule.as ?? name;
  if (rule.send === 'many') put(fields, field, [...pictures]);
  else if (rule.send === 'one') put(fields, field, pictures[0]);
  else pictures.forEach((picture, index) => put(fields, index === 0 ? field : `${field}_${index + 1}`, picture));
}

/** Sets the field at a path: dots descend into objects, which are made as needed. */
function put(fields: Fields, path: string, value: unknown): void {
  const parts = path.split('.');
  const last = parts.pop() ?? path;
  let place = fields;
  for (const part of parts) {
    const there = Object.hasOwn(place, part) ? place[part] : undefined;
    // A copy, since it may be the client's own object.
    const inner: Fields = typeof there === 'object' && there !== null && !Array.isArray(there) ? { ...there } : {};
    set(place, part, inner);
    place = inner;
  }
  set(place, last, value);
}

// Not by assignment: a client's field may be called `__proto__`.
function set(fields: Fields, name: string, value: unknown): void {
  Object.defineProperty(fields, name, { value, enumerable: true, writable: true, configurable: true });
}
