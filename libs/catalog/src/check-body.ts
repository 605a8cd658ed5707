import { apiError, type ApiError } from '@lumenfall/contracts';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Mode } from './mode.js';
import type { ModelEntry } from './model-entry.js';
import { modelSchemaOf } from './model-schema.js';
import { violationText } from './violation-text.js';

// The `x-` annotations are no keywords of its; schemas of our own making need no check of themselves.
const ajv = new Ajv2020({ strict: false, validateSchema: false, verbose: true });
const validators = new WeakMap<ModelEntry, ValidateFunction>();

/**
 * The first thing by which a body goes against the model's own schema, null where it fits. For bodies that have passed the
 * schema of their endpoint, in the mode that they ask for.
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

/** Compiled when a model is first asked for: a list of hundreds costs nothing until then. */
function validatorOf(entry: ModelEntry): ValidateFunction {
  let validate = validators.get(entry);
  if (!validate) {
    // Pictures do not come with the body: see `image-mode.ts`.
    const { anyOf: _pictures, ...schema } = modelSchemaOf(entry);
    validate = ajv.compile(schema);
    // It would keep every schema for ever, also of entries that a reload has replaced.
    ajv.removeSchema(schema);
    validators.set(entry, validate);
  }
  return validate;
}
