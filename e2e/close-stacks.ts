// Jest loads this file outside its module system: no workspace imports, and no `.js` on relative ones.
import { running } from '../libs/testing/src/jest/running-services';

/** Closes the stacks first, then the services that they used. */
export default async function closeStacks(): Promise<void> {
  const all = running.splice(0);
  for (const service of all) await service.close();
}
