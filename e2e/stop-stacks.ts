// Jest loads this file outside its module system: no workspace imports, and no `.js` on relative ones.
import { running } from '../libs/testing/src/jest/running-services';

/** The stacks first, then what they rested on. */
export default async function stopStacks(): Promise<void> {
  const all = running.splice(0);
  for (const service of all) await service.stop();
}
