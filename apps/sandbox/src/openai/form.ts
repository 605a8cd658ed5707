import type { FastifyRequest } from 'fastify';
// Adds `request.parts()` to the types.
import '@fastify/multipart';

/** A body that came as JSON or as a form. */
export interface SentForm {
  fields: Record<string, unknown>;
  files: { field: string; bytes: Uint8Array }[];
}

/** Reads a multipart form into memory; a JSON object is the fields of a form without files. */
export async function readForm(request: FastifyRequest): Promise<SentForm> {
  const form: SentForm = { fields: {}, files: [] };
  if (!request.isMultipart()) {
    if (typeof request.body === 'object' && request.body !== null) Object.assign(form.fields, request.body);
    return form;
  }
  for await (const part of request.parts()) {
    if (part.type === 'field') form.fields[part.fieldname] = part.value;
    else form.files.push({ field: part.fieldname, bytes: await part.toBuffer() });
  }
  return form;
}
