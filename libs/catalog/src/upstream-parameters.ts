import type { ImageRequest } from '@lumenfall/contracts';
import {
  namesIn,
  type NearestNames,
  type ParameterTable,
  type ImagesRule,
  type SizeRule,
  type ValueRule,
  type ScaleRule,
} from './parameter-table.js';
import { pixelSize } from './pixel-size.js';
import { nearestRatio, nearestTier, readPixels, readShape, nearestSize, nearestNumber } from './shape.js';

type Fields = Record<string, unknown>;

/** Input images in the provider's form: data URIs, plain base64, or names of uploaded files. */
export interface SentImages {
  images: readonly unknown[];
  mask: unknown;
}

const NO_IMAGES: SentImages = { images: [], mask: null };
const LOSSY: ReadonlySet<string> = new Set(['jpeg', 'webp', 'avif']);

/**
 * The fields of a request to the provider. Later ones override earlier ones: the client's unknown fields, the table's
 * fixed fields, then the converted parameters.
 */
export function upstreamParameters(table: ParameterTable, request: ImageRequest, images = NO_IMAGES): Fields {
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
  putImages(fields, 'image', table.image, images.images);
  putImages(fields, 'mask', table.mask, images.mask === null ? [] : [images.mask]);
  const scale = sentScale(table.scale_factor, request.scaleFactor);
  if (scale !== null) put(fields, scale.field, scale.value);
  return fields;
}

/** Whether the provider returns the requested format itself; `format` is null if none was requested. */
export function formatsNatively(table: ParameterTable, format: string | null): boolean {
  return format !== null && table.output_format !== undefined && valueOf(table.output_format, format) !== undefined;
}

/** Whether compression is sent: only with a lossy format that is sent too. Otherwise the gateway converts the image. */
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

/** The value under a rule; undefined if it is not sent. */
function valueOf(rule: ValueRule, value: unknown): unknown {
  if (rule === 'passed') return value;
  if (rule === 'emulated') return undefined;
  if (rule.values !== undefined)
    return Object.hasOwn(rule.values, String(value)) ? rule.values[String(value)] : undefined;
  return typed(clamped(value, rule), rule.type);
}

function putImages(fields: Fields, name: string, rule: ImagesRule | undefined, images: readonly unknown[]): void {
  if (rule === undefined || images.length === 0) return;
  const field = rule.as ?? name;
  if (rule.send === 'many') put(fields, field, [...images]);
  else if (rule.send === 'one') put(fields, field, images[0]);
  else images.forEach((image, index) => put(fields, index === 0 ? field : `${field}_${index + 1}`, image));
}

/** Sets the field at a path: dots descend into objects, which are created as needed. */
function put(fields: Fields, path: string, value: unknown): void {
  const parts = path.split('.');
  const last = parts.pop() ?? path;
  let place = fields;
  for (const part of parts) {
    const there = Object.hasOwn(place, part) ? place[part] : undefined;
    // Copied: it may be the client's object.
    const inner: Fields = typeof there === 'object' && there !== null && !Array.isArray(there) ? { ...there } : {};
    set(place, part, inner);
    place = inner;
  }
  set(place, last, value);
}

// `defineProperty`, because a client's field may be named `__proto__`.
function set(fields: Fields, name: string, value: unknown): void {
  Object.defineProperty(fields, name, { value, enumerable: true, writable: true, configurable: true });
}

/**
 * The size to request, by our name for it (`1024x768`); null if the model decides. A generation always has one if the
 * rule names a default; an edit without a size keeps the size of its input image.
 */
export function chosenSize(
  rule: Exclude<SizeRule, 'emulated'>,
  request: Pick<ImageRequest, 'mode' | 'size' | 'aspectRatio' | 'resolution'>,
): string | null {
  const shape = readShape(request);
  const isOpen = shape.ratio === null && shape.longSide === null;
  const isNew = request.mode === 'text-to-image';
  if ('nearest' in rule) {
    return isOpen ? (isNew && rule.default) || null : nearestSize(shape, namesIn(rule.nearest));
  }
  const pixels = pixelSize(isOpen && isNew ? { ratio: 1, longSide: null } : shape, rule);
  return pixels === null ? null : `${pixels.width}x${pixels.height}`;
}

/** A number within bounds; any other value unchanged. */
export function clamped(value: unknown, { min, max }: { min?: number | undefined; max?: number | undefined }): unknown {
  if (typeof value !== 'number') return value;
  return Math.min(max ?? Infinity, Math.max(min ?? -Infinity, value));
}

/** Converted to the provider's type. */
export function typed(value: unknown, type: 'string' | 'integer' | undefined): unknown {
  if (type === 'string') return String(value);
  return type === 'integer' && typeof value === 'number' ? Math.round(value) : value;
}

export interface SentScale {
  field: string;
  value: unknown;
  /** Effective factor on each side. */
  factor: number;
}

/** The factor of an upscale as it is sent; null if it is not sent. */
export function sentScale(rule: ScaleRule | undefined, wanted: number | null): SentScale | null {
  if (rule === undefined || rule === 'emulated' || wanted === null) return null;
  if (rule === 'passed') return { field: 'scale_factor', value: wanted, factor: wanted };
  const field = rule.as ?? 'scale_factor';
  if (rule.nearest === undefined) {
    const value = typed(clamped(wanted, rule), rule.type);
    return { field, value, factor: Number(value) };
  }
  const { nearest } = rule;
  const chosen = nearestNumber(wanted, Array.isArray(nearest) ? nearest : namesIn(nearest).map(Number));
  if (chosen === null) return null;
  return { field, value: Array.isArray(nearest) ? typed(chosen, rule.type) : nearest[String(chosen)], factor: chosen };
}
