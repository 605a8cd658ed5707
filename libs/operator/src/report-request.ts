import { apiError, fail, parseRequestId, succeed } from '@lumenfall/contracts';
import { requestReportStore } from '@lumenfall/ledger';
import { z } from 'zod';
import { lookUp } from './operation.js';
import { reportJson } from './report-json.js';

/** Accepts the `req_`, the `video_` and the `chatcmpl-` form of an id. */
const requestField = z.string().transform((text, context) => {
  const requestId = parseRequestId(text.replace(/^chatcmpl-/, 'req_'));
  if (requestId !== null) return requestId;
  context.addIssue({ code: 'custom', message: 'expected req_, video_ or chatcmpl- and 27 letters and digits' });
  return z.NEVER;
});

export const reportRequest = lookUp({
  input: z.strictObject({ request: requestField }),
  async run(client, { request }) {
    const report = await requestReportStore(client).find(request);
    if (report !== null) return succeed(reportJson(report));
    const why = 'A chat or an image is recorded when it ends: it may still be running, or billing may be down';
    return fail(apiError('NOT_FOUND', `${request} is not in this database. ${why}`, { param: 'request' }));
  },
});
