import type { ErrorObject } from 'ajv';

/** Path (`messages[0].role`) and sentence of the first violation, worded as those of the endpoints' own schemas are. */
export function violationText(errors: readonly ErrorObject[]): [path: string, message: string] {
  const [first] = errors;
  if (!first) return ['', 'The request is invalid'];
  // A union's own error says nothing; the branch that got furthest into the value says what was probably meant.
  const told = errors.filter(({ keyword }) => keyword !== 'anyOf' && keyword !== 'type');
  const error = (told.length > 0 ? told : errors).reduce((best, one) => (depthOf(one) > depthOf(best) ? one : best));
  if (error.keyword === 'required') {
    return [pathOf(`${error.instancePath}/${textOf(error.params['missingProperty'])}`), 'Required field is missing'];
  }
  return [pathOf(error.instancePath), sentenceOf(error)];
}

const depthOf = ({ instancePath }: ErrorObject): number => instancePath.split('/').length;

/** From a JSON pointer. Bounded: parts of it may come from the client. */
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
      return `${textOf(data)} is nothing that this model takes`;
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
