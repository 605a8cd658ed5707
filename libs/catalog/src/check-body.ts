import { apiError, type ApiError } from '@lumenfall/contracts';
import type { ErrorObject } from 'ajv';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Mode } from './mode.js';
import type { ModelEntry } from './model-entry.js';
import { modelSchemaOf } from './model-schema.js';

// Not strict, because of the `x-` annotations; schemas generated here need no validation.
const ajv = new Ajv2020({ strict: false, validateSchema: false, verbose: true });
const validators = new WeakMap<ModelEntry, ValidateFunction>();

/**
 * The first violation of the model's own schema, null if the body is valid. The body has passed the schema of its
 * endpoint.
 */
export function checkBody(entry: ModelEntry, mode: Mode, body: Readonly<Record<string, unknown>>): ApiError | null {
  const validate = validatorOf(entry);
  if (!validate(body)) {
    const [param, message] = violationText(validate.errors ?? []);
    return apiError('INVALID_REQUEST', param === '' ? message : `${param}: ${message}`, { param: param || null });
  }
  const missing = Object.entries(entry.parameters).find(
    ([name, { required, modes }]) => required && modes?.includes(mode) && body[name] == null,
  );
  return missing
    ? apiError('INVALID_REQUEST', `${missing[0]}: Required field is missing`, { param: missing[0] })
    : null;
}

/** Compiled on the first request for a model: a list of hundreds costs nothing until then. */
function validatorOf(entry: ModelEntry): ValidateFunction {
  let validate = validators.get(entry);
  if (!validate) {
    // Images are not part of the body here: see `refuseInputs`.
    const { anyOf: _images, ...schema } = modelSchemaOf(entry);
    validate = ajv.compile(schema);
    // Ajv keeps every schema it compiled, also those of entries that a reload replaced.
    ajv.removeSchema(schema);
    validators.set(entry, validate);
  }
  return validate;
}

/** Path (`messages[0].role`) and message of the first violation, worded like those of the endpoints' schemas. */
export function violationText(errors: readonly ErrorObject[]): [path: string, message: string] {
  const [first] = errors;
  if (!first) return ['', 'The request is invalid'];
  // The union's own error is useless; the branch that got deepest into the value is most specific.
  const specific = errors.filter(({ keyword }) => keyword !== 'anyOf' && keyword !== 'type');
  const error = (specific.length > 0 ? specific : errors).reduce((best, one) =>
    depthOf(one) > depthOf(best) ? one : best,
  );
  if (error.keyword === 'required') {
    return [pathOf(`${error.instancePath}/${textOf(error.params['missingProperty'])}`), 'Required field is missing'];
  }
  return [pathOf(error.instancePath), sentenceOf(error)];
}

const depthOf = ({ instancePath }: ErrorObject): number => instancePath.split('/').length;

/** Path of a JSON pointer. Bounded, because parts of it may come from the client. */
function pathOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`))
    .join('')
    .slice(0, 200);
}

function sentenceOf({ keyword, params, schema, parentSchema, data }: ErrorObject): string {
  const limit = textOf(params['limit']);
  switch (keyword) {
    case 'maxLength':
      return `Too big: expected string to have <=${limit} characters`;
    case 'minLength':
      return `Too small: expected string to have >=${limit} characters`;
    case 'maxItems':
      return `Too big: expected array to have <=${limit} items`;
    case 'minItems':
      return `Too small: expected array to have >=${limit} items`;
    case 'maximum':
    case 'exclusiveMaximum':
      return `Too big: expected number to be ${textOf(params['comparison'])}${limit}`;
    case 'minimum':
    case 'exclusiveMinimum':
      return `Too small: expected number to be ${textOf(params['comparison'])}${limit}`;
    case 'enum':
    case 'const':
      return `Invalid option: expected one of ${optionsOf(keyword === 'const' ? [schema] : schema)}`;
    case 'type':
      return `Invalid input: expected ${typesOf(schema)}, received ${typeNameOf(data)}`;
    case 'not':
      return `${textOf(data)} is not supported by this model`;
    default:
      return typeof parentSchema?.['description'] === 'string'
        ? `Invalid input: ${parentSchema['description']}`
        : 'Invalid input';
  }
}

function optionsOf(values: unknown): string {
  const shown = Array.isArray(values) ? values.filter((value) => value !== null) : [];
  return shown.map((value) => JSON.stringify(value)).join('|');
}

function typesOf(schema: unknown): string {
  const types = [schema].flat().filter((type) => type !== 'null');
  return types.length > 0 ? types.join(' or ') : 'nothing';
}

function typeNameOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 100) : '';
