import { audit } from './audit.js';
import { addCredits, adjustCredits, listCredits } from './credits.js';
import { createKey, deleteKey, listKeys, revokeKey, setKey } from './keys.js';
import { listActions } from './list-actions.js';
import { createOrganization, listOrganizations, setOrganization, showOrganization } from './organizations.js';
import { importPrices, listPrices } from './prices.js';
import { reportRequest } from './report-request.js';
import { completeTopUp, listTopUps, refuseTopUp, setAutoTopUp, showAutoTopUp } from './top-ups.js';

/** Everything that an operator can do, by the command line as by the admin API. */
export const OPERATIONS = {
  'organizations.create': createOrganization,
  'organizations.list': listOrganizations,
  'organizations.show': showOrganization,
  'organizations.set': setOrganization,
  'keys.create': createKey,
  'keys.list': listKeys,
  'keys.set': setKey,
  'keys.revoke': revokeKey,
  'keys.delete': deleteKey,
  'credits.add': addCredits,
  'credits.adjust': adjustCredits,
  'credits.list': listCredits,
  'top_ups.list': listTopUps,
  'top_ups.complete': completeTopUp,
  'top_ups.refuse': refuseTopUp,
  'auto_top_up.show': showAutoTopUp,
  'auto_top_up.set': setAutoTopUp,
  'prices.import': importPrices,
  'prices.list': listPrices,
  'requests.report': reportRequest,
  audit,
  'actions.list': listActions,
};
export type OperationName = keyof typeof OPERATIONS;

export const isOperation = (name: string): name is OperationName => Object.hasOwn(OPERATIONS, name);
